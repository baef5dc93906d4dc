"""The whole firmware on the ESP32's board over the modelled chip: provisioned, with a policy and one short prompt."""

import hashlib
import math
import sys

import vfs

from crypto import x25519
from enrol import EnrolJob
from hal.sim_media import SdCard
from hal_benches import NOW, ChipBench, blocks
from main import Box

OWNER = b"\x11" * 32
_PROMPT = "training-consent.da"
_POLICY = {
    "profile": "training-consent",
    "notice": "eksempel.dk/telefon",
    "purposes": [
        {
            "purpose": "training",
            "basis": "consent",
            "special": False,
            "keep_s": 7776000,
            "review_s": 0,
            "share": 100,
            "cap_day": 0,
            "quota": 0,
        }
    ],
    "keys": {"accept": "1", "withdraw": "0", "opt_out": ""},
    "prompts": {"in": [_PROMPT], "out": [_PROMPT], "in_rest": [], "out_rest": []},
    "spoken": False,
    "timeout_s": 6,
    "threat": None,
    "until": None,
    "fallback": None,
}


class Told:
    """What the box told its observer."""

    def __init__(self):
        self.events = []

    def __call__(self, event, fields):
        self.events.append((event, fields))

    def names(self, event, field):
        return [fields[field] for name, fields in self.events if name == event]


class ChipBox(ChipBench):
    """As ChipBench, with `box` in its loop."""

    def __init__(self, *args, **more):
        self.box = None
        super().__init__(*args, **more)
        self.told_events = Told()
        self.world.hears = False
        self._new_card(32768)
        self.box = Box(self.hal, self.told_events)
        self.box.boot()

    def _new_card(self, count):
        self.world.card = card = SdCard(None, count)
        vfs.VfsFat.mkfs(card)
        detect = self.board.PINS["SD_DETECT"]
        self.world.levels[detect] = 1
        self.hal.card()
        self.world.levels[detect] = 0
        self.hal.card()
        self.world.pass_us(300_000)
        self.hal.card()

    def go(self, ms):
        """Time in steps of 5 ms; the loop runs until it has nothing to do."""
        if self.box is None:
            super().go(ms)
            return
        for _ in range(ms // 5):
            self.world.pass_us(5000)
            while self.box.step():
                pass

    def provision(self):
        """Enrol, load policy and prompt, and let the envelopes be made."""
        box = self.box
        peers = [x25519.public_key(bytes([n]) * 32) for n in (0x22, 0x33)]
        job = EnrolJob(box, [x25519.public_key(OWNER)], peers[0], peers[1], NOW, b"e" * 32)
        while not job.step():
            self.hal.feed_watchdog()
        clip = bytes(0xD5 for _ in range(8000))
        about = {"offer": 6000, "hash": hashlib.sha256(clip).digest(), "text": "", "language": "da", "samples": len(clip)}
        box.state.append_blob("prompt/" + _PROMPT + ".al", 0, clip)
        box.state.keep_blob("prompt/" + _PROMPT + ".al")
        box.state.put("prompt/" + _PROMPT, about)
        box.state.put("policy", _POLICY)
        box.rules.load()
        while not box.idle():
            self.world.pass_us(1000)
            box.step()

    def key_one(self, ms):
        """The other party presses 1 for `ms`, at -10 dBm0 a tone."""
        rate = self.world.streams[0].rate
        low, high = 2 * math.pi * 697 / rate, 2 * math.pi * 1209 / rate
        self.world.frame = lambda i: (int(7200 * (math.sin(low * i) + math.sin(high * i))), 0)
        self.go(ms)
        self.world.frame = lambda i: (i * 7919 % 64 - 32, i * 104729 % 64 - 32)
        self.go(200)

    def close(self):
        """Forget the file systems and modules of this firmware."""
        for path in ("/sd", "/state", "/app"):
            try:
                vfs.umount(path)
            except OSError:
                pass


assert blocks and sys
