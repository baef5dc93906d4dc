"""Host and firmware over a real pseudo-terminal: sessions, roles, pulls that break off, and what an attacker on the line does."""

import hashlib
import json
import os
import subprocess
import sys
import time
import tty
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import device as device_module
from press1 import frames, journal, keys, protocol
from press1.answers import ButtonNeeded
from press1.device import Device
from press1.errors import Gone, NoBox, Press1Error, RefusedByBox, WrongKey
from press1.protocol import LinkLost
from press1.transport.serial import SerialTransport

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals")
NOW = 1_795_251_600
SIZES = {1: 1, 2: 4096, 3: 9001, 4: 300_000, 5: 2_000_000}
IDS = {number: bytes([number]) * 16 for number in SIZES}


def recording(number: int) -> bytes:
    """What the box holds under IDS[number]."""
    block = hashlib.sha256(bytes([number])).digest()
    return (block * (SIZES[number] // 32 + 1))[: SIZES[number]]


class LinkBox:
    """The firmware's link in a process of its own; `switch` moves hook and button."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.private = {role: X25519PrivateKey.generate() for role in ("owner", "deputy", "technician", "auditor")}
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.port = os.ttyname(self._slave)
        paths = f"{ROOT / 'firmware'}:{ROOT / 'tests' / 'device'}:.frozen"
        micropython = os.environ.get("MICROPYTHON") or str(Path(sys.executable).parent / "micropython")
        script = ROOT / "tests" / "system" / "link_box" / "link_box.py"
        self._process = subprocess.Popen(
            [micropython, "-X", "heapsize=16M", str(script), str(folder)],
            stdin=self._master,
            env={**os.environ, "MICROPYPATH": paths},
        )

    def public(self, role: str) -> bytes:
        return keys.raw_public(self.private[role])

    def switch(self, name: str, on: bool) -> None:
        path = self.folder / name
        path.touch() if on else path.unlink(missing_ok=True)

    def noted(self) -> list[list]:
        path = self.folder / "noted"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def stop(self) -> None:
        self.switch("stop", True)
        assert self._process.wait(20) == 0
        os.close(self._master)
        os.close(self._slave)


class Wire:
    """A transport that a test can cut, spoil and listen to."""

    def __init__(self, port: str) -> None:
        self.port = port
        self._line = SerialTransport(port)
        self.sent: list[bytes] = []
        self.spoil_after: int | None = None  # bytes read until one is altered
        self.noise = b""  # put before everything that is sent

    def read(self, timeout: float) -> bytes:
        data = self._line.read(timeout)
        if self.spoil_after is not None and data:
            self.spoil_after -= len(data)
            if self.spoil_after < 0:
                self.spoil_after = None
                at = len(data) // 2
                return data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1 :]
        return data

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        self._line.write(self.noise + data)

    def close(self) -> None:
        self._line.close()


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    made = LinkBox(tmp_path_factory.mktemp("box"))
    wire = Wire(made.port)
    device = Device(wire)
    about = device.hello()
    assert not about.provisioned and about.box == b""
    everyone = [made.public("owner"), made.public("deputy")], made.public("technician"), made.public("auditor")
    with pytest.raises(NoBox, match="no owner"):
        device.auth("owner", made.private["owner"])
    with pytest.raises(ButtonNeeded):
        device.enrol(*everyone, NOW)
    made.switch("button", True)
    assert device.enrol(*everyone, NOW).provisioned
    made.switch("button", False)
    wire.close()
    yield made
    made.stop()


@pytest.fixture
def full_box(tmp_path, monkeypatch):
    """A box that destroys recordings for twice as long as the host waits for nothing."""
    monkeypatch.setattr(device_module, "_STILL_S", 1.5)
    made = LinkBox(tmp_path)
    for name in ("old", "button"):
        made.switch(name, True)
    yield made
    made.stop()


def _enrol(box, left):
    wire = Wire(box.port)
    try:
        everyone = [box.public("owner")], box.public("technician"), box.public("auditor")
        return Device(wire).enrol(*everyone, NOW, left)
    finally:
        wire.close()


def test_the_host_waits_as_long_as_the_box_destroys(full_box):
    counts = []
    began = time.monotonic()
    assert _enrol(full_box, counts.append).provisioned
    assert time.monotonic() - began > 2 * 1.5
    assert len(counts) > 5 and counts == sorted(counts, reverse=True) and counts[-1] < 10


def test_a_box_that_comes_no_further_is_given_up(full_box):
    full_box.switch("stuck", True)
    counts = []
    with pytest.raises(Press1Error):
        _enrol(full_box, counts.append)
    assert len(counts) == 1


@pytest.fixture
def wire(box):
    line = Wire(box.port)
    yield line
    line.close()
    box.switch("call", False)
    box.switch("button", False)


def _session(box: LinkBox, wire: Wire, role: str = "owner") -> Device:
    device = Device(wire)
    device.hello()
    device.auth("owner" if role == "deputy" else role, box.private[role])
    return device


@pytest.fixture
def owner(box, wire):
    return _session(box, wire)


def test_listing(owner):
    assert [(item["id"], item["bytes"]) for item in owner.ls()] == [(IDS[n], SIZES[n]) for n in SIZES]


@pytest.mark.parametrize("number", SIZES)
def test_pull_from_anywhere(owner, number):
    data = recording(number)
    for offset in {0, len(data) // 3, len(data) - 1}:
        assert b"".join(piece for piece, _ in owner.pull(IDS[number], offset)) == data[offset:]


def test_secret_comes_encrypted_and_is_noted(box, owner):
    assert owner.secret(IDS[3]) == hashlib.sha256(IDS[3]).digest()
    assert box.noted()[-1] == ["pull", IDS[3].hex(), keys.fingerprint(box.public("owner")).hex()]


def test_a_deputy_is_an_owner(box, wire):
    assert len(_session(box, wire, "deputy").ls()) == len(SIZES)


def test_a_stranger_gets_nothing(box, wire):
    device = Device(wire)
    device.hello()
    with pytest.raises(WrongKey):
        device.auth("owner", X25519PrivateKey.generate())
    assert ["session", "owner", False, 1] in box.noted()
    with pytest.raises(LinkLost):
        device.auth("owner", box.private["owner"])  # the nonces are spent


def test_a_key_opens_its_own_role_only(box, wire):
    device = Device(wire)
    device.hello()
    with pytest.raises(WrongKey):
        device.auth("owner", box.private["technician"])


ASK = {
    "info": lambda d: d.info(),
    "card": lambda d: d.card(),
    "ls": lambda d: d.ls(),
    "pull": lambda d: list(d.pull(IDS[1])),
    "secret": lambda d: d.secret(IDS[1]),
    "time read": lambda d: d.time(),
    "time set": lambda d: d.time(NOW),
    "journal": lambda d: list(d.journal(0)),
    "policy": lambda d: d.load_policy({"profile": "x"}),
    "prompt": lambda d: d.ask("prompt", id="p", offset=0, data=b""),
    "receipts": lambda d: d.receipts([], []),
    "format": lambda d: d.format_card(),
}
EVERYBODY = ("info", "card", "time read")
MAY = {"owner": tuple(ASK), "technician": (*EVERYBODY, "time set"), "auditor": (*EVERYBODY, "journal")}


@pytest.mark.parametrize("role", MAY)
def test_the_role_table(box, wire, role):
    """docs/protocol.md, section 3, every cell."""
    device = _session(box, wire, role)
    box.switch("button", True)
    for name, ask in ASK.items():
        if name in MAY[role]:
            ask(device)
        else:
            with pytest.raises(RefusedByBox):
                ask(device)


def test_during_a_call(box, owner):
    box.switch("button", True)
    box.switch("call", True)
    for name, ask in ASK.items():
        if name in ("time set", "policy", "prompt", "format"):
            with pytest.raises(RefusedByBox, match="call"):
                ask(owner)
        else:
            ask(owner)


def test_format_needs_the_button(owner):
    with pytest.raises(ButtonNeeded):
        owner.format_card()


def test_prompt_in_pieces(owner):
    data = recording(3)
    owner.put_prompt("p", data, 8000, "text", "da", hashlib.sha256(data).digest())


def test_gone(owner):
    with pytest.raises(Gone):
        list(owner.pull(b"x" * 16))
    with pytest.raises(Gone):
        owner.secret(b"x" * 16)


def test_journal_chain_and_signed_head(box, wire):
    device = _session(box, wire, "auditor")
    chain = journal.Chain()
    assert [entry["n"] for entry in chain.entries(device.journal(0))] == [1, 2, 3, 4, 5]
    chain.check_head(*device.journal_head())


def test_a_spoiled_frame_costs_a_new_session_and_no_byte(owner, wire):
    wire.spoil_after = 50_000
    assert b"".join(piece for piece, _ in owner.pull(IDS[4])) == recording(4)
    assert wire.spoil_after is None


def test_a_spoiled_reply_is_asked_again(owner, wire, monkeypatch):
    monkeypatch.setattr("press1.conversation.REPLY_S", 0.5)
    wire.spoil_after = 0
    assert owner.ask("info", 0.5)["box"] == owner.about.box


def test_a_line_that_spoils_everything_is_given_up(owner, wire, monkeypatch):
    monkeypatch.setattr("press1.conversation.HELLO_S", 0.5)

    def read(timeout, line=wire._line):
        data = line.read(min(timeout, 0.05))
        return data.replace(b"\x00", b"\x01")

    wire.read = read
    with pytest.raises(Press1Error):
        owner.again()


def test_noise_between_frames(box, owner, wire):
    wire.noise = b"\x00garbage\xff\x00\x05half a frame\x00"
    assert len(owner.ls()) == len(SIZES)
    assert b"".join(piece for piece, _ in owner.pull(IDS[3])) == recording(3)
    assert owner.info()["drops"] >= 4


def test_a_replayed_frame_ends_the_session(owner, wire):
    owner.info()
    again = wire.sent[-1]
    wire.write(again)
    assert owner._session
    with pytest.raises(LinkLost, match="ended"):
        next(owner._messages(5))
    assert owner.info()["box"] == owner.about.box  # a new session, by itself


def test_frames_of_an_earlier_session_open_nothing(box, wire):
    first = _session(box, wire)
    first.ls()
    asked = wire.sent[-1]
    second = Device(wire)
    second.hello()
    wire.write(asked)
    body = next(second._bodies(5))
    assert protocol.read_plain(body)["error"] == "session"


def test_a_recorded_login_opens_nothing(box, wire):
    _session(box, wire)
    login = next(data for data in wire.sent if b"proof" in data)
    other = Device(wire)
    other.hello()
    wire.write(login)
    assert protocol.read_plain(next(other._bodies(5)))["error"] == "refused"


def test_a_box_that_only_knows_the_public_key_of_the_owner_is_another_box(box, owner):
    owner.about = replace(owner.about, box=b"x" * 16)
    with pytest.raises(WrongKey, match="another box"):
        owner.again()


def test_a_half_frame_and_a_new_host(box, wire):
    wire.write(frames.encode(b"\x02" + bytes(200))[:90])
    assert _session(box, wire).info()["box"]


def test_two_megabytes_in_time(owner):
    begin = time.monotonic()
    size = sum(len(piece) for piece, _ in owner.pull(IDS[5]))
    rate = size / (time.monotonic() - begin)
    print(f"pull over the pseudo-terminal: {rate / 1000:.0f} kB/s")
    assert rate > 200_000  # what 2,000,000 baud carries
