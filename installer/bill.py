"""The bill of materials: what the folder holds, in CycloneDX's JSON."""

import json
import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from installer.collected import Component
from installer.contents import PackedFile
from installer.product import LICENCE, PACKAGE, SUMMARY, TITLE, VERSION

FILE_NAME = "bill-of-materials.cdx.json"
_SPEC_VERSION = "1.5"
_SPDX = re.compile(r"^[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*$")
_MODEL_FILE = re.compile(r"(?:^|/)models/(?P<name>[^/]+)/weights\.safetensors$")
_NAMESPACE = uuid.UUID("6f1f6f0a-6a0e-5c3a-8a52-0b6d6c1f9a11")


def bill_of_materials(
    components: Sequence[Component], files: Sequence[PackedFile], made_at: float
) -> dict[str, Any]:
    """The bill: the program, the components in it, and its models with their digests.

    Args:
        components: What is in the folder of others.
        files: What lies in the folder.
        made_at: Seconds since 1970 that it is dated with. Equal arguments give equal bills.
    """
    listed = [_component(component) for component in components] + _models(files)
    main = {
        "type": "application",
        "bom-ref": f"pkg:generic/{PACKAGE}@{VERSION}",
        "name": TITLE,
        "version": VERSION,
        "description": SUMMARY,
        "purl": f"pkg:generic/{PACKAGE}@{VERSION}",
        "licenses": [{"license": {"id": LICENCE}}],
    }
    content = json.dumps([main, listed], sort_keys=True)
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{_SPEC_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": _SPEC_VERSION,
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, content)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(made_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": main,
        },
        "components": listed,
        "dependencies": [
            {"ref": main["bom-ref"], "dependsOn": [entry["bom-ref"] for entry in listed]}
        ],
    }


def write_bill(bill: dict[str, Any], path: Path) -> None:
    """Writes a bill, laid out for reading."""
    path.write_text(json.dumps(bill, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _component(component: Component) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": component.purl,
        "name": component.name,
        "version": component.version,
        "purl": component.purl,
        "licenses": [_licence(component.licence)],
    }


def _licence(text: str) -> dict[str, Any]:
    """An SPDX expression as such, everything else as the name of a licence."""
    is_expression = _SPDX.match(text) and ("-" in text or text in {"MIT", "ISC", "Zlib"})
    return {"expression": text} if is_expression else {"license": {"name": text}}


def _models(files: Sequence[PackedFile]) -> list[dict[str, Any]]:
    found = [(_MODEL_FILE.search(file.place), file) for file in files]
    return [
        {
            "type": "machine-learning-model",
            "bom-ref": f"model:{match['name']}",
            "name": match["name"],
            "version": VERSION,
            "hashes": [{"alg": "SHA-256", "content": file.sha256}],
            "licenses": [{"license": {"id": LICENCE}}],
        }
        for match, file in found
        if match is not None
    ]
