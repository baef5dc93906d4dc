"""Runs on the board, pasted into MicroPython's prompt by test_repl.py: prints one line `@hw {json}` for each thing it did.

The firmware's files lie on the board's file system or in $MICROPYPATH; nothing of it runs yet.
"""

import gc
import hashlib
import json
import os
import sys
import time
from array import array


def tell(what, start, **fields):
    fields["what"] = what
    fields["us"] = time.ticks_diff(time.ticks_us(), start)
    print("@hw " + json.dumps(fields))


def modules(names):
    for name in names:
        start = time.ticks_us()
        try:
            __import__(name)
            tell("import", start, name=name, ok=True)
        except Exception as error:
            tell("import", start, name=name, ok=False, error=repr(error))
        gc.collect()


class Keys:
    """Two pages of slots and the logs, in RAM: what stands in a board's key partition is not touched."""

    PAGE = 4096
    size = 6 * 4096

    def __init__(self):
        self.cells = bytearray(b"\xff" * self.size)

    def read(self, offset, buf):
        buf[:] = self.cells[offset : offset + len(buf)]

    def program(self, offset, data):
        for i in range(len(data)):
            self.cells[offset + i] &= data[i]

    def erase(self, page):
        self.cells[page * 4096 : (page + 1) * 4096] = b"\xff" * 4096


class Box:
    """What the self test's parts need that touch no hardware."""

    class hal:
        rate = (8000, 1)

    class rules:
        prompts = {}  # noqa: RUF012  # never written

    stock = None


def selftest(part):
    import selftest as tests

    start = time.ticks_us()
    rows = dict(tests.PARTS)[part](Box)
    while True:
        try:
            next(rows)
        except StopIteration as done:
            tell(part, start, ok=all(row["ok"] is not False for row in done.value), rows=done.value)
            return


def detector():
    """A tenth of a second of the key 5 at -10 dBm0 a tone, then silence: it must be heard once."""
    from math import pi, sin

    from detect.keys import Keys as Detector

    start = time.ticks_us()
    detector, heard = Detector((8000, 1)), []
    far, near = array("h", bytes(320)), array("h", bytes(320))
    for block in range(20):
        for i in range(160):
            t = (block * 160 + i) / 8000
            far[i] = int(7200 * (sin(2 * pi * 770 * t) + sin(2 * pi * 1336 * t))) if 3 <= block < 8 else 0
        if detector.feed(far, near):
            heard.append(chr(detector.digit))
    tell("detector", start, ok=heard == ["5"], heard=heard)


def sealed(folder):
    """Eight records to the file system and back; a slot that expires; the file gone."""
    from seal.records import AUDIO, PAYLOAD, RECORD, RecordSealer
    from store.slots import SlotTable

    path = folder + "/HWTEST.P1R"
    start = time.ticks_us()
    sealer, digest = RecordSealer(bytes(range(32)), bytes(range(32, 64))), hashlib.sha256()
    with open(path, "wb") as file:
        for index in range(8):
            sealer.seal(AUDIO, 0, PAYLOAD, index)
            digest.update(sealer.buf)
            file.write(sealer.buf)
            file.flush()
    with open(path, "rb") as file:
        same = hashlib.sha256(file.read()).digest() == digest.digest()
    tell("seal", start, ok=same and os.stat(path)[6] == 8 * RECORD)
    start = time.ticks_us()
    keys = Keys()
    table = SlotTable(keys)
    secret = bytes(range(100, 132))
    number = table.prepare(bytes(16), secret)
    table.go_live(number, 1000, 2)
    due = table.due(999) == -1 and table.due(1000) == number
    table.begin_erase(number)
    table.zero(number)
    os.remove(path)
    tell("sweep", start, ok=due and secret not in bytes(keys.cells) and "HWTEST.P1R" not in os.listdir(folder))


def attempt(name, work, *arguments):
    start = time.ticks_us()
    try:
        work(*arguments)
    except Exception as error:
        sys.print_exception(error)
        tell(name, start, ok=False, error=repr(error))


def run(names, folder):
    modules(names)
    for part in ("vectors", "stages"):
        attempt(part, selftest, part)
    attempt("detector", detector)
    attempt("seal", sealed, folder)
    gc.collect()
    tell("end", time.ticks_us(), ok=True, free=gc.mem_free(), platform=sys.platform)
