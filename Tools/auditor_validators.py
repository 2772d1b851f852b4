# SPDX-License-Identifier: Apache-2.0
"""The table of validators: each takes a document of the bundle, and has to refuse the same document with one defect.

Runs in the auditor's root, with the bundle, the keys and verify.py below /mnt. A validator that accepts its defect proves
nothing: the exit status is 1 then.
"""
import argparse, base64, importlib.metadata, json, pathlib, re, subprocess, sys, tempfile

sys.path.insert(0, "/mnt/verify")
sys.dont_write_bytecode = True
import pymerkle.core, rfc3161_client, rfc8785
import verify_documents as documents, verify_log, verify_statements as statements
from cryptography import x509
from verify_bundle import Bundle, Key, Unchecked, canonical

BUNDLE = pathlib.Path("/mnt/bundle")
CASES = []


class Refused(Exception):
    """With what the validator says."""


def case(validator, pattern, defect, damage, accepts):
    """A row: `damage` makes the bad bytes from the good ones, `accepts(folder, name)` raises where they are refused."""
    CASES.append((validator, pattern, defect, damage, accepts))


def run(*command, **options):
    result = subprocess.run(command, capture_output=True, **options)
    if result.returncode != 0:
        raise Refused((result.stderr + result.stdout).decode(errors="replace").strip().split("\n")[-1])


def edit(change):
    """A JSON document with a change, written canonically."""
    def damage(contents):
        value = json.loads(contents)
        change(value)
        return rfc8785.dumps(value) if not contents.endswith(b"\n") else json.dumps(value).encode()
    return damage


def edit_statement(change):
    """An envelope whose statement has a change; its signature stays."""
    def changed(envelope):
        envelope["payload"] = base64.b64encode(edit(change)(base64.b64decode(envelope["payload"]))).decode()
    return edit(changed)


def replace(pattern, replacement):
    def damage(contents):
        changed, count = re.subn(pattern, replacement, contents, count=1)
        assert count, f"there is nothing to damage: {pattern}"
        return changed
    return damage


def element(kind, change):
    """Changes the first element of that type of an SPDX graph."""
    return edit(lambda value: change(next(item for item in value["@graph"] if item["type"] == kind)))


def by_verify(work):
    """A package as verify.py calls it."""
    def accepts(folder, name):
        work(bundle_of(folder), name)
    return accepts


def bundle_of(folder):
    return Bundle(argparse.Namespace(
        bundle=folder, key=options.key, approver_key=[], log_key=options.log_key, schemas=options.schemas))


def statement_of(folder, name):
    return base64.b64decode(json.loads((folder / name).read_bytes())["payload"])


def signature_of(name):
    return base64.b64decode(json.loads((BUNDLE / name).read_bytes())["signatures"][0]["sig"])


def cosign(folder, name):
    kind = json.loads(statement_of(BUNDLE, "bundle.dsse.json"))["predicateType"]
    run("cosign", "verify-blob-attestation", "--key", options.key, "--signature", folder / "bundle.dsse.json", "--type",
        kind, "--insecure-ignore-tlog=true", folder / (name if name != "bundle.dsse.json" else "record.json"))


def plain_signature(folder, name):
    payload, kind = statement_of(folder, name), statements.PAYLOAD_TYPE
    message = folder / "message"
    message.write_bytes(f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload)
    (folder / "signature").write_bytes(signature_of(name))
    run("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", options.key, "-rawin", "-in", message, "-sigfile",
        folder / "signature")


def sigsum(folder, name):
    if not options.log_key:
        raise Unchecked("no --log-key")
    log = Key(options.log_key)
    (folder / "trusted").write_text(f"log {log.raw.hex()}\nquorum none\n")
    keys = [log] + [Key(options.key)]
    blobs = [b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + key.raw for key in keys]
    (folder / "submitters").write_text("".join(f"ssh-ed25519 {base64.b64encode(blob).decode()}\n" for blob in blobs))
    with open(folder / "record.json", "rb") as record:
        run("sigsum-verify", "-k", folder / "submitters", "-p", folder / "trusted", folder / "record.sigsum-proof",
            stdin=record)


