"""Whose key was it? Two detectors, a comparison of the channels and what is known of the phone give one verdict.

A key of the other party arrives in the far channel alone (the handset microphone hears at most the earpiece's faint leak). The local
keypad's own tones stand in both channels. So a far key is the employee's if what the near channel has of its tones is no weaker than
leakage, and either the near detector decided the same key, or both tones are coherent (speech hides them from a detector, not from
this). A phone that sounds its keypad in the earpiece alone is told by the level and twist learnt at installation.
The verdict comes one block after the far decision, because the near channel's detector may decide a hop later.
"""

from micropython import const

from detect.dtmf import Detector
from detect.likeness import Likeness

FAR = const(1)
LOCAL = const(2)
_LIMIT_DB = const(20)  # earpiece to microphone inside a handset loses more than this; a keypad's tones less
_TOGETHER_MS = const(120)  # two decisions this close are one press
_COHERENT_Q8 = const(-512)  # squared coherence 0.25: the tones against speech 5 dB louder in a band of 200 Hz
_TILT_Q8 = const(850)  # 10 dB: more the two tones of one generator do not differ in what the near channel has of them
_DB_Q8 = const(85)  # one dB in 256 log2(power)

# How far a key may be from the learnt local one, tenths of dB. Speech over a press moves what is measured.
_LEVEL_TENTHS = const(15)
_TWIST_TENTHS = const(10)
_SPOKEN_LEVEL_TENTHS = const(40)
_SPOKEN_TWIST_TENTHS = const(30)


class Keys:
    """Both channels. After `feed` returned 1: digit (ASCII code), decision, onset (samples), level, twist (tenths), side.

    `profile`, learnt by the line test, or None: {"limit_db": near over far below which a tone is leakage, positive;
    "local_in_band": whether the near channel carries the local keypad's tones; "local_level" (tenths of dBm0) and
    "local_twist" (tenths of dB): how they look in the far channel}; each may be missing.
    """

    def __init__(self, rate, profile=None):
        profile = profile or {}
        self._far = Detector(rate[0], rate[1])
        self._near = Detector(rate[0], rate[1])
        self._likeness = Likeness(rate)
        self._together = _TOGETHER_MS * rate[0] // (1000 * rate[1])
        self._limit_db = profile.get("limit_db", _LIMIT_DB)
        self._ear_only = not profile.get("local_in_band", True) and profile.get("local_level") is not None
        self._local_level = profile.get("local_level") or 0
        self._local_twist = profile.get("local_twist") or 0
        self.reset()

    def reset(self):
        """A new call: sample 0 is the next sample fed."""
        self._far.reset()
        self._near.reset()
        self._likeness.reset()
        self._waiting = False  # a far decision waits one block for the near channel's word
        self._near_at = -self._together - 1
        self._near_digit = 0
        self._near_told = True
        self.digit = self.decision = self.onset = self.level = self.twist = self.side = 0

    @property
    def sounding(self):
        """Whether a key is held down just now, on either side."""
        return self._far.active != 0 or self._near.active != 0

    def feed(self, far, near):
        """Takes a block of each channel; returns 1 when a key was decided, else 0."""
        told = self._far.feed(far)
        near_told = self._near.feed(near)
        self._likeness.feed(far, near)
        if near_told:
            self._near_heard()
        if self._waiting:
            self._waiting = False
            return self._verdict()
        if told:
            self._waiting = True
            return 0
        return self._near_alone()

    def _near_heard(self):
        """Waits for the far channel's word, unless that was given: leakage is heard late under speech."""
        near, far = self._near, self._far
        self._near_at = near.decision
        self._near_digit = near.digit
        again = near.digit == far.digit and (far.active == far.digit or near.decision - far.decision < self._together)
        self._near_told = again and far.decision > 0 and not self._waiting

    def _verdict(self):
        far = self._far
        self._take(far)
        if self._near_carries() or self._as_learnt():
            self.side = LOCAL
        else:
            self.side = FAR
        return 1

    def _take(self, channel):
        self.digit = channel.digit
        self.decision = channel.decision
        self.onset = channel.onset
        self.level = channel.level
        self.twist = channel.twist

    def _near_carries(self):
        """The far channel's own tones stand in the near channel too, above leakage, whatever else sounds there."""
        decided = self._near_decided()
        like = self._likeness
        like.compare(self.digit)
        if like.gain_low + like.gain_high <= -2 * _DB_Q8 * self._limit_db:
            return False
        if decided:
            return True
        alike = like.coherence_low > _COHERENT_Q8 and like.coherence_high > _COHERENT_Q8
        return alike and abs(like.gain_low - like.gain_high) < _TILT_Q8

    def _near_decided(self):
        """The near channel's detector heard the same key at the same time: one press, reported once."""
        if self._near_digit != self._far.digit or self._far.decision - self._near_at > self._together:
            return False
        self._near_told = True
        return True

    def _as_learnt(self):
        """A phone without tones in the near channel: it looks as its keypad looked at installation."""
        if not self._ear_only:
            return False
        level = abs(self.level - self._local_level)
        twist = abs(self.twist - self._local_twist)
        if level <= _LEVEL_TENTHS and twist <= _TWIST_TENTHS:
            return True
        return self._likeness.near_speaks() and level <= _SPOKEN_LEVEL_TENTHS and twist <= _SPOKEN_TWIST_TENTHS

    def _near_alone(self):
        """A key in the near channel that the far channel never had: the local keypad of a phone without side tone."""
        near = self._near
        if self._near_told or near.samples - self._near_at < self._together:
            return 0
        self._near_told = True
        self._take(near)
        self.side = LOCAL
        return 1
