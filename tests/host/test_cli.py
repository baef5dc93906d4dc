"""The command line without a box: exit codes, one line and a hint, never a traceback; options before and after the verb."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

import press1.__main__ as main
from press1 import answers, boxes, cli, errors, keys, replacing
from press1.cli import context
from press1.cli import ls as ls_verb
from press1.cli import time as time_verb
from press1.cli.context import Settings
from press1.conversation import Hello

ITEM = {
    "id": bytes(range(16)), "call": b"c" * 16, "part": 1, "created": 1795251600, "expires": 1803027600, "seconds": 16,
    "purposes": ["training"], "basis": ["consent"], "direction": "in", "hold": False, "state": "complete", "bytes": 283136,
}  # fmt: skip


def run(capsys, *arguments):
    """(exit code, output, lines of errors); no traceback whatever happens."""
    code = main.run(arguments)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err.splitlines()


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch, tmp_path):
    for name in ("PRESS1_PORT", "PRESS1_IDENTITY", "PRESS1_BOX", "PRESS1_DEBUG", "PRESS1_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PRESS1_HOME", str(tmp_path / "home"))


class FakeTransport:
    port = "/dev/fake"
    closed = False

    def close(self):
        self.closed = True


@pytest.fixture
def device(monkeypatch, tmp_path):
    """Verbs that talk to a box talk to this one."""
    transport = FakeTransport()
    keys.write_private(tmp_path / "owner.pem", X25519PrivateKey.generate(), None)

    class FakeDevice:
        about = Hello(b"b" * 16, b"k" * 32, b"d" * 32, True, "0.1.0", (8000, 1))
        identity = None
        fault: Exception | None = None

        def __init__(self, _):
            self.transport = transport

        def hello(self):
            return self.about

        def auth(self, role, private):
            type(self).identity = (role, private)

        def ls(self):
            if self.fault:
                raise self.fault
            return [ITEM]

    monkeypatch.setattr(context, "open_port", lambda port: transport)
    monkeypatch.setattr(context, "Device", FakeDevice)
    yield FakeDevice
    assert transport.closed


def verbs(tmp_path, *rest):
    return ("--port", "/dev/fake", "--identity", str(tmp_path / "owner.pem"), *rest)


def test_ls_json_contract_before_and_after(capsys, device, tmp_path):
    for words in (("ls", "--json"), ("--json", "ls")):
        at = (words[0],) if words[0] == "--json" else ()
        code, out, _ = run(capsys, *at, *verbs(tmp_path), *words[len(at) :])
        (row,) = json.loads(out)
        assert code == 0 and list(row) == list(ls_verb.FIELDS)
        assert row["id"] == bytes(range(16)).hex() and row["created"] == "2026-11-21T09:00:00Z"
        assert row["hold"] is False and row["purposes"] == ["training"] and row["bytes"] == 283136


def test_a_box_is_introduced_once(capsys, device, tmp_path):
    _, _, first = run(capsys, *verbs(tmp_path), "ls")
    _, _, second = run(capsys, *verbs(tmp_path), "ls")
    assert "new here" in first[0] and second == []


def test_another_box_than_the_named_one(capsys, device, tmp_path):
    code, _, err = run(capsys, "--box", "ffff", *verbs(tmp_path), "ls")
    assert code == 7 and "answers, not ffff" in err[0]
    assert device.identity is None


def test_an_unprovisioned_box(capsys, device, monkeypatch):
    monkeypatch.setattr(device, "about", Hello(b"", b"", b"", False, "0.1.0", (8000, 1)))
    code, _, err = run(capsys, "--port", "/dev/fake", "ls")
    assert code == 3 and err[0] == "press1: the box has no owner yet" and err[1].startswith("  hint: ")


EXITS = {
    errors.Press1Error: 1, errors.Usage: 2, errors.NoBox: 3, errors.RefusedByBox: 4, errors.Damaged: 5, errors.Gone: 6,
    errors.WrongKey: 7,
}  # fmt: skip


@pytest.mark.parametrize(("fault", "code"), EXITS.items())
def test_exit_codes(capsys, device, tmp_path, monkeypatch, fault, code):
    monkeypatch.setattr(device, "fault", fault("what happened", "what to do"))
    found, out, err = run(capsys, *verbs(tmp_path), "ls")
    assert found == code and not out and err[-2:] == ["press1: what happened", "  hint: what to do"]


def test_a_fault_of_ours(capsys, device, tmp_path, monkeypatch):
    monkeypatch.setattr(device, "fault", ZeroDivisionError("secret detail"))
    code, _, err = run(capsys, *verbs(tmp_path), "ls")
    assert code == 1 and "internal fault: ZeroDivisionError" in err[-2]
    monkeypatch.setenv("PRESS1_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main.run(verbs(tmp_path, "ls"))


def test_interrupted(capsys, device, tmp_path, monkeypatch):
    monkeypatch.setattr(device, "fault", KeyboardInterrupt())
    code, _, err = run(capsys, *verbs(tmp_path), "ls")
    assert code == 130 and err[-1] == "press1: stopped"


@pytest.mark.skipif(os.name != "posix", reason="no SIGINT for others")
def test_interrupted_while_it_is_loaded():
    """Ctrl-C within the first half second, at each of several moments."""
    for after in (0.1, 0.2, 0.4):
        code = (
            "import os, signal, threading, time\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background starts without
            f"threading.Timer({after}, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
            "import press1.__main__ as main\n"
            "main.run(['policy', 'explain', 'both-special']) == 130 or time.sleep(9)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        over = done.returncode != 0 and done.stderr.count("  File ") == 1  # it had ended before: the sleep was interrupted
        assert done.stderr.startswith("press1: stopped") or over, (after, done.stderr)


@pytest.mark.parametrize("name", ["x.wav", "x.flac", "x.opus", "x.zip", "x.pdf", "x.html"])
def test_only_its_own_kind_is_written_over(tmp_path, name):
    kind, path = name[2:], tmp_path / name
    replacing.check(path, kind)
    for start in (b"", *replacing.KINDS[kind]):
        path.write_bytes(start + b"..." * bool(start))
        replacing.check(path, kind)
    path.write_bytes(b"-----BEGIN PRIVATE KEY-----")
    with pytest.raises(errors.Usage, match="exists"):
        replacing.check(path, kind)


def test_verify_names_a_file_once(capsys, tmp_path):
    code, out, err = run(capsys, "verify", str(tmp_path / "none.p1r"))
    assert code == 2 and out.count("none.p1r") == 1 and err[-1].count("none.p1r") == 1
    code, _, err = run(capsys, "verify", str(tmp_path))
    assert code == 2 and "is a folder" in err[-2] and "*.p1r" in err[-1]


@pytest.mark.parametrize(
    "words", [("bogus",), ("ls", "--bogus"), ("time", "--set"), ("journal", "--since", "-1"), ("provision",)]
)
def test_usage(capsys, words):
    code, _, err = run(capsys, *words)
    assert code == 2 and err[0].startswith("press1: ") and err[1].startswith("  hint: ")


def test_no_such_port(capsys, tmp_path):
    for port in ("/dev/press1-is-not-here", f"sim:{tmp_path / 'nothing'}"):
        code, _, err = run(capsys, "--port", port, "ls")
        assert code == 3 and err[1].startswith("  hint: ")


def test_version_and_help(capsys):
    assert run(capsys, "--version")[:2] == (0, "press1 0.1.0\n")
    assert run(capsys, "--help")[0] == 0


# Identity


def test_which_role_a_key_speaks_for(tmp_path):
    (tmp_path / "host").mkdir()
    sim = f"sim:{tmp_path}"
    with pytest.raises(errors.Usage, match="who asks"):
        context._identity(Settings(), sim, ("auditor",))
    (tmp_path / "host" / "owner.pem").touch()
    assert context._identity(Settings(), sim, ("auditor", "owner")) == ("auditor", tmp_path / "host" / "auditor.pem")
    assert context._identity(Settings(role="technician"), sim, ("owner",))[0] == "technician"
    for name, role in (("auditor-2026.pem", "auditor"), ("anna.pem", "owner")):
        assert context._identity(Settings(identity=Path(name)), "/dev/x", ("owner",)) == (role, Path(name))
    assert context._identity(Settings(identity=tmp_path), "/dev/x", ("owner",)) == ("owner", tmp_path / "owner.pem")
    with pytest.raises(errors.Usage):
        context._identity(Settings(), "/dev/x", ("owner",))
    with pytest.raises(errors.Usage):
        context._identity(Settings(role="boss"), sim, ("owner",))


def test_passphrases(capsys, device, tmp_path, monkeypatch):
    (tmp_path / "owner.pem").unlink()
    keys.write_private(tmp_path / "owner.pem", X25519PrivateKey.generate(), "right")
    assert run(capsys, *verbs(tmp_path), "ls")[0] == 7
    monkeypatch.setenv("PRESS1_PASSPHRASE", "wrong")
    assert run(capsys, *verbs(tmp_path), "ls")[0] == 7
    monkeypatch.setenv("PRESS1_PASSPHRASE", "right")
    assert run(capsys, *verbs(tmp_path), "ls")[0] == 0


# Small parts


def test_times():
    assert time_verb.parse("2026-11-21T09:00:00Z") == time_verb.parse("2026-11-21T10:00:00+01:00") == 1795251600
    assert time_verb.parse("2026-11-21") == 1795219200
    for text in ("", "noon", "2026-13-01"):
        with pytest.raises(errors.Usage):
            time_verb.parse(text)
    assert context.iso(1795251600) == "2026-11-21T09:00:00Z" and context.iso(1 << 60) == str(1 << 60)


def test_answers_are_classes_and_harmless_text():
    assert isinstance(answers.error({"error": "gone"}), errors.Gone)
    assert isinstance(answers.error({"error": "button"}), answers.ButtonNeeded)
    assert answers.error({"error": 3, "say": None}).exit_code == 1
    assert "\x1b" not in str(answers.error({"error": "refused", "say": "\x1b[2J" + "x" * 9999}))
    assert len(str(answers.error({"error": "refused", "say": "x" * 9999}))) < 200


def test_boxes_file(tmp_path):
    kept = boxes.Boxes(tmp_path / "new" / "home")
    assert kept.get(b"b" * 16) is None
    kept.remember(b"b" * 16, boxes.Known(b"k" * 32, (b"o" * 32,)))
    kept.remember(b"c" * 16, boxes.Known(b"l" * 32, ()))
    assert kept.get(b"b" * 16) == boxes.Known(b"k" * 32, (b"o" * 32,))
    (tmp_path / "new" / "home" / "boxes.json").write_text("{")
    with pytest.raises(errors.Usage):
        kept.get(b"b" * 16)


def test_homes(monkeypatch, tmp_path):
    assert boxes.home("sim:/x/B") == Path("/x/B/host")
    assert boxes.home("/dev/ttyUSB0") == tmp_path / "home"


def test_every_command_stands_under_a_heading_of_the_help_page():
    """A verb that nobody put into PANELS would stand alone under "Commands"."""
    known = [name for names in cli.PANELS.values() for name in names]
    shown = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    assert sorted(known) == sorted(shown)


def test_the_help_page_names_every_exit_code(capsys):
    _, out, _ = run(capsys, "--help")
    codes = {kind.exit_code for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Press1Error)}
    said = " ".join(out.split()).partition("Exit codes:")[2]
    assert all(f" {code} " in said for code in codes | {0, 130})


@pytest.mark.skipif(os.name != "posix", reason="bash")
def test_a_shell_completes_verbs(tmp_path):
    asked = {**os.environ, "_PRESS1_COMPLETE": "complete_bash", "COMP_WORDS": "press1 exp", "COMP_CWORD": "1"}
    done = subprocess.run([sys.executable, "-m", "press1"], env=asked, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["export"], done
