# SPDX-License-Identifier: Apache-2.0
"""A bundle's files, the keys that the auditor brought, and how a check ends."""
import base64
import hashlib
import json
import pathlib
import re
import sys

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from securesystemslib.signer import SSlibKey

# What only the schema of that standard has in it.
MARKS = {"SPDX": '"SpdxDocument"', "SARIF": "sarif-schema-2.1.0", "OpenVEX": "openvex_json_schema"}


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
        self.schemas = {schema.get("predicateType", schema.get("$id")): schema for schema in own}
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
