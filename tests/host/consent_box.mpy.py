"""Run by MicroPython: plays calls that the host thought up, block by block, and says after each block what the box did.

`call.Call`, the dialogue, its table, admission, announcement and recorder are the firmware's own; hook, keys and buttons come as
acts from the host, and slots and files are counted in RAM. One JSON line a call in, one out: a row a block.
"""

import json
import sys

import micropython

import announcement
import call as call_module
from call import Call
from core import config
from core.config import Policy
from core.errors import Malformed, NoCard
from detect import calls
from hal.contract import BLOCK
from line.tones import beep
from record.recorder import Recorder
from seal.parts import Part, Parts

RATE = (8000, 1)
NOW = 1795251600
BEEP = beep(RATE, 880, 20, -19)
ACTS = ("stop", "objection", "threat", "pause", "mark", "erase_marked")


class Keys:
    """In place of the detectors: the key of this block, if any."""

    sounding = False
    digit = decision = onset = side = 0
    level, twist = -120, 3

    def __init__(self, rate, profile):
        self.pressed = None
        self.call = None

    def reset(self):
        pass

    def feed(self, far, near):
        if self.pressed is None:
            return 0
        digit, back, self.side = self.pressed
        self.digit = ord(digit)
        self.decision = self.call.sample + BLOCK // 2 - self.call._keys_from
        self.onset = self.decision - back
        return 1


class Tracker:
    """In place of hook and call progress: what they tell in this block."""

    listening = settling = answered = False
    lift_samples = 2 * BLOCK
    direction = "in"
    course = 0

    def __init__(self, rate, profile):
        pass

    def feed(self, *heard):
        return self.course


class Clip:
    """A prompt of which only the length and the offer are known."""

    digest = b"h" * 32

    def __init__(self, offer, samples):
        self.offer = offer
        self.samples = samples


class Player:
    """In place of flash and A-law: every sample of a prompt is 1."""

    def __init__(self):
        self.stop()
        self.offer = self.samples = self.position_samples = 0
        self.broken = False

    def load(self, clip):
        self.offer, self.samples = clip.offer, clip.samples

    def refill(self):
        if self.broken:
            raise Malformed("the prompt is damaged")

    def start(self):
        self.position_samples = 0
        self.done = False

    def stop(self):
        self.done = True

    def feed(self, block):
        count = 0 if self.done else min(BLOCK, self.samples - self.position_samples)
        fill(block, count, BLOCK)
        self.position_samples += count
        self.done = self.done or self.position_samples == self.samples


@micropython.viper
def fill(block: ptr16, count: int, size: int):
    """`count` samples of 1, silence after them."""
    i = 0
    while i < size:
        block[i] = 1 if i < count else 0
        i += 1


announcement.Player = Player
call_module.Keys = Keys
call_module.beep = lambda *shape: BEEP
calls.CallTracker = Tracker


@micropython.viper
def loud(block: ptr16, count: int) -> int:
    """How many samples are not silence."""
    found = 0
    i = 0
    while i < count:
        if block[i]:
            found += 1
        i += 1
    return found


class Hal:
    rate = RATE
    output_delay = 0
    behind = False

    def __init__(self):
        self.audible = 0

    def off_hook(self):
        return True

    def buttons(self):
        return 0

    def direction_hint(self):
        return None

    def line_out(self, block):
        self.audible = loud(block, BLOCK) if block else 0

    def ear_out(self, block):
        pass


class Writer:
    """A file that takes everything until its card is pulled."""

    full = False

    def __init__(self, store):
        self._store = store
        self.fault = False
        self.audio_samples = self.gap_samples = 0

    def audio(self, far, near):
        self._store.stored = True

    def gap(self, samples):
        self.gap_samples += samples

    def event(self, event):
        pass

    def close(self, reason, position):
        return None

    def abort(self):
        pass


class Made:
    """An envelope set."""

    def __init__(self, number):
        self.id = self.slot = number


class Slot:
    def __init__(self, purposes):
        self.purposes = purposes


class Slots:
    """The key slots: number to purposes."""

    def __init__(self):
        self.live = {}

    def find(self, number):
        return number if number in self.live else -1

    def read(self, number):
        return Slot(self.live[number])

    def change(self, number, expiry, purposes):
        self.live[number] = purposes

    def begin_erase(self, number, reason):
        pass

    def zero(self, number):
        del self.live[number]


