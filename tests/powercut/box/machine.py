"""A provisioned box on a Board, and what its user does with it. MicroPython."""

import hashlib

import vfs
from board import BLOCKS, LOG, PAGES, START, Board, blank

from core.state import State
from crypto import ed25519, x25519
from hooks import Keys
from main import Box
from store.floor import FloorLog

DAY = 86400
OWNER = bytes(range(32))
SEED = b"\x5a" * 32
_BOX_KEY = ed25519.public_key(SEED)
BOX = hashlib.sha256(_BOX_KEY).digest()[:16]
_CLIP = bytes(0x55 for _ in range(480))
_SETTLE_STEPS = 20000
TRAINING = {
    "basis": "consent", "cap_day": 0, "keep_s": 90 * DAY, "purpose": "training", "quota": 0, "review_s": 0, "share": 100, "special": False,
}  # fmt: skip
POLICY = {
    "fallback": None,
    "keys": {"accept": "1", "opt_out": "", "withdraw": "0"},
    "notice": "example.org/n",
    "profile": "training-consent",
    "prompts": {"in": ["p"], "in_rest": [], "out": ["p"], "out_rest": []},
    "purposes": [TRAINING],
    "spoken": False,
    "threat": None,
    "timeout_s": 6,
    "until": None,
}


def unmount():
    for path in ("/sd", "/state"):
        try:
            vfs.umount(path)
        except OSError:
            pass  # was not


class State0:
    """The state file system of media, mounted while it is filled."""

    def __init__(self, device):
        unmount()
        vfs.mount(vfs.VfsLfs2(device), "/state")
        self.state = State("/state")


def provisioned(pages=PAGES, blocks=BLOCKS, keep_s=90 * DAY):
    """Media of a box that is ready: identity, policy, one prompt, a known time."""
    media = blank(pages, blocks)
    board = Board(media)
    FloorLog(board.keyflash).set_time(START)
    state = State0(board.statefs()).state
    policy = dict(POLICY, purposes=[dict(TRAINING, keep_s=keep_s)])
    state.put(
        "prompt/p", {"offer": 160, "hash": hashlib.sha256(_CLIP).digest(), "text": "t", "language": "en", "samples": len(_CLIP)}
    )
    state.write_blob("prompt/p.al", _CLIP)
    state.put("policy", policy)
    state.put("owners", [x25519.public_key(OWNER)])
    state.put("roles", [])
    state.put("clock", {"used": 0})
    private = b"\x11" * 32
    dh_key = x25519.public_key(private)
    state.put("identity", {"seed": SEED, "private": private, "box_key": _BOX_KEY, "dh_key": dh_key, "box": BOX})
    unmount()
    return board.media()


class Machine:
    """A box that is on. Line time passes when `run` says so."""

    def __init__(self, media, seconds=0, card=True, cause="power"):
        unmount()
        self.board = Board(media, seconds)
        self.board.start_cause = cause
        if not card:
            self.board.card_out()
        LOG.seconds = self.board.seconds
        self.told = []
        self.box = Box(self.board, self._tell)
        self.box.boot()

    def _tell(self, event, fields):
        self.told.append((event, fields))

    def run(self, seconds):
        """Line time, block by block."""
        board = self.board
        board.limit = board.pos + int(seconds * 8000) // 160 * 160
        while board.pos < board.limit:
            self.box.step()

    def settle(self):
        """Background work until none is left; line time stands still."""
        for _ in range(_SETTLE_STEPS):
            self.box.step()
            if self.box.idle():
                return self
        raise AssertionError("never idle")

    def lift(self):
        self.board.lift(True)

    def hang_up(self):
        self.board.lift(False)
        self.run(0.1)

    def accept(self):
        """A call up to the open gate."""
        self.lift()
        self.run(0.16)
        self.key("1")

    def key(self, digit):
        Keys.pressed.append(digit)
        self.run(0.02)

    def button(self, mask):
        self.board.held = mask
        self.run(0.02)
        self.board.held = 0
        self.run(0.02)

    def record(self, seconds):
        """A whole recorded call, signed."""
        self.accept()
        self.run(seconds)
        self.hang_up()
        self.settle()

    def advance(self, seconds):
        """Time on-hook, from one due second to the next."""
        end = self.board.seconds() + seconds
        while self.board.seconds() < end:
            left = end - self.board.seconds()
            self.board.skip(min(left, max(1, self.box.next_due() - self.board.now())))
            self.box.tick(self.board.now())
            self.settle()

    def ids(self):
        return [self.box.slots.read(number).id for number in list(self.box.slots.live())]
