"""The line test: levels, spectra and keys of both channels while a technician tries the phone (docs/line-test.md).

While it is on, no call is followed and nothing can be recorded. What leaves the box is levels, never audio; the host names the
sections, judges, and gives back a line profile. On-hook the audio is not looked at.
"""

import gc

from micropython import const

from core.errors import Busy, Malformed, NotReady
from detect.bands import Bands
from detect.dtmf import Detector
from detect.levels import SILENCE, Level
from detect.likeness import Likeness
from hal import contract
from hal.contract import BLOCK
from seal import header

OFF = const(0)
WAITING = const(1)
LIFTED = const(2)
OVER = const(3)  # ended, and the handset has yet to be put down
_PHASES = const(("off", "waiting", "lifted", "over"))
_LIMIT_S = const(600)
_ON_HOOK = const(10)  # blocks on-hook that are no bounce: 0.2 s
_SECTIONS = const(8)
_KEYS = const(16)  # kept of a section
_COHERENT_Q8 = const(-512)  # as detect.keys

# Of the profile: type, least and most value or length; None may stand for a level that there is not.
_PROFILE = {
    "limit_db": (int, 3, 60),
    "local_in_band": (bool, 0, 1),
    "local_level": (int, -700, 40),
    "local_twist": (int, -300, 300),
    "sidetone_db": (int, -700, 200),
    "phone": (str, 0, 60),
    "wiring": (str, 0, 60),
    "far_keys": (bool, 0, 1),
    "swapped": (bool, 0, 1),
    "tested": (int, 0, 1 << 40),
}
_MAY_MISS = const(("local_level", "local_twist", "sidetone_db"))


def checked(profile):
    """The line profile if it is one, else Malformed."""
    if len(profile) != len(_PROFILE):
        raise Malformed("a line profile has other fields")
    for name, (kind, least, most) in _PROFILE.items():
        value = profile.get(name)
        if value is None and name in _MAY_MISS:
            continue
        if type(value) is not kind or not _within(value, least, most):
            raise Malformed("line profile: " + name)
    return profile


def _within(value, least, most):
    return least <= (len(value) if isinstance(value, str) else value) <= most