class Store(Parts):
    """Parts whose slots and files are numbers. `drop` and `kill` are the firmware's."""

    def __init__(self):
        self._slots = Slots()
        self.files = []
        self.opened = []
        self.card = True
        self.stored = False
        self._count = 0

    def open(self, call, number, first_sample, now):
        if not self.card:
            raise NoCard("no card")
        self._count += 1
        part = Part(Made(self._count), call, number, first_sample, now)
        part.writer = Writer(self)
        self.files.append(part.id)
        self._slots.live[part.id] = part.purposes
        notice = call["notice"]
        evidence = call["consent"]
        shown = evidence and [evidence[name] for name in ("by", "key", "offer_sample", "decision_sample", "first_sample")]
        rows = [(row["purpose"], row["basis"]) for row in call["purposes"]]
        self.opened.append([part.id, number, first_sample, rows, shown, notice and notice["samples"]])
        return part

    def destroyed(self, part, reason):
        self.files.remove(part.id)

    def slots(self):
        return [[number, config.names(mask)] for number, mask in sorted(self._slots.live.items())]


class Entropy:
    def __init__(self, given):
        self._given = given

    def bytes(self, n):
        return bytes((self._given.pop(0),)) if self._given else bytes(n)


class Clock:
    def now(self):
        return NOW


class Box:
    line_profile = line_stamp = None
    clock = Clock()

    def __init__(self, given):
        self.rules = self
        self.policy = Policy(given["policy"])
        self.prompts = {name: Clip(offer, samples) for name, (offer, samples) in given["prompts"].items()}
        self._counts = given["counts"]
        self.entropy = Entropy(given["random"])
        self.hal = Hal()
        self.store = Store()
        self.recorder = Recorder(self.store, RATE, self.clock.now, self.store.destroyed)
        self.started = None

    def tell(self, event, fields):
        if event == "prompt" and fields["what"] == "started":
            self.started = fields["prompt"]

    def note(self, event, **fields):
        pass

    def prompt_failed(self, error):
        pass

    def lamp(self, state):
        pass

    def call_id(self):
        return b"c" * 16

    def unready(self):
        return None if self.store.card else "card"

    def counts(self, purpose):
        return self._counts[purpose]

    def threat_keep_s(self):
        return self.policy.threat_keep_s

    def call_ended(self):
        pass


class Buttons:
    """In place of held and let go: the act of this block, where the box would find it."""

    def __init__(self, acts):
        self._acts = acts
        self.act = None

    def reset(self, held):
        pass

    def feed(self, held, sample):
        if self.act == "consent":
            self._acts.consent(sample)
        elif self.act:
            getattr(self._acts, self.act)()


class Calls:
    """One box and the calls in it."""

    def __init__(self, given):
        self.box = Box(given)
        self.call = Call(self.box)
        self.call._keys.call = self.call
        self.call._buttons = Buttons(self.call._acts)
        self.failed = False

    def block(self, lost, act, argument):
        """What happens in one block; the row that tells of it."""
        box, call = self.box, self.call
        box.started = None
        box.store.opened, box.store.stored = [], False
        box.hal.audible = 0
        self._arrange(act, argument)
        if not self.failed:
            call.refill()
            call.block(lost)
        now = box.recorder.part
        gate = [now.id if now else 0, box.recorder.is_open, box.store.stored]
        return [
            call.state,
            call.sample,
            gate,
            box.hal.audible,
            box.started,
            box.store.opened,
            box.store.slots(),
            list(box.store.files),
        ]

    def _arrange(self, act, argument):
        call = self.call
        tracker = call._tracker
        call._keys.pressed = argument if act == "key" else None
        call._buttons.act = act if act == "consent" or act in ACTS else None
        tracker.course = 0
        if act == "course":
            bits, tracker.direction, tracker.answered = argument
            tracker.course = bits if bool(bits & calls.LIFTED) != call.active else 0
        elif act == "fail":
            self.failed = True
            call.fail()
        elif act == "flash":
            call._announcement._player.broken = True
        elif act == "card":
            self._card(argument)

    def _card(self, there):
        box = self.box
        box.store.card = there
        if there:
            self.call.card_back()
        elif box.recorder.part:
            box.recorder.part.writer.fault = True


def play(given):
    """Rows of one call; what fails ends them with its name."""
    rows = []
    try:
        player = Calls(given)
        for lost, act, argument in given["blocks"]:
            rows.append(player.block(lost, act, argument))
    except Exception as error:
        sys.print_exception(error, sys.stderr)
        rows.append(type(error).__name__ + ": " + str(error))
    return rows


while True:
    line = sys.stdin.readline()
    if not line:
        break
    print(json.dumps(play(json.loads(line))))
