"""Bill of materials of an image: CycloneDX 1.6, JSON, the same bytes for the same contents (so without a time)."""

import hashlib
import json
import uuid
from typing import Any

_SPACE = uuid.UUID("6f0a1f6e-5d0c-5c37-9b1e-6d5b8a1c3f10")  # name space of our serial numbers


def build(name: str, version: str, files: dict[str, bytes], others: list[dict[str, Any]]) -> bytes:
    """The document for firmware `name` of `files`; `others` are components that we did not write."""
    own = [_file(path, data) for path, data in sorted(files.items())]
    root = {"type": "firmware", "bom-ref": name, "name": name, "version": version, "licenses": [{"license": {"id": "MIT"}}]}
    body = {"component": root, "components": [*others, *own]}
    serial = uuid.uuid5(_SPACE, hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest())
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": root},
        "components": body["components"],
        "dependencies": [{"ref": name, "dependsOn": [part["bom-ref"] for part in others]}],
    }
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def _file(path: str, data: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(data).hexdigest()
    return {"type": "file", "bom-ref": f"file:{path}", "name": path, "hashes": [{"alg": "SHA-256", "content": digest}]}


def other(name: str, version: str, kind: str, digest: str = "") -> dict[str, Any]:
    """A component under the MIT licence that comes from MicroPython's makers."""
    part: dict[str, Any] = {"type": kind, "bom-ref": name, "name": name, "licenses": [{"license": {"id": "MIT"}}]}
    if version:
        part["version"] = version
    if digest:
        part["hashes"] = [{"alg": "SHA-256", "content": digest}]
    return part