def merkle(folder, name):
    leaf, _, _, _, size, root, index, path = verify_log.sigsum_fields(bundle_of(folder))
    # Leaves are counted from one there.
    rule, _ = pymerkle.core._inclusion_path_layout(index + 1, size)
    base = pymerkle.hasher.MerkleHasher("sha256").hash_buff(leaf)
    proof = pymerkle.InclusionProof("sha256", True, size, index + 1, rule, [base, *path])
    pymerkle.verify_inclusion(base, root, proof, index=index + 1, size=size)


def statement_shape(folder, name):
    statements.subjects(bundle_of(folder), json.loads(statement_of(folder, name)))


def predicate_shape(folder, name):
    statement, bundle = json.loads(statement_of(folder, name)), bundle_of(folder)
    if statement["predicateType"] not in bundle.schemas:
        raise Unchecked(f"schemas/ has no schema of {statement['predicateType']}")
    statements.predicate(bundle, statement["predicateType"], statement["predicate"])


def predicate_message(folder, name):
    statement = json.loads(statement_of(folder, name))
    message = statements.PREDICATES[statement["predicateType"]]()
    statements.json_format.ParseDict(statement["predicate"], message)


def canonical_form(folder, name):
    canonical((folder / name).read_bytes())


def time_stamp(folder, name):
    if not options.tsa_ca:
        raise Unchecked("no --tsa-ca")
    (folder / "signature").write_bytes(signature_of("bundle.dsse.json"))
    run("openssl", "ts", "-verify", "-data", folder / "signature", "-in", folder / name, "-CAfile", options.tsa_ca)


def time_stamp_by_python(folder, name):
    if not options.tsa_ca:
        raise Unchecked("no --tsa-ca")
    response = rfc3161_client.decode_timestamp_response((folder / name).read_bytes())
    root = x509.load_pem_x509_certificate(pathlib.Path(options.tsa_ca).read_bytes())
    verifier = rfc3161_client.VerifierBuilder().add_root_certificate(root).build()
    verifier.verify_message(response, signature_of("bundle.dsse.json"))


def trestle_model(folder, name):
    model = next(iter(json.loads((folder / name).read_bytes())))
    with tempfile.TemporaryDirectory() as workspace:
        run(options.trestle, "init", "--local", cwd=workspace)
        plural = {"component-definition": "component-definitions"}.get(model, model)
        copy = pathlib.Path(workspace, plural, "bundle", f"{model}.json")
        copy.parent.mkdir(parents=True)
        copy.write_bytes((folder / name).read_bytes())
        run(options.trestle, "validate", "-f", copy, cwd=workspace)


def trestle_signature(folder, name):
    run(options.trestle, "verify", "-f", folder / name, "--signature", folder / name.replace(".json", ".dsse.json"),
        "--public-key", options.key, "--beta")


def first(value):
    return next(iter(value.values()))


def unjustified(statement):
    """A statement of OpenVEX that says why of nothing."""
    members = {name: value for name, value in statement.items() if name not in ("justification", "impact_statement")}
    return {**members, "status": "not_affected"}


def flip_letter(contents):
    """Another letter in a name within an envelope's payload."""
    return edit_statement(lambda statement: statement["subject"][0].update(name="x"))(contents)


ATTESTATION, OWN = r"attestations/.*\.dsse\.json", r"bundle\.dsse\.json"
SPDX, CYCLONEDX, OSCAL = r"sbom/(.*/)?sbom-output\.spdx\.json", r"sbom/.*\.cdx\.json", r"oscal/(?!.*dsse).*\.json"
case("sha256sum", r"SHA256SUMS", "a digest with another digit", replace(rb"^[0-9a-f]", b"x"),
     lambda folder, name: run("sha256sum", "--check", "--strict", "--quiet", name, cwd=folder))