class _Channel:
    """Meters of one channel in one section."""

    def __init__(self, rate):
        self._level = Level(rate)
        self._bands = Bands()
        self._detector = Detector(rate[0], rate[1])
        self._likeness = Likeness(rate)
        self.reset()

    def reset(self):
        for meter in (self._level, self._bands, self._detector, self._likeness):
            meter.reset()
        self._decided = False

    def feed(self, own, other):
        """A block of this channel and of the other; True when a key stands ready, one block after its decision, as in detect.keys."""
        self._level.feed(own)
        self._bands.feed(own)
        self._likeness.feed(own, other)
        ready = self._decided
        self._decided = self._detector.feed(own) > 0
        return ready

    def key(self, name):
        """The key decided last; `other`: what the other channel has of its tones against this one, tenths of dB."""
        heard, like = self._detector, self._likeness
        like.compare(heard.digit)
        other = max(SILENCE, (like.gain_low + like.gain_high) // 2 * 301 // 2560)
        alike = like.coherence_low > _COHERENT_Q8 and like.coherence_high > _COHERENT_Q8
        found = {"channel": name, "digit": chr(heard.digit), "at": heard.decision, "level": heard.level, "twist": heard.twist}
        found.update({"other": other, "alike": alike})
        return found

    def levels(self):
        level = self._level
        found = {"speech": level.speech(), "mean": level.mean(), "activity": level.activity()}
        found["bands"] = self._bands.levels()
        return found


class LineTest:
    """Fields: phase (OFF, WAITING for the handset, LIFTED, OVER)."""

    def __init__(self, box):
        """`box`: main.Box, of which hal, call, note, lamp, refresh(), state and load_line() are used."""
        self._box = box
        self._far = self._near = None
        self._results = {}
        self.phase = OFF
        self._began = self._down = 0
        self._forget()

    def _forget(self):
        self._section = self._samples = self._lost = 0
        self._keys = []

    @property
    def running(self):
        """Calls are not followed."""
        return self.phase != OFF

    @property
    def on_line(self):
        """The handset is lifted: nothing that may take long."""
        return self.phase in (LIFTED, OVER)

    # requests

    def answer(self, step, argument, role):
        """One request of docs/protocol.md, section 8: its result map."""
        if step == "result":
            return self.result(argument)
        if step == "start":
            self.start(role)
        elif step == "section":
            self.section(argument)
        elif step == "store":
            self.store(argument, role)
        elif step == "end":
            self.end()
        return self.status()

    def status(self):
        measuring = self.phase in (WAITING, LIFTED)
        left = _LIMIT_S - self._elapsed() if measuring else 0
        return {"phase": _PHASES[self.phase], "left": max(0, left), "section": self._section, "samples": self._samples}

    def start(self, role):
        """On-hook only. A test under way begins anew."""
        box = self._box
        if box.call.active or (box.hal.off_hook() and not self.running):
            raise Busy("put the handset down first")
        rate = box.hal.rate
        self._far, self._near = self._far or _Channel(rate), self._near or _Channel(rate)
        self._results = {}
        self._forget()
        self.phase = LIFTED if box.hal.off_hook() else WAITING
        self._began = box.hal.uptime()
        box.note("line_test", what="started", by=role)
        box.lamp(contract.LAMP_WARNING)

    def section(self, number):
        """Measure anew under this number; what was measured until now is kept under its own. The same number again changes nothing."""
        if not 1 <= number <= _SECTIONS:
            raise Malformed("no such section")
        if self.phase not in (WAITING, LIFTED):
            raise NotReady("start the line test first")
        if number == self._section:
            return
        self._keep()
        self._forget()
        self._section = number
        self._far.reset()
        self._near.reset()

    def result(self, number):
        """What was measured in a section, kept until the next test."""
        if number == self._section and self._far:
            self._keep()
        if number not in self._results:
            raise Malformed("nothing was measured in this section")
        return self._results[number]

    def store(self, profile, role):
        """Keep the profile; it counts from the next call on."""
        box = self._box
        if box.call.active:
            raise Busy("a call is in progress")
        box.state.put("line", checked(profile))
        box.note("line_test", what="stored", by=role, hash=header.line(profile)["hash"])
        box.load_line()

    def end(self):
        """The meters go; while the handset is lifted, the call under way is still no call to the box."""
        if self.phase in (WAITING, LIFTED):
            self._keep()
            self._section = 0
            self._far = self._near = None
            self._box.note("line_test", what="ended")
            gc.collect()
        if self.phase != OFF:
            self.phase = OVER if self._box.hal.off_hook() else OFF
            self._down = 0
            self._box.refresh()

    # the line

    def block(self, lost):
        """One block stands in the call's `far` and `near`; `lost` samples were lost before it."""
        lifted = self._box.hal.off_hook()
        if self._put_down(lifted) or (self.phase != OVER and self._elapsed() >= _LIMIT_S):
            self.end()
        elif lifted and self._section and self.phase == LIFTED:
            self._measure(lost)

    def _elapsed(self):
        return self._box.hal.uptime() - self._began

    def _put_down(self, lifted):
        """True once the handset has rested on its hook after it was lifted."""
        if lifted and self.phase == WAITING:
            self.phase = LIFTED
        self._down = 0 if lifted else self._down + 1
        return self.phase != WAITING and self._down >= _ON_HOOK

    def _measure(self, lost):
        far, near = self._box.call.far, self._box.call.near
        self._samples += BLOCK
        self._lost += lost
        if self._far.feed(far, near):
            self._heard(self._far, "far")
        if self._near.feed(near, far):
            self._heard(self._near, "near")

    def _heard(self, channel, name):
        if len(self._keys) < _KEYS:
            self._keys.append(channel.key(name))

    def _keep(self):
        if self._section:
            found = {"section": self._section, "samples": self._samples, "lost": self._lost, "keys": list(self._keys)}
            found.update({"far": self._far.levels(), "near": self._near.levels()})
            self._results[self._section] = found
