# SPDX-License-Identifier: Apache-2.0
"""A bundle that was tampered with, in every way that is listed here: verify.sh has to find each."""
import base64, hashlib, json, os, re, shutil

KINDS = []
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def kind(name, key="key"):
    """Declares one kind of tampering: a function that alters the folder."""
    def declare(work):
        KINDS.append((name, key, work))
        return work
    return declare


def list_again(folder):
    """Writes both lists of digests again, as who alters a file and knows of them would do."""
    outside = {"SHA256SUMS", "SHA512SUMS", "bundle.dsse.json", "bundle.tsr"}
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    for bits in ["256", "512"]:
        (folder / f"SHA{bits}SUMS").write_text("".join(
            f"{hashlib.new('sha' + bits, (folder / name).read_bytes()).hexdigest()}  {name}\n"
            for name in names if name not in outside))


def flip(file, place=None, bit=0):
    contents = bytearray(file.read_bytes())
    contents[len(contents) // 2 if place is None else place] ^= 1 << bit
    file.write_bytes(contents)


def some(folder, pattern):
    return sorted(path for path in folder.glob(pattern) if path.is_file() and path.stat().st_size)[0]


def twin(text):
    """Other base64 of the same bytes: the last character's unused bits."""
    place = len(text.rstrip("=")) - 1
    return text[:place] + ALPHABET[ALPHABET.index(text[place]) ^ 1] + text[place + 1:]


def with_signature(file, change):
    file.write_text(re.sub(r'(?<="sig":")[^"]*', lambda found: change(found[0]), file.read_text(), count=1))


@kind("a bit of a log is flipped")
def _(folder):
    flip(some(folder, "logs/**/*.log"))


@kind("the same, and the lists of digests are made again")
def _(folder):
    flip(some(folder, "logs/**/*.log"))
    list_again(folder)


@kind("a letter of an attestation's payload is another; lists made again")
def _(folder):
    file = some(folder, "attestations/*.dsse.json")
    value = json.loads(file.read_bytes())
    payload = base64.b64decode(value["payload"]).replace(b'"name":"', b'"name":"x', 1)
    file.write_text(file.read_text().replace(value["payload"], base64.b64encode(payload).decode()))
    list_again(folder)


@kind("a letter of the bundle statement's payload is another")
def _(folder):
    file = folder / "bundle.dsse.json"
    value = json.loads(file.read_bytes())
    payload = bytearray(base64.b64decode(value["payload"]))
    payload[payload.rindex(b'"sha256":"') + 10] ^= 1
    file.write_text(file.read_text().replace(value["payload"], base64.b64encode(payload).decode()))


@kind("the last base64 character of the bundle's signature is another, with the same bytes")
def _(folder):
    with_signature(folder / "bundle.dsse.json", twin)


@kind("the same in an attestation; lists made again")
def _(folder):
    with_signature(some(folder, "attestations/*.dsse.json"), twin)
    list_again(folder)


@kind("a line break within the signature's base64")
def _(folder):
    with_signature(folder / "bundle.dsse.json", lambda text: text[:40] + "\n" + text[40:])


@kind("a file is removed; lists made again")
def _(folder):
    some(folder, "attestations/*.dsse.json").unlink()
    list_again(folder)


@kind("a file is added; lists made again")
def _(folder):
    (folder / "attestations/approved.json").write_text("{}")
    list_again(folder)


@kind("a file is added whose name has a line break")
def _(folder):
    (folder / "logs/a\nb").write_text("")


@kind("two files have changed places; lists made again")
def _(folder):
    one, other = sorted(folder.glob("attestations/*.dsse.json"))[:2]
    one.rename(folder / "between")
    other.rename(one)
    (folder / "between").rename(other)
    list_again(folder)


@kind("the auditor has another key", key="other")
def _(folder):
    pass


@kind("another statement, signed by the same key, in place of the bundle's")
def _(folder):
    shutil.copy(some(folder, "attestations/*.dsse.json"), folder / "bundle.dsse.json")


@kind("the envelope has two payloads")
def _(folder):
    file = folder / "bundle.dsse.json"
    file.write_text(file.read_text().replace('{"payload"', '{"payload":"e30=","payload"', 1))


@kind("SHA256SUMS lacks a line")
def _(folder):
    file = folder / "SHA256SUMS"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[1:]))


@kind("a digit of the log's proof is another; lists made again")
def _(folder):
    file = folder / "record.sigsum-proof"
    file.write_text(re.sub(r"(?<=root_hash=).", lambda found: "0" if found[0] != "0" else "1", file.read_text()))
    list_again(folder)


@kind("the head has another size; lists made again")
def _(folder):
    file = folder / "head.checkpoint"
    lines = file.read_text().split("\n")
    file.write_text("\n".join([lines[0], str(int(lines[1]) + 1), *lines[2:]]))
    list_again(folder)


@kind("a link in place of a file, to the same bytes")
def _(folder):
    file = some(folder, "logs/**/*.log")
    file.rename(folder / "SHA0")
    file.symlink_to(folder / "SHA0")


@kind("a link that leaves the folder")
def _(folder):
    (folder / "logs/passwd").symlink_to("/etc/passwd")


@kind("a pipe beside the files")
def _(folder):
    os.mkfifo(folder / "logs/pipe")


def reported(name, status, output):
    """Prints what verify.sh says of an altered bundle; true where it finds it."""
    found = [line.removeprefix("FAILED").strip() for line in output.splitlines() if line.startswith("FAILED")]
    found = found or output.strip().splitlines()[-1:]
    print(f"{'found ' if status == 1 else 'MISSED'} {name}\n           {' '.join(found)[:150]}", flush=True)
    return status == 1


def tried(verify, bundle, copy, name, key, work):
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(bundle, copy)
    try:
        work(copy)
    except (IndexError, FileNotFoundError):
        print(f"not checked {name}: the bundle has no such file")
        return True
    return reported(name, *verify(copy, 0, key))


def run(verify, bundle, copy):
    """The number of kinds that were not found."""
    print("== tampering", flush=True)
    return len([name for name, key, work in KINDS if not tried(verify, bundle, copy, name, key, work)])
