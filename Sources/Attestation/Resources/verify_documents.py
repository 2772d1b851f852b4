# SPDX-License-Identifier: Apache-2.0
"""Documents in the forms of others: SPDX, CycloneDX, SARIF, OpenVEX, CSAF."""
import json
import pathlib
import re
import subprocess
import sys

import jsonschema_rs
import rdflib
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from pyshacl import validate as shacl
from spdx_python_model import v3_0_1 as spdx
from verify_bundle import Unchecked, parse, require

# Bytes of a graph that takes a checker about a minute; jsonschema-rs takes those of every size.
LARGEST_SHAPED = 1 << 20
LARGEST_READ = 8 << 20
CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"


def spdx_schema(bundle, name):
    validator = jsonschema_rs.validator_for(bundle.foreign_schema("SPDX"))
    validator.validate(parse(bundle.read(name)))


def small(bundle, name, largest):
    if bundle.files[name].stat().st_size > largest:
        raise Unchecked(f"it has more than {largest >> 20} MiB, which takes this checker too long")


def spdx_model(bundle, name):
    small(bundle, name, LARGEST_READ)
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
    small(bundle, name, LARGEST_SHAPED)
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
    small(bundle, name, LARGEST_READ)
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
