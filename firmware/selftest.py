"""The box tests itself, part by part, between calls (docs/protocol.md, request `selftest`; docs/technician.md says what is good).

A part is a job whose result is a list of rows: `name`, `ok` (true, false, or null: a figure to be judged by a person or the host),
`value` (int or text) and `unit`. Times are of this run; under the simulator they are the computer's.
"""

import gc
import os
import time
from array import array
from binascii import unhexlify

from micropython import const

from core.errors import Malformed, NoCard, Press1Error
from crypto import aes_ctr, chacha20poly1305, ed25519, hkdf, hmac, hpke, sha512, x25519
from crypto.job import Job
from detect.keys import Keys
from hal.contract import BLOCK
from line import alaw
from line.player import Player
from seal.records import AUDIO, PAYLOAD, RECORD, RecordSealer

_BLOCKS = const(50)  # a second of audio, at 8 kHz
_CARD_RECORDS = const(64)  # a minute of calls is 240
_FILE = "/sd/SELFTEST.TMP"
_RELAY_MS = const(300)
_JOBS = {"x25519": x25519.X25519Job, "ed25519": ed25519.SignJob, "verify": ed25519.VerifyJob, "hpke": hpke.SealJob}
_CALLS = {
    "sha512": sha512.sha512,
    "hmac": hmac.hmac_sha256,
    "hkdf": lambda salt, ikm, info: hkdf.hkdf(salt, ikm, info, 42),
    "aes_ctr": aes_ctr.crypt,
    "chacha20poly1305": chacha20poly1305.seal,
}


def _row(name, ok, value=None, unit=""):
    return {"name": name, "ok": ok, "value": value, "unit": unit}


def _since(start):
    return time.ticks_diff(time.ticks_us(), start)


# Published vectors


def _vectors(_box):
    from selftest_vectors import VECTORS  # only for as long as it is needed

    rows = []
    for kind, name, arguments, answer in VECTORS:
        start = time.ticks_us()
        try:
            found = yield from _computed(kind, [unhexlify(word) for word in arguments])
        except Press1Error as error:
            found = error
        rows.append(_row(name, _right(kind, found, unhexlify(answer)), _since(start), "us"))
    return rows


def _computed(kind, arguments):
    yield
    if kind in _CALLS:
        return _CALLS[kind](*arguments)
    job = _JOBS["verify" if kind == "forgery" else kind](*arguments)
    while not job.step():
        yield
    return job.result


def _right(kind, found, answer):
    if kind == "forgery":
        return isinstance(found, Malformed)
    return found is None if kind == "verify" else found == answer


# Speed


def _noise():
    """A block of half scale, the same every time: tones and silence alike would flatter the detector."""
    block, value = array("h", bytes(2 * BLOCK)), 12345
    for i in range(BLOCK):
        value = (value * 1103 + 12345) & 0x7FFF
        block[i] = value - 16384
    return block


