"""What a board shows on its serial port, whatever is sent to it (docs/protocol.md).

`make test PRESS1_PORT=/dev/ttyUSB0 ARGS=tests/hardware`; pytest-embedded serves the port.
Without PRESS1_PORT every test is skipped, and says so.
"""

import os
import time

import pytest

from press1 import frames, protocol

PORT = os.environ.get("PRESS1_PORT", "")
BAUD = os.environ.get("PRESS1_BAUD", "115200")
pytestmark = [
    pytest.mark.skipif(not PORT, reason="no board: PRESS1_PORT names no serial port"),
    pytest.mark.parametrize(("embedded_services", "port", "baud"), [("serial", PORT, BAUD)], indirect=True),
]

REPLY_S = 20.0  # the chip signs its hello with Ed25519: about a second, more while it prepares envelopes


@pytest.fixture
def line(dut):
    """The open port, raw: pytest-embedded's reader would take the box's bytes for text."""
    with dut.serial.disable_redirect_thread():
        dut.serial.proc.reset_input_buffer()
        yield dut.serial.proc


def replies(line, seconds: float = REPLY_S) -> list[dict]:
    """The plain messages that arrive until one has, or until time is over."""
    receiver, end = frames.Receiver(), time.monotonic() + seconds
    while time.monotonic() < end:
        found = [message for body in receiver.feed(line.read(4096)) if (message := protocol.read_plain(body))]
        if found:
            return found
    return []


def hello(line) -> dict:
    """Say hello; the box's answer, its signature checked when it is provisioned."""
    nonce = os.urandom(32)
    line.write(b"\x00" + protocol.plain({"q": "hello", "v": protocol.VERSION, "nonce": nonce}))
    answer = replies(line)[-1]
    if answer["provisioned"]:
        protocol.verify(answer["box_key"], "hello", answer["sig"], nonce, answer["nonce"], answer["dh_key"])
    return answer


def test_it_says_hello(line):
    answer = hello(line)
    assert answer["r"] == "hello"
    assert answer["v"] == protocol.VERSION
    assert 7800 <= answer["rate"][0] / answer["rate"][1] <= 8000


def test_every_hello_is_fresh(line):
    first, second = hello(line), hello(line)
    assert first["nonce"] != second["nonce"]
    assert first["box"] == second["box"]


@pytest.mark.parametrize(
    "noise",
    [b"\x00" * 64, b"\xff" * 64, b"hello, are you there?\r\n", bytes(range(256)), protocol.plain({"q": "hello"})[:-9]],
    ids=["zeros", "ones", "text", "every byte", "half a frame"],
)
def test_noise_is_ignored(line, noise):
    line.write(noise)
    assert hello(line)["r"] == "hello"


def test_a_flood_is_survived(line):
    for _ in range(16):
        line.write(os.urandom(1024).replace(b"\x00", b"\x01"))
    assert hello(line)["r"] == "hello"


@pytest.mark.parametrize("request_name", ["ls", "pull", "secret", "journal", "format", "time"])
def test_nothing_is_told_without_a_session(line, request_name):
    hello(line)
    line.write(protocol.plain({"q": request_name}))
    answers = replies(line, 5.0)
    assert all("error" in answer for answer in answers)
