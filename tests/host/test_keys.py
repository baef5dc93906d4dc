"""Key files: PKCS#8 PEM under a passphrase, made by `press1 keys new`."""

import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import __main__ as program
from press1 import keyfile, keys
from press1.errors import Damaged, Gone, Usage, WrongKey


def new(*arguments: object) -> int:
    return program.run(["keys", "new", *map(str, arguments)])


def test_new_writes_both_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PRESS1_PASSPHRASE", "correct horse")
    out = tmp_path / "owner.pem"
    assert new("--role", "owner", "--out", out, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert b"ENCRYPTED PRIVATE KEY" in out.read_bytes()
    private = keys.load_private(out)
    public = keys.load_public(tmp_path / "owner.pub")
    assert public == keys.raw_public(private)
    assert told["fingerprint"] == keys.fingerprint(public).hex()
    assert program.run(["keys", "show", told["public"]]) == 0
    assert capsys.readouterr().out.strip() == told["fingerprint"]
    monkeypatch.setenv("PRESS1_PASSPHRASE", "wrong")
    with pytest.raises(WrongKey, match="wrong passphrase"):
        keys.load_private(out)
    monkeypatch.delenv("PRESS1_PASSPHRASE")
    with pytest.raises(WrongKey):
        keys.load_private(out)
    assert keys.raw_public(keys.load_private(out, lambda: "correct horse")) == public


def test_new_never_overwrites(tmp_path: Path) -> None:
    out = tmp_path / "owner.pem"
    assert new("--role", "owner", "--out", out, "--no-passphrase") == 0
    before = out.read_bytes()
    assert new("--role", "owner", "--out", out, "--no-passphrase") == 2
    out.unlink()
    assert new("--role", "owner", "--out", out, "--no-passphrase") == 2
    assert before and not out.exists()


def test_new_wants_a_role_a_passphrase_and_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRESS1_PASSPHRASE", raising=False)
    assert new("--role", "boss", "--out", tmp_path / "a.pem", "--no-passphrase") == 2
    assert new("--role", "owner", "--out", tmp_path / "a.pem") == 2
    assert new("--role", "owner", "--out", tmp_path / "no" / "a.pem", "--no-passphrase") == 2
    assert new("--role", "owner", "--out", tmp_path / "a.pub", "--no-passphrase") == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("verb", [("keys", "new", "--role", "owner"), ("update", "key")])
def test_a_pair_needs_room_for_both_before_a_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, verb) -> None:
    """Neither half is written over another key's, and nobody is asked in vain."""
    monkeypatch.delenv("PRESS1_PASSPHRASE", raising=False)
    (tmp_path / "other.pub").write_text("another pair's")
    for name, said in (("other.pem", "other.pub exists"), ("a.pub", "both keys"), ("no/a.pem", "no folder")):
        assert program.run([*verb, "--out", str(tmp_path / name)]) == 2
        assert said in capsys.readouterr().err.replace("\n", "")
    assert [path.name for path in tmp_path.iterdir()] == ["other.pub"]
    assert (tmp_path / "other.pub").read_text() == "another pair's"


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@pytest.mark.parametrize(
    "content", [b"", b"rubbish", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b"ed25519"]
)
def test_what_is_no_key_is_usage(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.pem"
    path.write_bytes(_pem(Ed25519PrivateKey.generate()) if content == b"ed25519" else content)
    with pytest.raises(Usage):
        keys.load_private(path)
    with pytest.raises(Usage):
        keys.load_public(path)
    with pytest.raises(Usage):
        keys.load_private(tmp_path / "none.pem")


def test_a_public_key_opens_nothing(tmp_path: Path) -> None:
    keys.write_public(tmp_path / "x.pub", keys.raw_public(X25519PrivateKey.generate()))
    with pytest.raises(Usage, match="no private key"):
        keys.load_private(tmp_path / "x.pub")


def test_key_files_go_to_every_owner_and_back(tmp_path: Path) -> None:
    owners = [X25519PrivateKey.generate() for _ in range(3)]
    ident, box, secret = b"i" * 16, b"b" * 16, b"s" * 32
    path = tmp_path / "x.key"
    keyfile.save(path, keyfile.wrap(ident, box, secret, [keys.raw_public(owner) for owner in owners]))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.key"]
    kept = keyfile.load(path)
    assert (kept.id, kept.box) == (ident, box)
    assert [kept.open(owner) for owner in owners] == [secret] * 3
    with pytest.raises(WrongKey):
        kept.open(X25519PrivateKey.generate())
    moved = keyfile.KeyFile(b"j" * 16, box, kept.envelopes)
    with pytest.raises(WrongKey):
        moved.open(owners[0])
    with pytest.raises(Gone):
        keyfile.load(tmp_path / "none.key")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Damaged):
        keyfile.load(path)
