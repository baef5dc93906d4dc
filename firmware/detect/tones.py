"""Call progress tones as data: ITU-T E.180 and its Supplement 2, ETSI TS 100 512 for Europe's common set.

A row is (tone, kind of sound, cadence in ms: on, off, ...; none for a continuous tone). Rows with the same
sound and rhythm would be the same row: Denmark's congestion tone is its busy tone.
"""

from micropython import const

NONE = const(0)
DIAL = const(1)
RINGING = const(2)
BUSY = const(3)
CONGESTION = const(4)
NAMES = ("none", "dial", "ringing", "busy", "congestion")

# Kinds of sound: one tone of 400 to 450 Hz (425 in most of Europe, 440 in France, 400+450 in Ireland), or a pair.
ONE = const(1)
PAIR_350_440 = const(2)
PAIR_440_480 = const(3)
PAIR_480_620 = const(4)

ROWS = (
    # Denmark and the European set
    (DIAL, ONE, ()),
    (RINGING, ONE, (1000, 4000)),
    (BUSY, ONE, (500, 500)),
    (BUSY, ONE, (250, 250)),  # Denmark, busy and congestion
    (CONGESTION, ONE, (200, 200)),
    # Neighbours whose rhythm differs
    (RINGING, ONE, (1000, 5000)),  # Sweden, Austria
    (RINGING, ONE, (1000, 3000)),  # Belgium
    (RINGING, ONE, (1500, 3500)),  # France, Spain
    (RINGING, ONE, (400, 200, 400, 2000)),  # Ireland
    # North America
    (DIAL, PAIR_350_440, ()),
    (RINGING, PAIR_440_480, (2000, 4000)),
    (BUSY, PAIR_480_620, (500, 500)),
    (CONGESTION, PAIR_480_620, (250, 250)),
)

# Bins of the analysis, Hz: pairs' members stand alone, the four between cover 400 to 450 Hz.
BINS_HZ = (350, 400, 415, 430, 445, 480, 620)
