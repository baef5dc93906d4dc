"""The technician's bench without a box: updates as files, labels, sheets, batches."""

import io

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from press1 import batch, labels, publisher, selftesting
from press1.cli import update as updating
from press1.errors import Damaged, Usage, WrongKey
from press1.images import build, bundle

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
FILES = {"main.mpy": b"M\x06" + bytes(50), "core/__init__.mpy": b"M\x06"}


@pytest.fixture(scope="module")
def update() -> bytes:
    return bundle.build(build.FIRMWARE, "0.2.0", PRIVATE)


# Updates


def test_an_update_says_what_it_holds(update):
    found = bundle.read(update)
    assert (found.version, found.arch) == ("0.2.0", "xtensawin")
    assert found.signed_by(publisher.raw_public(PRIVATE)) and not found.signed_by(bytes(32))
    assert "main.mpy" in found.files
    assert not {"boot.mpy", "launch.mpy", "pack.mpy", "board.mpy", "publisher.mpy", "hal/sim.mpy"} & set(found.files)


def test_an_update_is_the_same_twice(update):
    assert bundle.build(build.FIRMWARE, "0.2.0", PRIVATE) == update


def test_two_updates_fit_beside_the_image(update):
    """The partition vfs holds the image's files and both slots, whole blocks."""
    from press1.images import boards, filesystem
    from press1.images.build import Sources, contents

    board = boards.load("WROVER_WM8960")
    files, _ = contents(board, Sources())
    size = board.part("vfs").size
    image = filesystem.build({**files, "code/a.p1u": update, "code/b.p1u": update, "code/choice": bytes(80)}, size)
    assert filesystem.used(image) < size * 3 // 4


@pytest.mark.parametrize("at", [0, 9, 14, 20, 100, 20_000, -1])
def test_a_changed_update_is_seen(update, at):
    changed = bytearray(update)
    changed[at] ^= 1
    try:
        found = bundle.read(bytes(changed))
    except Damaged:
        return
    assert not found.signed_by(publisher.raw_public(PRIVATE))


def test_a_shortened_or_lengthened_update_is_refused(update):
    for data in (update[:-1], update + b"x", update[:50], b""):
        with pytest.raises(Damaged):
            bundle.read(data)


# The publisher


def test_a_publishers_key_and_its_passphrase(tmp_path):
    public = publisher.new(tmp_path / "p.pem", b"words")
    assert publisher.load_public(tmp_path / "p.pub") == public
    assert (tmp_path / "p.pem").stat().st_mode & 0o77 == 0
    assert publisher.raw_public(publisher.load_private(tmp_path / "p.pem", lambda: "words")) == public
    with pytest.raises(WrongKey):
        publisher.load_private(tmp_path / "p.pem", lambda: "other")
    with pytest.raises(Usage):
        publisher.new(tmp_path / "p.pem", b"")
    (tmp_path / "bad.pub").write_text("12")
    with pytest.raises(Usage):
        publisher.load_public(tmp_path / "bad.pub")


def test_a_publishers_passphrase_from_the_environment(tmp_path, monkeypatch):
    """As every other key: nobody sits at a build machine."""
    monkeypatch.setenv("PRESS1_PASSPHRASE", "words")
    assert CliRunner().invoke(updating.app, ["key", "--out", str(tmp_path / "p.pem")]).exit_code == 0
    public = publisher.load_public(tmp_path / "p.pub")
    assert publisher.raw_public(publisher.load_private(tmp_path / "p.pem", lambda: "")) == public
    monkeypatch.delenv("PRESS1_PASSPHRASE")
    with pytest.raises(WrongKey):
        publisher.load_private(tmp_path / "p.pem", lambda: "")


# The label


def test_the_label_says_box_and_key_and_is_the_same_twice():
    key = bytes(range(32))
    box = labels.fingerprint(key)[:16]
    first = labels.pdf(box, key, "Møderum 2")
    assert first == labels.pdf(box, key, "Møderum 2")
    assert first.startswith(b"%PDF-")
    assert labels.code(box, key) == f"PRESS1:{box.hex()}:{labels.fingerprint(key).hex()}".upper()


def test_the_code_can_be_read_back():
    """segno's own matrix, version and mode: alphanumeric, so that it stays small enough for 25 mm."""
    import segno

    key = bytes(range(32))
    code = segno.make(labels.code(labels.fingerprint(key)[:16], key), error="m")
    assert code.mode == "alphanumeric" and int(code.version) <= 6
    out = io.BytesIO()
    code.save(out, kind="png")
    assert out.getvalue().startswith(b"\x89PNG")


# The sheet


ROWS = [
    {"name": "good <one>", "ok": True, "value": 1234567, "unit": "us"},
    {"name": "bad one", "ok": False, "value": "no card", "unit": ""},
    {"name": "figure", "ok": None, "value": 5, "unit": "time"},
]


def test_a_sheet_says_what_is_red():
    report = selftesting.Report({"box": "ab"}, [("card", ROWS)])
    assert report.faults == ["card: bad one"]
    page = selftesting.sheet(report, lambda t: f"at {t}")
    for text in ("good &lt;one&gt;", "1 234 567 us", "not good: card: bad one", "at 5", "class='s bad'"):
        assert text in page
    assert "everything that was tested is good" in selftesting.sheet(selftesting.Report({}, [("card", ROWS[:1])]), str)


@pytest.mark.parametrize("row", [1, {}, {"name": "x", "ok": 1, "unit": ""}, {"name": 5, "ok": True, "unit": ""}])
def test_a_bad_row_is_refused(row):
    with pytest.raises(Damaged):
        selftesting._row(row)


def test_a_boxs_text_is_printable():
    assert selftesting._row({"name": "a\x1b[31m\nb", "ok": None, "value": "c\x07", "unit": ""})["name"] == "a[31mb"


# Batches


def test_a_batch(tmp_path):
    (tmp_path / "b.toml").write_text(
        'owner = ["o.pub", "d.pub"]\ntechnician = "t.pub"\nauditor = "a.pub"\n'
        '[[box]]\nport = "sim:x"\nnote = "one"\nlabel = "l/1.pdf"\n[[box]]\nprofile = "documentation"\nowner = "p.pub"\n'
    )
    first, second = batch.load(tmp_path / "b.toml")
    assert first.owner == (tmp_path / "o.pub", tmp_path / "d.pub") and first.label == tmp_path / "l/1.pdf"
    assert (first.port, first.note, first.profile) == ("sim:x", "one", "training-consent")
    assert (second.owner, second.profile, second.port) == ((tmp_path / "p.pub",), "documentation", None)


@pytest.mark.parametrize(
    "text",
    ["", "box = 1", "[[box]]\nseed = 'x'", "port = 'x'\n[[box]]", "[[box]]\nprofile = 3", "owner = []\nx", "[[box]]\nowner=[3]"],
)
def test_what_is_no_batch_is_refused(tmp_path, text):
    (tmp_path / "b.toml").write_text(text)
    with pytest.raises(Usage):
        batch.load(tmp_path / "b.toml")
