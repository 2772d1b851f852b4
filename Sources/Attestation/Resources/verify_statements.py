# SPDX-License-Identifier: Apache-2.0
"""Signed statements: DSSE envelopes, in-toto statements, predicates."""
import base64
import json
import re

import jsonschema
from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.predicates.scai.v0 import scai_pb2
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from verify_bundle import Unchecked, Wrong, canonical, decoded, parse, require

OURS = "urn:bessemer:"
# What others than the producer may sign.
APPROVALS = {OURS + "predicate:waiver:v1", OURS + "predicate:approval:v1"}
PREDICATES = {
    "https://slsa.dev/provenance/v1": provenance_pb2.Provenance,
    "https://in-toto.io/attestation/test-result/v0.1": test_result_pb2.TestResult,
    "https://in-toto.io/attestation/scai/v0.3": scai_pb2.AttributeReport,
}
PAYLOAD_TYPE = "application/vnd.in-toto+json"
REFERENCE = "https://in-toto.io/attestation/reference/v0.1"


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
    said = f"{kind}, {subjects(bundle, statement)}{predicate(bundle, kind, statement['predicate'])}"
    if not by:
        raise Unchecked(f"signature: {'no --approver-key of its signers' if bundle.key else 'no --key'}; {said}")
    others = len(identifiers) - len(by)
    return f"{said}, signed by {by[0].keyid[:16]}" + (f"; {others} more not checked" if others else "")


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


def by_own_schema(bundle, identity, value):
    """Checks what a URI names by its schema in the bundle; one of others may have none."""
    if identity in bundle.schemas:
        jsonschema.Draft202012Validator(bundle.schemas[identity]).validate(value)
    else:
        require(not identity.startswith(OURS), f"schemas/ has no schema of {identity}")


def predicate(bundle, kind, value):
    by_own_schema(bundle, kind, value)
    if kind in PREDICATES:
        json_format.ParseDict(value, PREDICATES[kind]())
        build = value.get("buildDefinition", {})
        by_own_schema(bundle, build.get("buildType", ""), build.get("externalParameters"))
    if kind == REFERENCE:
        held = set(bundle.digests.values())
        for reference in value["references"]:
            require(reference.get("downloadLocation") and reference.get("mediaType"), "a reference without a location")
            digest = reference.get("digest", {}).get("sha256")
            require(digest in held, f"{reference['downloadLocation']}: no file of the bundle has that SHA-256")
    known = kind in bundle.schemas or kind in PREDICATES or kind == REFERENCE
    return "" if known else ", no schema for what it says"


def lines(bundle):
    envelopes = {bundle.read(name) for name in bundle.matching(r"attestations/.*\.dsse\.json")}
    contents = bundle.read("all.intoto.jsonl")
    require(contents.endswith(b"\n") or not contents, "its last line has no end")
    found = contents.split(b"\n")[:-1]
    require(sorted(found) == sorted(envelopes), "its lines are not the files of attestations/")
    return f"{len(found)} envelopes, those of attestations/"


def sigstore(bundle, name):
    """The bundle of Sigstore has no room for a keyid: its envelope has to be one of attestations/, which are checked."""
    value = parse(bundle.read(name))["dsseEnvelope"]
    [signature] = value["signatures"]
    decoded(signature["sig"])
    for other in bundle.matching(r"attestations/.*\.dsse\.json"):
        one = parse(bundle.read(other))
        same = (one["payload"], one["payloadType"]) == (value["payload"], value["payloadType"])
        if same and signature["sig"] in [each["sig"] for each in one["signatures"]]:
            return f"statement and signature of {other}"
    raise Wrong("it is none of attestations/")
