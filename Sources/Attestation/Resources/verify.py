#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Level 1 of verify.sh: every statement and document of a bundle, checked by the Python packages of requirements.txt.

usage: verify.py [--key FILE] [--approver-key FILE]... [--log-key FILE] [--schemas DIR] BUNDLE

Prints a line for each thing: ok, FAILED or not checked. Exit status: 0, 1 where something is wrong, 2 where it could not
work. It reads what was signed: verify.sh has passed at level 0 before.
"""
import argparse
import sys

# Nothing may come to lie beside the bundle's files.
sys.dont_write_bytecode = True

try:
    import verify_documents as documents
    import verify_log as log
    import verify_statements as statements
    from verify_bundle import Bundle
except ModuleNotFoundError as missing:
    print(f"verify.py: {missing.name} is missing: install requirements.txt as README says", file=sys.stderr)
    sys.exit(2)

# What is checked: files by a pattern, the checker's name, and the function.
CHECKS = [
    (r"bundle\.dsse\.json", "securesystemslib, in-toto", statements.envelope),
    (r"(attestations|oscal)/.*\.dsse\.json", "securesystemslib, in-toto", statements.envelope),
    (r"sigstore/.*\.sigstore\.json", "comparison", statements.sigstore),
    (r"sbom/.*\.spdx\.json", "jsonschema-rs", documents.spdx_schema),
    (r"sbom/.*\.spdx\.json", "spdx-python-model", documents.spdx_model),
    (r"sbom/.*\.spdx\.json", "pyshacl", documents.spdx_shapes),
    (r"sbom/(.*/)?sbom-output\.spdx\.json", "ntia-checker", documents.minimum),
    (r"sbom/.*\.cdx\.json", "cyclonedx-python-lib", documents.cyclonedx),
    (r".*\.sarif", "jsonschema-rs", lambda bundle, name: documents.by_schema(bundle, name, "SARIF")),
    (r"vex/.*openvex.*\.json", "jsonschema-rs", lambda bundle, name: documents.by_schema(bundle, name, "OpenVEX")),
    (r"vex/.*csaf.*\.json", "csaf", documents.csaf),
    (r"all\.intoto\.jsonl", "comparison", lambda bundle, name: statements.lines(bundle)),
    (r"head\.checkpoint", "cryptography", lambda bundle, name: log.head(bundle)),
    (r"record\.sigsum-proof", "hashlib", lambda bundle, name: log.inclusion(bundle)),
    (r"record\.tlog-proof", "hashlib", lambda bundle, name: log.note(bundle)),
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