case("openssl", OWN, "another subject", flip_letter, plain_signature)
case("openssl", r"bundle\.tsr", "a bit of the token flipped", lambda contents: contents[:-9] + bytes([contents[-9] ^ 1])
     + contents[-8:], time_stamp)
case("rfc3161-client", r"bundle\.tsr", "the same", lambda contents: contents[:-9] + bytes([contents[-9] ^ 1])
     + contents[-8:], time_stamp_by_python)
case("cosign", r"record\.json", "a file that is not a subject", lambda contents: contents + b" ", cosign)
case("cosign", OWN, "another subject", flip_letter, cosign)
case("securesystemslib", ATTESTATION, "another subject", flip_letter, by_verify(statements.envelope_signature))
case("securesystemslib", ATTESTATION, "another payload type",
     edit(lambda value: value.update(payloadType="application/json")), by_verify(statements.envelope_signature))
case("verify.py", ATTESTATION, "base64 of another form",
     replace(rb'(?<="sig":")([^"]*)(.)(?===)', lambda found: found[1] + bytes([found[2][0] + 1])), by_verify(statements.envelope))
case("sigsum-go", r"record\.json", "another byte", lambda contents: contents[:-2] + b" " + contents[-1:], sigsum)
case("sigsum-go", r"record\.sigsum-proof", "another index", replace(rb"leaf_index=\d", b"leaf_index=9"), sigsum)
case("pymerkle", r"record\.sigsum-proof", "another node", replace(rb"(?<=node_hash=)..", b"00"), merkle)
case("in-toto-attestation", ATTESTATION, "no subject",
     edit_statement(lambda value: value.update(subject=[])), statement_shape)
case("in-toto-attestation", r"attestations/.*provenance.*\.dsse\.json", "an unknown member of the provenance",
     edit_statement(lambda value: value["predicate"].update(verdict="good")), predicate_message)
case("in-toto-attestation", r"attestations/test-result.*\.dsse\.json", "a number as the result",
     edit_statement(lambda value: value["predicate"].update(result=7)), predicate_message)
case("jsonschema", r"attestations/.*provenance.*\.dsse\.json", "a number as the build's kernel",
     edit_statement(lambda value: value["predicate"]["buildDefinition"]["externalParameters"].update(kernel=7)),
     predicate_shape)
case("verify.py", ATTESTATION, "a digest of 63 digits",
     edit_statement(lambda value: value["subject"][0]["digest"].update(sha256="a" * 63)), statement_shape)
case("jsonschema", OWN, "a number as the run's identifier",
     edit_statement(lambda value: value["predicate"].update(run=7)), predicate_shape)
case("jsonschema", r"attestations/.*provenance.*\.dsse\.json", "no build type",
     edit_statement(lambda value: value["predicate"]["buildDefinition"].pop("buildType")), predicate_shape)
case("jsonschema", r"attestations/test-result.*\.dsse\.json", "UNKNOWN as the result",
     edit_statement(lambda value: value["predicate"].update(result="UNKNOWN")), predicate_shape)
case("rfc8785", r"record\.json", "a space", replace(rb":", b": "), canonical_form)
case("jsonschema-rs", SPDX, "a Build without its type",
     element("build_Build", lambda item: item.pop("build_buildType")), by_verify(documents.spdx_schema))
case("spdx-python-model", SPDX, "a reference to nothing",
     element("Relationship", lambda item: item.update({"from": item["from"] + "x"})), by_verify(documents.spdx_model))
case("pyshacl", SPDX, "a relationship from an agent's creation info",
     element("Relationship", lambda item: item.update({"from": "_:creationinfo"})), by_verify(documents.spdx_shapes))
case("ntia-conformance-checker", SPDX, "a package without an originator",
     element("software_Package", lambda item: item.pop("originatedBy")), by_verify(documents.minimum))
case("cyclonedx-python-lib", CYCLONEDX, "an unknown member", edit(lambda value: value.update(verdict="good")),
     by_verify(documents.cyclonedx))
