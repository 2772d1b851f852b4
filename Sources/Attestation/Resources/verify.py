#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Level 1 of verify.sh: every statement and document of a bundle, checked by the Python packages of requirements.txt.

usage: verify.py [--key FILE] [--approver-key FILE]... [--log-key FILE] [--schemas DIR] BUNDLE

Prints a line for each thing: ok, FAILED or not checked. Exit status: 0, 1 where something is wrong, 2 where it could not
work. It reads what was signed: verify.sh has passed at level 0 before.
"""
import argparse
import base64
import hashlib
import json
import pathlib
import re
import subprocess
import sys

try:
    import jsonschema
    import jsonschema_rs
    import rdflib
    import rfc8785
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    from google.protobuf import json_format
    from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
    from in_toto_attestation.predicates.scai.v0 import scai_pb2
    from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
    from in_toto_attestation.v1 import statement_pb2
    from in_toto_attestation.v1.statement import Statement
    from pyshacl import validate as shacl
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey
    from spdx_python_model import v3_0_1 as spdx
except ImportError as missing:
    print(f"verify.py: {missing.name} is missing: install requirements.txt as README says", file=sys.stderr)
    sys.exit(2)

OWN = "urn:bessemer:predicate:"
# What others than the producer may sign.
APPROVALS = {OWN + "waiver:v1", OWN + "approval:v1"}
PREDICATES = {
    "https://slsa.dev/provenance/v1": provenance_pb2.Provenance,
    "https://in-toto.io/attestation/test-result/v0.1": test_result_pb2.TestResult,
    "https://in-toto.io/attestation/scai/v0.3": scai_pb2.AttributeReport,
}
PAYLOAD_TYPE = "application/vnd.in-toto+json"
REFERENCE = "https://in-toto.io/attestation/reference/v0.1"
# What only the schema of that standard has in it.
MARKS = {"SPDX": '"SpdxDocument"', "SARIF": "sarif-schema-2.1.0", "OpenVEX": "openvex_json_schema"}
# SHACL and Python objects take minutes on a graph of more bytes than this.
LARGEST_GRAPH = 2 << 20
CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"


class Wrong(Exception):
    """What makes a check fail."""


class Unchecked(Exception):
    """Why a check could not be made."""


def require(condition, reason):
    if not condition:
        raise Wrong(reason)


def unique(pairs):
    require(len({name for name, _ in pairs}) == len(pairs), "an object has two members of one name")
    return dict(pairs)


def parse(contents):
    return json.loads(contents.decode("utf-8", "strict"), object_pairs_hook=unique)


def canonical(contents):
    """The value of bytes that are in the one form of RFC 8785."""
    value = parse(contents)
    require(rfc8785.dumps(value) == contents, "it is not in the form of RFC 8785")
    return value


def decoded(text):
    contents = base64.b64decode(text, validate=True)
    require(base64.b64encode(contents).decode() == text, "base64 that is not canonical")
    return contents


class Key:
    def __init__(self, path):
        self.public = load_pem_public_key(pathlib.Path(path).read_bytes())
        if not isinstance(self.public, Ed25519PublicKey):
            sys.exit(f"verify.py: {path} is not a public key of Ed25519")
        self.raw = self.public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.signer = SSlibKey.from_crypto(self.public)

    def verifies(self, signature, message):
        try:
            self.public.verify(signature, message)
            return True
        except InvalidSignature:
            return False


class Bundle:
    def __init__(self, options):
        self.root = pathlib.Path(options.bundle)
        self.key = Key(options.key) if options.key else None
        self.approvers = [Key(path) for path in options.approver_key]
        self.log = Key(options.log_key) if options.log_key else None
        self.wrong = 0
        self.files = {
            str(path.relative_to(self.root)): path for path in sorted(self.root.rglob("*")) if path.is_file()
        }
        self.digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in self.files.items()}
        own = [parse(self.read(name)) for name in self.matching(r"schemas/.*\.json")]
        self.schemas = {schema["$id"]: schema for schema in own if "$id" in schema}
        brought = pathlib.Path(options.schemas) if options.schemas else None
        self.brought = sorted(brought.iterdir()) if brought else []

    def read(self, name):
        return self.files[name].read_bytes()

    def matching(self, pattern):
        return [name for name in self.files if re.fullmatch(pattern, name)]

    def foreign_schema(self, standard):
        """The JSON Schema of a standard, which the auditor brought: the file that has its mark."""
        for path in self.brought:
            if path.suffix == ".json" and MARKS[standard] in (text := path.read_text()):
                return json.loads(text)
        raise Unchecked(f"no JSON Schema of {standard} in --schemas")

    def brought_file(self, suffix):
        for path in self.brought:
            if path.suffix == suffix:
                return path
        raise Unchecked(f"no *{suffix} of SPDX 3.0.1 in --schemas")

    def check(self, label, work, *arguments):
        try:
            print(f"ok           {label}{': ' if (said := work(self, *arguments)) else ''}{said or ''}", flush=True)
        except Unchecked as reason:
            print(f"not checked  {label}: {reason}", flush=True)
        except Exception as error:  # whatever a package raises at such bytes
            self.wrong += 1
            text = " ".join(f"{error}".split()) or type(error).__name__
            print(f"FAILED       {label}: {text[:300]}", flush=True)


def envelope_signature(bundle, name, value=None):
    """The key of ours that an envelope is signed by, as securesystemslib sees it; None where there is no key."""
    value = parse(bundle.read(name)) if value is None else value
    kind = json.loads(base64.b64decode(value["payload"])).get("predicateType")
    keys = bundle.approvers if kind in APPROVALS else [bundle.key] if bundle.key else []
    identifiers = [signature["keyid"] for signature in value["signatures"]]
    by = [key.signer for key in keys if key.signer.keyid in identifiers]
    require(by or not bundle.key or kind in APPROVALS, f"it is not signed by that key but by {identifiers[0]}")
    if by:
        Envelope.from_dict(json.loads(json.dumps(value))).verify(by, len(by))
    return by


def envelope(bundle, name, contents=None):
    value = canonical(bundle.read(name) if contents is None else contents)
    require(list(value) == ["payload", "payloadType", "signatures"], "it has other members than an envelope")
    require(value["payloadType"] == PAYLOAD_TYPE, f"its payload type is {value['payloadType']}")
    for signature in value["signatures"]:
        require(list(signature) == ["keyid", "sig"], "a signature has other members")
        decoded(signature["sig"])
    identifiers = [signature["keyid"] for signature in value["signatures"]]
    require(len(set(identifiers)) == len(identifiers), "two signatures by one key")
    statement = canonical(decoded(value["payload"]))
    by = envelope_signature(bundle, name, value)
    kind = statement["predicateType"]
    said = f"{kind}, {subjects(bundle, statement)}"
    predicate(bundle, kind, statement["predicate"])
    if not by:
        raise Unchecked(f"signature: {'no --approver-key of its signers' if bundle.key else 'no --key'}; {said}")
    others = len(identifiers) - len(by)
    return f"{said}, signed by {by[0].keyid[:16]}" + (f"; {others} further signatures not checked" if others else "")


def subjects(bundle, statement):
    message = json_format.ParseDict(statement, statement_pb2.Statement())
    Statement.copy_from_pb(message).validate()
    here = 0
    held = set(bundle.digests.values())
    for subject in statement["subject"]:
        for algorithm, digest in subject["digest"].items():
            size = {"sha256": 64, "sha512": 128, "gitCommit": 40}.get(algorithm)
            require(size and re.fullmatch(f"[0-9a-f]{{{size}}}", digest), f"{algorithm} {digest} is not a digest")
        name, digest = subject.get("name"), subject["digest"].get("sha256")
        require(bundle.digests.get(name, digest) == digest, f"{name} has another SHA-256 in the bundle")
        here += digest in held
    return f"{here} of {len(statement['subject'])} subjects in the bundle"


def predicate(bundle, kind, value):
    if kind in bundle.schemas:
        schema = bundle.schemas[kind]
        jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)(schema).validate(value)
    elif kind in PREDICATES:
        json_format.ParseDict(value, PREDICATES[kind]())
    else:
        require(not kind.startswith(OWN), f"schemas/ has no schema of {kind}")
    if kind == REFERENCE:
        held = set(bundle.digests.values())
        for reference in value["references"]:
            require(reference.get("downloadLocation") and reference.get("mediaType"), "a reference without a location")
            digest = reference.get("digest", {}).get("sha256")
            require(digest in held, f"{reference['downloadLocation']}: no file of the bundle has that SHA-256")
    return kind


def lines(bundle):
    envelopes = {bundle.read(name) for name in bundle.matching(r"attestations/.*\.dsse\.json")}
    contents = bundle.read("all.intoto.jsonl")
    require(contents.endswith(b"\n") or not contents, "its last line has no end")
    found = contents.split(b"\n")[:-1]
    require(sorted(found) == sorted(envelopes), "its lines are not the files of attestations/")
    return f"{len(found)} envelopes, those of attestations/"


def sigstore(bundle, name):
    value = parse(bundle.read(name))
    return envelope(bundle, name, rfc8785.dumps(value["dsseEnvelope"]))


def spdx_schema(bundle, name):
    validator = jsonschema_rs.validator_for(bundle.foreign_schema("SPDX"))
    validator.validate(parse(bundle.read(name)))


def small(bundle, name):
    if bundle.files[name].stat().st_size > LARGEST_GRAPH:
        raise Unchecked(f"it has more than {LARGEST_GRAPH >> 20} MiB, which takes this checker too long")


def spdx_model(bundle, name):
    small(bundle, name)
    objects = spdx.SHACLObjectSet()
    spdx.JSONLDDeserializer().read(bundle.files[name].open("rb"), objects)
    # What another document of the set describes is named as an import.
    imported = {
        entry.externalSpdxId for document in objects.foreach_type(spdx.SpdxDocument) for entry in document.import_
    }
    missing = sorted(set(map(str, objects.link())) - imported)
    require(not missing, f"{len(missing)} references lead nowhere, e.g. {missing[:1]}")
    return f"{sum(1 for _ in objects.foreach())} objects, each reference leads to one"


def spdx_shapes(bundle, name):
    small(bundle, name)
    shapes, context = bundle.brought_file(".ttl"), bundle.brought_file(".jsonld")
    value = parse(bundle.read(name))
    require(value["@context"] == CONTEXT, f"its @context is not {CONTEXT}")
    # The context is read from the file: nothing asks a network.
    value["@context"] = json.loads(context.read_text())["@context"]
    graph = rdflib.Graph().parse(data=json.dumps(value), format="json-ld")
    model = rdflib.Graph().parse(shapes, format="turtle")
    conforms, _, text = shacl(graph, shacl_graph=model, ont_graph=model)
    found = re.findall(r"Message: (.*)", text)
    require(conforms, f"{len(found)} violations of SPDX's SHACL shapes, e.g. {found[:1]}")


def minimum(bundle, name):
    small(bundle, name)
    checker = pathlib.Path(sys.executable).with_name("ntia-checker")
    result = subprocess.run(
        [checker, "--sbom-spec", "spdx3", "--comply", "bsi", "-q", bundle.files[name]], capture_output=True, text=True)
    require(result.returncode == 0, (result.stdout + result.stderr)[-300:])
    return "BSI TR-03183-2 is met"


def cyclonedx(bundle, name):
    text = bundle.read(name).decode()
    value = parse(bundle.read(name))
    error = JsonStrictValidator(SchemaVersion.from_version(value["specVersion"])).validate_str(text)
    require(error is None, f"{getattr(error, 'data', error)}")
    references, used = [], set()

    def walk(node):
        if isinstance(node, dict):
            references.extend([node["bom-ref"]] if isinstance(node.get("bom-ref"), str) else [])
            used.update([node["ref"]] if isinstance(node.get("ref"), str) else [])
            used.update(item for item in node.get("dependsOn", []) if isinstance(item, str))
            node = list(node.values())
        for item in node if isinstance(node, list) else []:
            walk(item)

    walk(value)
    require(len(set(references)) == len(references), "two things have one bom-ref")
    dangling = sorted(used - set(references))
    require(not dangling, f"references lead nowhere: {dangling[:3]}")
    return f"CycloneDX {value['specVersion']}, {len(references)} bom-refs"


def by_schema(bundle, name, standard):
    jsonschema_rs.validator_for(bundle.foreign_schema(standard)).validate(parse(bundle.read(name)))


def csaf(bundle, name):
    command = [sys.executable, "-m", "csaf", "validate", "--spec-version", "v20", "--no-network", bundle.files[name]]
    result = subprocess.run(command, capture_output=True, text=True)
    require(result.returncode == 0, (result.stdout + result.stderr)[-300:])
    return "CSAF 2.0"


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
    head, _, signed = bundle.read("record.tlog-proof").decode().partition("\n\n")
    found = re.fullmatch(r"c2sp\.org/tlog-proof@v1\nindex (0|[1-9][0-9]*)((?:\n[A-Za-z0-9+/]{43}=)*)", head)
    require(found, "it is not a proof of C2SP tlog-proof")
    leaf, *_ = sigsum_fields(bundle)
    size, root = checkpoint(bundle, signed)
    path = [decoded(line) for line in found[2].split()]
    require(tree(leaf, int(found[1]), size, path) == root, "record.json is not that entry")
    require(signed == bundle.read("head.checkpoint").decode(), "its head is not head.checkpoint")
    return f"record.json is entry {found[1]} of {size}, recomputed"


# What is checked: files by a pattern, the checker's name, and the function.
CHECKS = [
    (r"bundle\.dsse\.json", "securesystemslib, in-toto", envelope),
    (r"(attestations|oscal)/.*\.dsse\.json", "securesystemslib, in-toto", envelope),
    (r"sigstore/.*\.sigstore\.json", "securesystemslib, in-toto", sigstore),
    (r"sbom/.*\.spdx\.json", "jsonschema-rs", spdx_schema),
    (r"sbom/.*\.spdx\.json", "spdx-python-model", spdx_model),
    (r"sbom/.*\.spdx\.json", "pyshacl", spdx_shapes),
    (r"sbom/sbom-output\.spdx\.json", "ntia-checker", minimum),
    (r"sbom/.*\.cdx\.json", "cyclonedx-python-lib", cyclonedx),
    (r".*\.sarif", "jsonschema-rs", lambda bundle, name: by_schema(bundle, name, "SARIF")),
    (r"vex/.*openvex.*\.json", "jsonschema-rs", lambda bundle, name: by_schema(bundle, name, "OpenVEX")),
    (r"vex/.*csaf.*\.json", "csaf", csaf),
    (r"all\.intoto\.jsonl", "comparison", lambda bundle, name: lines(bundle)),
    (r"head\.checkpoint", "cryptography", lambda bundle, name: head(bundle)),
    (r"record\.sigsum-proof", "hashlib", lambda bundle, name: inclusion(bundle)),
    (r"record\.tlog-proof", "hashlib", lambda bundle, name: note(bundle)),
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--key")
    parser.add_argument("--approver-key", action="append", default=[])
    parser.add_argument("--log-key")
    parser.add_argument("--schemas")
    parser.add_argument("bundle")
    bundle = Bundle(parser.parse_args())
    for pattern, checker, work in CHECKS:
        names = bundle.matching(pattern)
        if not names:
            print(f"not checked  {checker}: the bundle has no file {pattern}")
        for name in names:
            bundle.check(f"{name} ({checker})", work, name)
    print(f"verify.py: done: {bundle.wrong} wrong")
    return 1 if bundle.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
