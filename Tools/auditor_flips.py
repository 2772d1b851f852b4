# SPDX-License-Identifier: Apache-2.0
"""Bits flipped at random, one at a time: in a bundle's files, and in the bytes of its archive. The choice is always the same."""
import base64, hashlib, json, random, re, shutil, subprocess

OWN = "bundle.dsse.json"
# What a reader may leave unread, by the byte: RFC 1952 § 2.3, and how much a reader has to hold (RFC 8878 § 3.1.1.1.2).
UNREAD = {".gz": {3: "the flag of text", 4: "the time", 5: "the time", 6: "the time", 7: "the time",
                  8: "the flags of the method", 9: "the system"},
          ".zst": {5: "the window"}}
# Bytes at both ends of an archive, where the container's own fields are.
ENDS = 24
# Flips that verify.sh and Bessemer's own check are run for, which read the whole bundle; of the others the one file that is
# altered is compared with the signed list, as those do.
WHOLE = 50


def flip(file, place, bit):
    with open(file, "r+b") as opened:
        opened.seek(place)
        [byte] = opened.read(1)
        opened.seek(place)
        opened.write(bytes([byte ^ 1 << bit]))


def in_files(verify, bundle, copy, number):
    """Flips in files of the unpacked bundle; the number that verify.sh does not find at level 0."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(bundle, copy)
    choice = random.Random(1)
    # The time stamp is outside the signed list: openssl ts checks it, at level 2.
    files = sorted(path for path in copy.rglob("*") if path.is_file() and path.stat().st_size and path.suffix != ".tsr")
    sizes = [file.stat().st_size for file in files]
    listed = signed_list(copy)
    hit, missed, whole = set(), 0, 0
    for turn in range(number):
        # Each file as often as another one, and each byte as often as another one.
        [file] = choice.choices(files, weights=sizes if turn % 2 else None)
        place, bit = choice.randrange(file.stat().st_size), choice.randrange(8)
        flip(file, place, bit)
        name = f"{file.relative_to(copy)}"
        if turn < WHOLE or name == OWN:
            whole += 1
            status, output = verify(copy, 0)
            # It has to name the file; a flip in the list itself makes that another one, or none.
            found = status == 1 and (name == OWN or re.search(rf"{re.escape(name)}(\s|$)", output))
        else:
            found = hashlib.sha256(file.read_bytes()).hexdigest() != listed[name]
        flip(file, place, bit)
        hit.add(name)
        if not found:
            missed += 1
            print(f"MISSED bit {bit} of byte {place} of {name}", flush=True)
    print(f"{'MISSED' if missed else 'found '} bits flipped in {len(hit)} of {len(files)} files: {number - missed} of"
          f" {number} found, {whole} of them by verify.sh, the others by the file's digest in the signed list", flush=True)
    return missed


def signed_list(bundle):
    """The digest of every other file, as the bundle's statement has it."""
    payload = json.loads((bundle / OWN).read_bytes())["payload"]
    return {item["name"]: item["digest"]["sha256"] for item in json.loads(base64.b64decode(payload))["subject"]}


def contents(folder):
    return {f"{path.relative_to(folder)}": path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def in_archive(root, verify, archive, folder, number, refuses):
    """Flips in the archive; the number of those that alter a file and are not found.

    What the container leaves unread alters no file, and so no evidence: such bytes are counted and named. `refuses` is
    Bessemer's own check of an archive; None where there is none.
    """
    copy, out = folder / f"flipped-{archive.name}", folder / "out"
    shutil.copy(archive, copy)
    choice, size = random.Random(1), archive.stat().st_size
    places = [place for place in range(size) if place < ENDS or place >= size - ENDS]
    places += [choice.randrange(size) for _ in range(number)]
    packed, by_verify, without, missed, imported = 0, 0, {}, 0, 0

    def unpack():
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        result = root.run(["tar", "--extract", "--file", "/mnt/archive", "--directory", "/mnt/out"],
                          read={"archive": copy}, write={"out": out}, stderr=subprocess.DEVNULL)
        return result.returncode == 0, [path for path in out.iterdir() if path.is_dir()]

    good = contents(unpack()[1][0])
    for turn, place in enumerate(places):
        bit = choice.randrange(8)
        flip(copy, place, bit)
        is_whole, unpacked = unpack()
        if not is_whole:
            packed += 1
        elif len(unpacked) == 1 and contents(unpacked[0]) == good:
            name = UNREAD.get(archive.suffix, {}).get(place)
            without.setdefault(name or f"byte {place} of {size}", []).append(bit)
        elif len(unpacked) == 1 and verify(unpacked[0], 0)[0] == 1:
            by_verify += 1
        else:
            missed += 1
            print(f"MISSED bit {bit} of byte {place} of {archive.name}", flush=True)
        if refuses and turn >= len(places) - WHOLE and not is_whole:
            imported += 1
            if not refuses(copy):
                missed += 1
                print(f"ACCEPTED by evidence import: bit {bit} of byte {place} of {archive.name}", flush=True)
        flip(copy, place, bit)
    print(f"{'MISSED' if missed else 'found '} bits flipped in {archive.name}: {len(places)}, of which tar finds {packed},"
          f" verify.sh {by_verify}; {sum(map(len, without.values()))} alter no file"
          + "".join(f"; {name}: {len(bits)}" for name, bits in without.items())
          + (f"; `evidence import` refuses {imported} of {imported} that it was given" if imported and not missed else ""),
          flush=True)
    return missed
