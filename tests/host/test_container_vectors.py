"""Every vector recording, by the host tools and by the stranger's reader: both must say what the vector says."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

import stranger
from press1 import container, keyfile
from press1.errors import Damaged, WrongKey

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "p1r"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
SECRETS = ("file_secret", "slot_secret")


def load(name: str) -> tuple[bytes, dict[str, Any]]:
    """(recording, description)."""
    about = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return (FOLDER / f"{name}.p1r").read_bytes(), about


def host_verify(data: bytes, *, salvage: bool = False) -> str:
    try:
        report = container.verify(io.BytesIO(data), salvage=salvage)
    except Damaged:
        return "damaged"
    return report.state if report.signed else "unsigned"


def host_open(data: bytes, file_secret: bytes, slot_secret: bytes) -> tuple[str, str | None]:
    """(state, hash of the sound)."""
    try:
        file = io.BytesIO(data)
        report = container.verify(file, salvage=True)
        contents = container.Contents(file, report, file_secret, slot_secret)
        sound = b"".join(item.data for item in contents if isinstance(item, container.Audio))
    except Damaged:
        return "damaged", None
    assert hashlib.sha256(sound).digest() == contents.plain_hash
    return report.state, contents.plain_hash.hex()


def stranger_verify(data: bytes) -> str:
    try:
        return stranger.check(data)[0]
    except stranger.Bad:
        return "damaged"


def stranger_open(data: bytes, file_secret: bytes, slot_secret: bytes) -> tuple[str, str | None]:
    try:
        state, _, payloads = stranger.open_recording(data, file_secret, slot_secret)
    except stranger.Bad:
        return "damaged", None
    return state.replace("unsigned", "cut"), hashlib.sha256(stranger.sound(payloads)).hexdigest()


def test_there_are_vectors() -> None:
    assert len(NAMES) > 100
    assert {"firmware_complete", "firmware_found"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_checking_without_a_secret(name: str) -> None:
    data, about = load(name)
    assert hashlib.sha256(data).hexdigest() == about["sha256"]
    strict = "damaged" if about["verify"] == "unsigned" else about["verify"]
    assert (host_verify(data), host_verify(data, salvage=True)) == (strict, about["verify"])
    assert stranger_verify(data) == about["verify"]


@pytest.mark.parametrize("name", NAMES)
def test_opening(name: str) -> None:
    data, about = load(name)
    secrets = [bytes.fromhex(about[field]) for field in SECRETS]
    expected = (about["open"], about["plain_sha256"])
    assert host_open(data, *secrets) == expected
    assert stranger_open(data, *secrets) == expected


@pytest.mark.parametrize("name", [name for name in NAMES if load(name)[1]["open"] != "damaged"])
def test_envelopes_hold_the_secrets(name: str) -> None:
    data, about = load(name)
    private = X25519PrivateKey.from_private_bytes(bytes.fromhex(about["owner"]))
    head = container.read_head(io.BytesIO(data))
    assert container.file_secret(head, private).hex() == about["file_secret"]
    info = b"press1/v1/owner" + head.box + head.id
    assert stranger.unwrap(private, stranger.read_head(data)[0]["envelopes"], info).hex() == about["file_secret"]
    if about["key_file"]:
        keys = keyfile.decode(bytes.fromhex(about["key_file"]))
        assert keys.encode().hex() == about["key_file"]
        assert keys.open(private).hex() == about["slot_secret"]
        assert stranger.open_with_keys(data, keys.encode(), private)[0].replace("unsigned", "cut") == about["open"]


@pytest.mark.parametrize("field", SECRETS)
def test_one_secret_of_another_recording_opens_nothing(field: str) -> None:
    data, about = load("complete_records")
    secrets = {name: bytes.fromhex(about[name]) for name in SECRETS}
    secrets[field] = bytes(32)
    assert host_open(data, **secrets) == ("damaged", None)
    assert stranger_open(data, **secrets) == ("damaged", None)


def test_another_key_is_a_wrong_key() -> None:
    data, _ = load("complete_small")
    head = container.read_head(io.BytesIO(data))
    with pytest.raises(WrongKey):
        container.file_secret(head, X25519PrivateKey.generate())
