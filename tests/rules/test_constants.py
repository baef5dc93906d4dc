"""Numbers and labels that firmware and host must agree on, though they share no code."""

import ast
import re
from pathlib import Path

import pytest

import house
from press1 import container, frames, head, journal, keys, protocol, trailer

DOCS = house.ROOT / "docs"
LABEL = re.compile(r"press1/v1/[a-z0-9/-]*")
PRIVATE = {"press1/v1/drbg"}  # never leaves the box


def constants(path: str) -> dict[str, object]:
    """Module-level constants of a firmware file, `const()` taken off."""
    found = {}
    for node in house.tree(house.FIRMWARE / path).body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        value = node.value
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "const":
            value = value.args[0]
        try:
            found[node.targets[0].id] = ast.literal_eval(value)
        except ValueError:
            continue  # computed
    return found


@pytest.mark.parametrize(
    ("file", "name", "host"),
    [
        ("seal/header.py", "UNIT", head.UNIT),
        ("store/preamble.py", "SIZE", head.PREAMBLE.size),
        ("store/preamble.py", "MAGIC", head.PREAMBLE_MAGIC),
        ("store/preamble.py", "_HEAD_MAX", head.MAX_HEAD),
        ("seal/records.py", "RECORD", head.UNIT),
        ("seal/records.py", "PAYLOAD", container.PAYLOAD),
        ("seal/records.py", "FINAL", container.FINAL),
        ("seal/records.py", "_HEADER", container.RECORD_HEADER.size),
        ("seal/records.py", "_TAG", container.TAG_AT),
        ("seal/trailer.py", "TRAILER", trailer.TRAILER.size),
        ("seal/trailer.py", "MAGIC", trailer.MAGIC),
        ("seal/trailer.py", "_SIGNED", trailer.SIGNED_BYTES),
        ("seal/trailer.py", "_DOMAIN", trailer.SIGNATURE_DOMAIN),
        ("store/journal_file.py", "CHAIN", journal._CHAIN),
        ("link/frames.py", "LIMIT", frames.LIMIT),
        ("link/frames.py", "HEAD", frames.HEAD),
        ("link/session.py", "PLAIN", protocol.PLAIN),
        ("link/session.py", "SIGNED", protocol.SIGNED),
        ("link/session.py", "SECRET", protocol.SECRET),
        ("link/session.py", "TAG", protocol.TAG),
        ("link/session.py", "ROLES", keys.ROLES),
    ],
)
def test_both_sides_hold_the_same_number(file, name, host):
    assert constants(file)[name] == host


def test_purposes_are_the_same():
    assert sorted(constants("core/config.py")["PURPOSES"]) == sorted(head.PURPOSES)


def labels(*paths: Path) -> set[str]:
    """Domain strings in files; the one that ends in a slash stands for all its continuations."""
    return {label for path in paths for label in LABEL.findall(path.read_text(encoding="utf-8"))}


def stated(label: str, known: str) -> bool:
    """The page names the label, or one of the two is the common beginning of several."""
    return (
        label == known or (known.endswith("/") and label.startswith(known)) or (label.endswith("/") and known.startswith(label))
    )


def test_every_label_is_in_the_specifications():
    known = labels(*(DOCS / f"{page}.md" for page in ("format", "protocol", "update", "vault")))
    used = labels(*house.files(house.FIRMWARE), *house.files(house.HOST)) - PRIVATE - {"press1/v1/"}
    assert used, "no label found: the search is broken"
    assert {label for label in used if not any(stated(label, k) for k in known)} == set()