def _timed(work, *arguments):
    """Microseconds of `_BLOCKS` times `work`, in slices of five so that the box's loop goes on."""
    total = 0
    for _ in range(_BLOCKS // 5):
        start = time.ticks_us()
        for _ in range(5):
            work(*arguments)
        total += _since(start)
        yield
    return total


def _prompt(box):
    """The box's first prompt, read from flash and played into the air; silence where it has none."""
    player = Player()
    for clip in box.rules.prompts.values():
        player.load(clip)
        player.start()
        break

    def speak(block):
        player.feed(block)
        player.refill()

    return speak


def _stages(box):
    """What each stage costs of one second of audio, in microseconds; the sum must stay far below a second."""
    far, near, pairs = _noise(), _noise(), bytearray(2 * BLOCK)
    rows = []
    total = 0
    out = array("h", bytes(2 * BLOCK))
    sealer = RecordSealer(bytes(32), bytes(32))
    records = _BLOCKS * 2 * BLOCK
    stages = (
        ("detect, two channels", Keys(box.hal.rate).feed, (far, near)),
        ("A-law, two channels", alaw.interleave, (far, near, 0, BLOCK, pairs, 0)),
        ("prompt", _prompt(box), (out,)),
    )
    for name, work, arguments in stages:
        cost = yield from _timed(work, *arguments)
        rows.append(_row(name, None, cost, "us/s"))
        total += cost
    cost = (yield from _timed(sealer.seal, AUDIO, 0, PAYLOAD, 0)) * records // (PAYLOAD * _BLOCKS)
    rows.append(_row("seal", None, cost, "us/s"))
    rows.append(_row("all stages", total + cost < 600_000, total + cost, "us/s"))
    return rows


# The board


def _memory(box):
    yield
    gc.collect()
    start = time.ticks_us()
    gc.collect()
    cost = _since(start)
    rows = [_row("heap free", gc.mem_free() > 16384, gc.mem_free(), "bytes"), _row("heap in use", None, gc.mem_alloc(), "bytes")]
    rows.append(_row("garbage collection", None, cost, "us"))
    rows.append(_row("envelopes ready", None, box.stock.ready if box.stock else 0, ""))
    return rows


def _card(box):
    """Writes 64 records as a call does, reads them back, and removes them: speed, and the longest wait for one of them."""
    if not box.card.present:
        return [_row("card", False, "no card")]
    record = bytearray(RECORD)
    worst = total = 0
    try:
        box.card.touch()
        with open(_FILE, "wb") as file:
            for i in range(_CARD_RECORDS):
                record[0] = i
                start = time.ticks_us()
                file.write(record)
                file.flush()
                cost = _since(start)
                total += cost
                worst = max(worst, cost)
                yield
        same = yield from _read_back(record)
    except (OSError, NoCard) as error:
        return [_row("card", False, "no card" if isinstance(error, NoCard) else "error %d" % (error.errno or 0))]
    finally:
        _remove(_FILE)
        box.card.settle()
    speed = _CARD_RECORDS * RECORD * 1000 // max(total, 1)
    return [
        _row("card reads back", same),
        _row("card writes", speed > 64, speed, "kB/s"),  # a call needs 16, and journal and signature their share
        _row("longest wait for the card", worst < 1000 * (box.hal.stall_ms - 200), worst, "us"),
    ]


def _read_back(record):
    with open(_FILE, "rb") as file:
        for i in range(_CARD_RECORDS):
            if file.readinto(record) != RECORD or record[0] != i:
                return False
            yield
    return True


def _remove(path):
    try:
        os.remove(path)
    except OSError:
        pass  # the card was pulled, and with it the file


def _flash(box):
    """Programs one record of the floor log, as every hour does: the time that a key slot's destruction takes, too."""
    yield
    start = time.ticks_us()
    box.floor.set_time(box.floor.time)
    cost = _since(start)
    free = box.slots.free()
    return [_row("program 64 bytes of key flash", cost < 20_000, cost, "us"), _row("free key slots", free > 0, free)]


def _clock(box):
    yield
    return [
        _row("clock trusted", box.clock.trusted, box.clock.now(), "time"),
        _row("clock kept its power", not box.hal.clock_lost_power()),
        _row("powered", None, box.hal.uptime(), "s"),
    ]


def _entropy(box):
    yield
    return [_row("entropy source", box.entropy.ready, box.problem or "tested")]


def _relay(box):
    """Lets the relay fall and pull again, twice: it can be heard."""
    for energised in (False, True, False, True):
        box.hal.relay(energised and not box.fault)
        start = time.ticks_ms()
        while time.ticks_diff(time.ticks_ms(), start) < _RELAY_MS:
            yield
    return [_row("relay clicked four times", None, "listen")]


def _board(box):
    """What the board's own backend can say of its parts: `hal.probe()`, where there is one."""
    yield
    probe = getattr(box.hal, "probe", None)
    return (
        [_row(name, ok, value) for name, ok, value in probe()] if probe else [_row("parts of the board", None, "cannot be asked")]
    )


PARTS = (
    ("vectors", _vectors),
    ("stages", _stages),
    ("memory", _memory),
    ("card", _card),
    ("flash", _flash),
    ("clock", _clock),
    ("entropy", _entropy),
    ("relay", _relay),
    ("board", _board),
)


def start(box, part):
    """The job of one part; Malformed for a part that there is not."""
    for name, work in PARTS:
        if name == part:
            return Job(work(box))
    raise Malformed("no such part")
