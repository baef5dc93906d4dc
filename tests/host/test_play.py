"""`press1 play`: a person hears what an export holds, and no sound file stays."""

import importlib
import os
import sys
from pathlib import Path

import pytest

import press1.__main__ as main
from press1 import keys, player

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vectors"))
writer = importlib.import_module("writer")  # beside the vectors

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the player is a shell script")


@pytest.fixture
def recording(tmp_path, monkeypatch):
    for name in ("PRESS1_PORT", "PRESS1_IDENTITY", "PRESS1_PASSPHRASE", "PRESS1_BOX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PRESS1_HOME", str(tmp_path / "home"))
    keys.write_private(tmp_path / "owner.pem", writer.OWNER, None)
    made = writer.Recording("part 1", [(1, writer.audio(1600)), writer.end()])
    path = tmp_path / f"{made.id.hex()}.p1r"
    path.write_bytes(made.build())
    path.with_suffix(".key").write_bytes(made.key_file())
    return path


@pytest.fixture
def listener(tmp_path, monkeypatch):
    """A player that keeps what it was given, where, and who may read it."""
    script = tmp_path / "listener"
    kept = f'cp "$1" {tmp_path}/heard.wav; echo "$1" > {tmp_path}/where; ls -ld "$(dirname "$1")" > {tmp_path}/mode'
    script.write_text(f"#!/bin/sh\n{kept}\n")
    script.chmod(0o700)
    monkeypatch.setattr(player, "PLAYERS", ((str(script),),))
    return tmp_path


def test_what_is_heard_is_the_export_and_nothing_stays(recording, listener, capsys):
    assert main.run(["play", str(recording), "--identity", str(listener / "owner.pem")]) == 0
    assert "the call: 0.2 s" in capsys.readouterr().out
    assert main.run(["export", str(recording), "--identity", str(listener / "owner.pem"), "--out", str(listener / "x.wav")]) == 0
    heard, written = (listener / "heard.wav").read_bytes(), (listener / "x.wav").read_bytes()
    assert heard[-3200:] == written[-3200:] and len(heard) == len(written)
    assert not Path((listener / "where").read_text().strip()).parent.exists()
    assert (listener / "mode").read_text().startswith("drwx------")


def test_without_a_player_it_says_what_else_there_is(recording, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(player, "PLAYERS", ())
    assert main.run(["play", str(recording), "--identity", str(tmp_path / "owner.pem")]) == 2
    assert "press1 export" in capsys.readouterr().err
