"""Numbers of the DTMF score, trained on voices and key presses; see docs/dtmf.md. Units: 256 = 3.01 dB."""

# Bias, then (weight Q8, lower clip, upper clip) for each feature in the order of score.py.
WEIGHTS = (
    0,
    0, 0, 2048,
    64, 0, 2048,
    32, -1000, 1700,
    32, -1000, 1700,
    128, -1000, 1700,
) + (0, 0, 0) * 10  # fmt: skip
LIMITS = (-3850, -880, 590)  # level floor, twist high minus low from/to
EARLY = 1200
NOT_BAD = 600
THREE = 1000
FIVE = 900
