# SPDX-License-Identifier: Apache-2.0
"""The evidence log: a signed head, and proofs that the bundle's record is in the tree, computed again."""
import hashlib
import re

from verify_bundle import Unchecked, canonical, decoded, parse, require


def tree(leaf, index, size, path):
    """The root that an inclusion proof leads to (RFC 9162 § 2.1.3.2)."""
    require(0 <= index < size, "the index is not in the tree")
    node = hashlib.sha256(b"\0" + leaf).digest()
    place, last = index, size - 1
    for other in path:
        require(last > 0, "the proof has too many hashes")
        if place & 1 or place == last:
            node = hashlib.sha256(b"\1" + other + node).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + other).digest()
        place, last = place >> 1, last >> 1
    require(last == 0, "the proof has too few hashes")
    return node


def checkpoint(bundle, text):
    """Origin, size and root of a signed head (C2SP tlog-checkpoint)."""
    found = re.fullmatch(r"(sigsum\.org/v1/tree/([0-9a-f]{64})\n([1-9][0-9]*)\n([A-Za-z0-9+/]{43}=)\n)\n((?:— \S+ \S+\n)+)", text)
    require(found, "it is not a checkpoint of a Sigsum log")
    body, log, size, root, notes = found.groups()
    if bundle.log:
        origin = body.split("\n")[0]
        require(log == hashlib.sha256(bundle.log.raw).hexdigest(), "it is a head of another log")
        identity = hashlib.sha256(origin.encode() + b"\n\x01" + bundle.log.raw).digest()[:4]
        signatures = [decoded(note.split(" ")[2]) for note in notes.splitlines() if note.split(" ")[1] == origin]
        require(
            any(s[:4] == identity and bundle.log.verifies(s[4:], body.encode()) for s in signatures),
            "it is not signed by the log's key")
    return int(size), decoded(root)


def head(bundle):
    size, root = checkpoint(bundle, bundle.read("head.checkpoint").decode())
    signed = parse(decoded(parse(bundle.read("bundle.dsse.json"))["payload"]))["predicate"].get("head")
    if signed:
        require((signed["size"], signed["rootHash"]) == (size, root.hex()), "it is not the head that the bundle's statement names")
    if not bundle.log:
        raise Unchecked("its signature: no --log-key")
    return f"signed by the log's key: {size} entries, root {root.hex()}"


def sigsum_fields(bundle):
    text = bundle.read("record.sigsum-proof").decode()
    found = re.fullmatch(
        r"version=2\nlog=([0-9a-f]{64})\nleaf=([0-9a-f]{64}) ([0-9a-f]{128})\n\nsize=([1-9][0-9]*)\n"
        r"root_hash=([0-9a-f]{64})\nsignature=([0-9a-f]{128})\n((?:cosignature=.*\n)*)"
        r"(?:\nleaf_index=(0|[1-9][0-9]*)\n((?:node_hash=[0-9a-f]{64}\n)*))?", text)
    require(found, "it is not a proof of Sigsum, version 2")
    log, by, signature, size, root, _, _, index, nodes = found.groups()
    checksum = hashlib.sha256(hashlib.sha256(bundle.read("record.json")).digest()).digest()
    leaf = checksum + bytes.fromhex(signature) + bytes.fromhex(by)
    path = [bytes.fromhex(line.split("=")[1]) for line in (nodes or "").splitlines()]
    return leaf, checksum, by, bytes.fromhex(signature), int(size), bytes.fromhex(root), int(index or 0), path


def inclusion(bundle):
    canonical(bundle.read("record.json"))
    leaf, checksum, by, signature, size, root, index, path = sigsum_fields(bundle)
    require(tree(leaf, index, size, path) == root, "record.json is not that entry")
    require((size, root) == checkpoint(bundle, bundle.read("head.checkpoint").decode()), "its head is not head.checkpoint")
    submitters = [key for key in (bundle.log, bundle.key) if key and hashlib.sha256(key.raw).hexdigest() == by]
    require(submitters or not bundle.log, "the entry was submitted with another key")
    for key in submitters:
        require(key.verifies(signature, b"sigsum.org/v1/tree-leaf\0" + checksum), "the entry's signature is wrong")
    return f"record.json is entry {index} of {size}, recomputed"


def note(bundle):
    text, _, signed = bundle.read("record.tlog-proof").decode().partition("\n\n")
    found = re.fullmatch(
        r"c2sp\.org/tlog-proof@v1\n(?:extra ([A-Za-z0-9+/=]+)\n)?index (0|[1-9][0-9]*)((?:\n[A-Za-z0-9+/]{43}=)*)", text)
    require(found, "it is not a proof of C2SP tlog-proof")
    leaf, checksum, *_ = sigsum_fields(bundle)
    # The leaf's signature and the hash of its key, which the tree's arithmetic needs beside the entry.
    require(found[1] is None or checksum + decoded(found[1]) == leaf, "its leaf is not that of record.sigsum-proof")
    size, root = checkpoint(bundle, signed)
    path = [decoded(line) for line in found[3].split()]
    require(tree(leaf, int(found[2]), size, path) == root, "record.json is not that entry")
    require(signed == bundle.read("head.checkpoint").decode(), "its head is not head.checkpoint")
    return f"record.json is entry {found[2]} of {size}, recomputed"
