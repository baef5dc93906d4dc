"""Modelled phones: what of each sound reaches the two taps (docs/simulator.md)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Phone:
    """Gains in dB; None where nothing arrives.

    far_keys: the caller's keys come as tones. keypad_ear, keypad_mouth: the own keypad in the far and in the near channel, against
    the key's level. sidetone: near sounds in the far channel. leak: far sounds in the near channel. swapped: the taps are
    connected the other way round.
    """

    far_keys: bool = True
    keypad_ear: float | None = 0.0
    keypad_mouth: float | None = -12.0
    sidetone: float | None = -16.0
    leak: float | None = -36.0
    swapped: bool = False


DEFAULT = "in-band"
MODELS = {
    DEFAULT: Phone(sidetone=None, leak=None),
    "rtp-events": Phone(far_keys=False),
    "loud-keypad": Phone(keypad_ear=6.0, keypad_mouth=0.0),
    "ear-only-keypad": Phone(keypad_mouth=None),
    "swapped": Phone(swapped=True),
}
