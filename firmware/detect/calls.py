"""The course of a call as the line shows it: lifted, which way, answered or not. Decides when a prompt may begin.

An incoming call is answered by lifting. An outgoing one is answered when somebody speaks who is not the employee and no
progress tone sounds, or when ringing that was heard does not come again; after busy or congestion tone nobody will answer.
"""

from micropython import const

from detect.levels import Level
from detect.progress import Progress
from detect.tones import BUSY, CONGESTION, DIAL, NONE, RINGING

IN, OUT = "in", "out"
# What `feed` answers, a mask.
LIFTED = const(1)
HUNG_UP = const(2)
DIRECTION = const(4)
ANSWERED = const(8)
TONE = const(16)

LOCAL_KEY = const(2)  # `side` of detect.keys
_BLOCK = const(160)
_LIFT_MS = const(60)  # the hook must rest so long
_HANG_UP_MS = const(60)
_UNDECIDED_MS = const(1500)  # dial tone comes sooner than this
_REVISED_MS = const(15000)  # a call taken for incoming may turn out to be dialled
_VOICE_MS = const(300)
_AFTER_KEY_MS = const(300)  # a key's tone and its echoes are no voice
_DIALLED = const(2)  # local keys that make a call outgoing: one alone may be the employee's try at consent


class CallTracker:
    """Fields: lifted; direction (IN, OUT or None while undecided); answered; tone (of detect.tones); settling (the hook has
    moved and not yet rested); lift_samples (that passed since the hook moved, when LIFTED is told); far, near: meters of the
    channels, from lifting on."""

    def __init__(self, rate, profile=None):
        """`rate` is (numerator, denominator); `profile` may hold "sidetone_db": near to far, tenths of dB, negative."""
        self._rate = rate
        self.far = Level(rate)
        self.near = Level(rate)
        self._progress = Progress(rate)
        tenths = (profile or {}).get("sidetone_db")
        self._side_q8 = 256 if tenths is None else int(256 * 10 ** ((tenths + 60) / 200))  # 6 dB above the side tone
        self._lift = self._blocks(_LIFT_MS)
        self.lift_samples = (self._lift - 1) * _BLOCK
        self._hang_up = self._blocks(_HANG_UP_MS)
        self._undecided = self._blocks(_UNDECIDED_MS)
        self._revised = self._blocks(_REVISED_MS)
        self._voice_needed = self._blocks(_VOICE_MS)
        self._after_key = self._blocks(_AFTER_KEY_MS)
        self.lifted = self.settling = False
        self._moved = 0
        self._reset()

    def _blocks(self, ms):
        """Blocks that last at least `ms`."""
        return -(-ms * self._rate[0] // (1000 * self._rate[1] * _BLOCK))

    def _reset(self):
        self.direction = None
        self.answered = False
        self.tone = NONE
        self._age = self._voice = self._keys = self._hold = 0
        self._sure = self._spoke = self._pressed = self._never = False

    def feed(self, off_hook, far, near, key=0, sounding=False, hint=None):
        """One block. `key`: side of a key just decided, or 0; `sounding`: a key is held; `hint`: direction as the hardware knows it.

        Returns a mask of what is new. On-hook the audio is not looked at.
        """
        events = self._hook(off_hook, hint)
        if not self.lifted:
            return events
        self.far.feed(far)
        self.near.feed(near)
        self._age = min(self._revised, self._age + 1)
        if self.listening:
            events |= self._listen(far, key, sounding)
        return events

    @property
    def listening(self):
        """Whether keys and tones may still decide something: the direction, or when the call is answered."""
        return self.lifted and (not self.answered or (not self._sure and self._age < self._revised))

    def _hook(self, off_hook, hint):
        self.settling = off_hook != self.lifted
        if not self.settling:
            self._moved = 0
            return 0
        self._moved += 1
        if self._moved < (self._hang_up if self.lifted else self._lift):
            return 0
        self._moved = 0
        self.lifted = off_hook
        self.settling = False
        self._reset()
        return self._lifted(hint) if off_hook else HUNG_UP

    def _lifted(self, hint):
        self.far.reset()
        self.near.reset()
        self._progress.reset()
        if hint is None:
            return LIFTED
        self._sure = True
        return LIFTED | self._goes(hint)

    def _goes(self, direction):
        """The direction is known; lifting answers an incoming call."""
        self.direction = direction
        self.answered = direction == IN
        return DIRECTION | ANSWERED if self.answered else DIRECTION

    def _listen(self, far, key, sounding):
        progress = self._progress
        events = 0
        before = self.tone
        if progress.feed(far):
            self.tone = progress.tone
            events = TONE
        self._watch_voice(key, sounding)
        if not self._sure:
            events |= self._which_way()
        if self.direction == OUT and not self.answered:
            events |= self._answer(before)
        return events

    def _watch_voice(self, key, sounding):
        """Counts blocks of the other party's voice; half as fast down as up, so that a word's gaps do not end it."""
        if key == LOCAL_KEY:
            self._keys += 1
        elif key:
            self._pressed = True
        if key or sounding or self._progress.sounding:
            self._hold = self._after_key if key or sounding else self._lift
            self._voice = 0
            return
        if self._hold:
            self._hold -= 1
        elif self._theirs():
            self._voice += 2
        elif self._voice:
            self._voice -= 1
        if self._voice >= 2 * self._voice_needed:
            self._spoke = True

    def _theirs(self):
        """Sound in the far channel that is not the employee's side tone."""
        if not self.far.loud:
            return False
        near = self.near
        return not near.loud or self.far.envelope > (near.envelope >> 8) * self._side_q8

    def _which_way(self):
        """Without a hint: tones or keys before any voice mean dialled; a voice, or no dial tone in time, that the phone rang."""
        dialled = self.tone != NONE or self._keys >= _DIALLED
        if self.direction is None:
            if dialled or (self._keys and not self._spoke):
                return self._decided(OUT)
            if self._spoke:
                return self._decided(IN)
            late = self._age >= self._undecided and not self._progress.sounding
            return self._goes(IN) if late else 0
        if self._spoke or self._pressed:
            self._sure = True
            return 0
        return self._decided(OUT) if dialled and self.direction == IN else 0

    def _decided(self, direction):
        self._sure = True
        return self._goes(direction)

    def _answer(self, before):
        """Whether a person answered the outgoing call in this block."""
        tone = self.tone
        if tone == DIAL:
            self._never = False
            self._spoke = False
        elif tone == BUSY or tone == CONGESTION:
            self._never = True
        if self._never:
            return 0
        rang_out = before == RINGING and tone == NONE and not self._progress.sounding
        if rang_out or (self._spoke and tone != DIAL):
            self.answered = True
            return ANSWERED
        return 0