case("verify.py", CYCLONEDX, "a dependency on nothing",
     edit(lambda value: value["dependencies"].append({"ref": "nothing"})), by_verify(documents.cyclonedx))
case("jsonschema-rs", r".*\.sarif", "a level that SARIF does not have",
     edit(lambda value: value["runs"][0].update(results=[{"message": {"text": "m"}, "level": "bad"}])),
     by_verify(lambda bundle, name: documents.by_schema(bundle, name, "SARIF")))
case("jsonschema-rs", r"vex/.*openvex.*\.json", "not affected, and no justification",
     edit(lambda value: value.update(statements=[unjustified(item) for item in value["statements"]])),
     by_verify(lambda bundle, name: documents.by_schema(bundle, name, "OpenVEX")))
case("csaf", r"vex/.*csaf.*\.json", "a product that is not in the tree",
     edit(lambda value: first(value["vulnerabilities"][0]["product_status"]).append("nothing")), by_verify(documents.csaf))
case("compliance-trestle", OSCAL, "an unknown member", edit(lambda value: first(value).update(verdict="good")), trestle_model)
case("compliance-trestle", OSCAL, "an identifier of another form",
     edit(lambda value: first(value).update(uuid="1")), trestle_model)
case("compliance-trestle", OSCAL, "altered after it was signed",
     edit(lambda value: first(value)["metadata"].update(title="x")), trestle_signature)

DEBIAN = {"cosign": "cosign", "openssl": "openssl", "sha256sum": "coreutils", "sigsum-go": "sigsum-go"}


def version(validator):
    if validator in DEBIAN:
        return subprocess.run(["dpkg-query", "--show", "--showformat=${Version}", DEBIAN[validator]],
                              capture_output=True, text=True).stdout
    if validator == "compliance-trestle":
        text = subprocess.run([options.trestle, "version"], capture_output=True, text=True).stdout
        return (re.findall(r"v(\d[\d.]*\d)", text) + ["unknown"])[0]
    return "of the bundle" if validator == "verify.py" else importlib.metadata.version(validator)


def verdict(name, accepts, contents):
    """None where the validator accepts the bundle with these bytes in place of a file's, else what it says."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for path in BUNDLE.rglob("*"):
            copy = folder / path.relative_to(BUNDLE)
            copy.mkdir() if path.is_dir() else copy.symlink_to(path)
        (folder / name).unlink()
        (folder / name).write_bytes(contents)
        try:
            accepts(folder, name)
            return None
        except Unchecked:
            raise
        except Exception as error:
            return " ".join(f"{error}".split()) or type(error).__name__


def tried(validator, pattern, defect, damage, accepts):
    """What stands in the table, and whether it is as it has to be."""
    names = [f"{path.relative_to(BUNDLE)}" for path in sorted(BUNDLE.rglob("*")) if path.is_file()]
    names = [name for name in names if re.fullmatch(pattern, name)]
    if not names:
        return "not checked", "", f"the bundle has no file {pattern}", True
    name, contents = names[0], (BUNDLE / names[0]).read_bytes()
    try:
        good, bad = verdict(name, accepts, contents), verdict(name, accepts, damage(contents))
    except Unchecked as reason:
        return "not checked", name, f"{reason}", True
    if good is not None:
        return "REFUSES GOOD", name, good, False
    return ("ACCEPTS BAD", name, defect, False) if bad is None else ("ok", name, f"{defect}: {bad}", True)


def main():
    wrong = 0
    for validator, *rest in CASES:
        state, name, text, right = tried(validator, *rest)
        wrong += not right
        print(f"{state:12}  {validator + ' ' + version(validator):38}  {name}\n{'':14}{text[:150]}", flush=True)
    print(f"{len(CASES)} cases, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for option in ["--key", "--log-key", "--schemas", "--tsa-ca", "--trestle"]:
        parser.add_argument(option)
    options = parser.parse_args()
    sys.exit(main())
