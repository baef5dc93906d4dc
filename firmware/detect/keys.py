"""Whose key was it? Two detectors, one verdict.

A key of the other party arrives in the far channel alone (the handset microphone hears at most the earpiece's faint leak). The local
keypad's own tones stand in both channels at comparable level: on most phones they are fed to the earpiece and to the line together.
So a far key counts as the caller's only if the near channel did not carry the same key within 20 dB, and that is known one
block after the far decision, because the near channel's detector may decide a hop later.
"""

from micropython import const

from detect.dtmf import Detector

FAR, LOCAL = const(1), const(2)
_LEAK_TENTHS_DB = const(200)  # earpiece to microphone inside a handset loses more than this; a keypad's tones less
_TOGETHER_MS = const(120)  # two decisions this close are one press


class Keys:
    """Both channels. After `feed` returned 1: digit (ASCII code), decision, onset (samples), level, twist (tenths), side."""

    def __init__(self, rate):
        self._far = Detector(rate[0], rate[1])
        self._near = Detector(rate[0], rate[1])
        self._together = _TOGETHER_MS * rate[0] // (1000 * rate[1])
        self.reset()

    def reset(self):
        """A new call: sample 0 is the next sample fed."""
        self._far.reset()
        self._near.reset()
        self._waiting = False  # a far decision waits one block for the near channel's word
        self._near_at = -self._together - 1
        self._near_digit = 0
        self._near_told = True
        self.digit = self.decision = self.onset = self.level = self.twist = self.side = 0

    def feed(self, far, near):
        """Takes a block of each channel; returns 1 when a key was decided, else 0."""
        told = self._far.feed(far)
        near_told = self._near.feed(near)
        if near_told:
            self._near_at = self._near.decision
            self._near_digit = self._near.digit
            self._near_told = False
        if self._waiting:
            self._waiting = False
            return self._verdict()
        if told:
            self._waiting = True
            return 0
        return self._near_alone()

    def _verdict(self):
        far = self._far
        self.digit = far.digit
        self.decision = far.decision
        self.onset = far.onset
        self.level = far.level
        self.twist = far.twist
        self.side = LOCAL if self._near_has_it() else FAR
        return 1

    def _near_has_it(self):
        near, far = self._near, self._far
        if self._near_digit != far.digit or far.decision - self._near_at > self._together:
            return False
        self._near_told = True
        return near.level >= far.level - _LEAK_TENTHS_DB

    def _near_alone(self):
        """A key in the near channel that the far channel never had: the local keypad of a phone without side tone."""
        near = self._near
        if self._near_told or near.samples - self._near_at < self._together:
            return 0
        self._near_told = True
        self.digit = near.digit
        self.decision = near.decision
        self.onset = near.onset
        self.level = near.level
        self.twist = near.twist
        self.side = LOCAL
        return 1
