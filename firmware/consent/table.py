"""The consent table: what each state does with each event. It decides; nothing else in the firmware does.

An event that a state does not list cannot happen there: `move` raises, and the box treats that as a failed stage.
S-numbers name the rule of docs/guidance.md that a row carries out. docs/consent.md shows this table and is checked against it.
"""

from micropython import const

# States
IDLE = const("idle")  # on-hook: nothing is captured (S1)
LIFTED = const("lifted")  # off-hook; an outgoing call that nobody has answered yet
ANNOUNCING = const("announcing")  # the prompt plays; its key offer has not been reached
OFFERING = const("offering")  # all that must be said has been said; the prompt's tail plays
WAITING = const("waiting")  # the prompt has ended; the caller may still answer
GRANTED = const("granted")  # the only state in which the gate is open
REFUSED = const("refused")  # the caller said no, or nothing; the call goes on unrecorded
WITHDRAWN = const("withdrawn")  # the caller took it back, or opted out during the call; all is erased
STOPPED = const("stopped")  # the employee ended it; all is erased
UNRECORDED = const("unrecorded")  # the box cannot or must not record this call, whatever is pressed
FAULT = const("fault")  # a stage failed: bypass, nothing is recorded until the next call
STATES = (IDLE, LIFTED, ANNOUNCING, OFFERING, WAITING, GRANTED, REFUSED, WITHDRAWN, STOPPED, UNRECORDED, FAULT)

# Events
OFF_HOOK = const("off_hook")
ANSWERED = const("answered")  # both parties are there, everything stands ready, and a purpose is left to ask for or to announce
UNREADY = const("unready")  # both parties are there, and something is missing or no purpose is left
UNANSWERED = const("unanswered")  # the line says after all that nobody has answered yet
OFFER_REACHED = const("offer_reached")
PROMPT_ENDED = const("prompt_ended")  # and only asked purposes are left
PROMPT_FAILED = const("prompt_failed")  # its flash cannot be read, or holds something else than it did
NOTICE_GIVEN = const("notice_given")  # the prompt was played to its last sample, and a purpose that needs no consent is left
ACCEPTED = const("accepted")  # by key or attested by button, after the offer; the gate waits for nothing else
JOINED = const("joined")  # likewise, but another purpose's notice still plays, or the gate is open for it
EARLY_KEY = const("early_key")  # the accept key, pressed before the offer had been spoken
DROPPED = const("dropped")  # a purpose was refused, withdrawn or opted out of; others are left
DROPPED_ALL = const("dropped_all")  # and none is left
OTHER_KEY = const("other_key")  # means nothing now
TIMEOUT = const("timeout")  # and a further prompt remains
LAST_TIMEOUT = const("last_timeout")
STOP_BUTTON = const("stop_button")
THREAT = const("threat")  # the employee's deliberate two-step act (S12)
STORAGE_LOST = const("storage_lost")  # card, key slot or envelopes are gone when the gate should open
HANG_UP = const("hang_up")
STAGE_FAILED = const("stage_failed")
EVENTS = (
    OFF_HOOK, ANSWERED, UNREADY, UNANSWERED, OFFER_REACHED, PROMPT_ENDED, PROMPT_FAILED, NOTICE_GIVEN, ACCEPTED, JOINED, EARLY_KEY, DROPPED,
    DROPPED_ALL, OTHER_KEY, TIMEOUT, LAST_TIMEOUT, STOP_BUTTON, THREAT, STORAGE_LOST, HANG_UP, STAGE_FAILED,
)  # fmt: skip

# Actions, carried out by the call
NOTHING = const("nothing")
ANNOUNCE = const("announce")  # play the first prompt of this direction (S2)
REPEAT = const("repeat")  # play the next prompt
GRANT = const("grant")  # stop the prompt, open the gate at the next block (S3)
TURN = const("turn")  # the purposes have changed: what follows is a part of its own
HUSH = const("hush")  # stop the prompt; it is played anew when somebody answers
REFUSE = const("refuse")  # stop the prompt at once; nothing else changes for the caller (S7)
ERASE = const("erase")  # close the gate, destroy every part of this call, write the receipts (S10)
CLOSE = const("close")  # end the recording and keep it
ABANDON = const("abandon")  # stop prompt and recording; what was recorded is closed and kept


# Rows are (event, next state, action); `_SAME`: the state stays. Tuples of constants, because these stand in flash and take no heap.
_SAME = const("")

# A state in which the prompt plays or the caller may answer: no is always possible and costs nothing.
_ASKING = const((
    (UNANSWERED, LIFTED, HUSH),  # S14: never into ringing
    (EARLY_KEY, _SAME, NOTHING),  # not informed yet (S4)
    (DROPPED, _SAME, NOTHING),
    (DROPPED_ALL, REFUSED, REFUSE),  # S5, S7, S33
    (OTHER_KEY, _SAME, NOTHING),
    (STOP_BUTTON, STOPPED, REFUSE),
    (THREAT, GRANTED, GRANT),  # S12
    (HANG_UP, IDLE, REFUSE),
    (STAGE_FAILED, FAULT, ABANDON),
))  # fmt: skip

# A state in which this call's question is settled: nothing but a threat opens the gate before the next call.
_ANSWERED = const((
    (OTHER_KEY, _SAME, NOTHING),
    (STOP_BUTTON, _SAME, NOTHING),
    (THREAT, GRANTED, GRANT),  # S12: whatever was refused
    (HANG_UP, IDLE, NOTHING),
    (STAGE_FAILED, FAULT, NOTHING),
))  # fmt: skip

# One entry a state: its own rows, and those it shares with others. No event stands in both.
TABLE = const((
    (IDLE, (
        (STOP_BUTTON, IDLE, NOTHING),
        (OFF_HOOK, LIFTED, NOTHING),
        (STAGE_FAILED, FAULT, NOTHING),
    ), ()),
    (LIFTED, (
        (ANSWERED, ANNOUNCING, ANNOUNCE),
        (UNREADY, UNRECORDED, NOTHING),
        (OTHER_KEY, LIFTED, NOTHING),
        (STOP_BUTTON, STOPPED, NOTHING),
        (THREAT, GRANTED, GRANT),  # S12
        (HANG_UP, IDLE, NOTHING),
        (STAGE_FAILED, FAULT, NOTHING),
    ), ()),
    (ANNOUNCING, (
        (OFFER_REACHED, OFFERING, NOTHING),
        (PROMPT_FAILED, REFUSED, REFUSE),  # nobody was told what must be told (S2, S4)
        (PROMPT_ENDED, REFUSED, REFUSE),  # a prompt that ends without its offer asks for nothing
        (NOTICE_GIVEN, GRANTED, GRANT),  # a notice that offers no key
    ), _ASKING),
    (OFFERING, (
        (ACCEPTED, GRANTED, GRANT),  # S5: the way in by consent
        (JOINED, OFFERING, NOTHING),  # S44: training is agreed to; the notice plays to its end
        (PROMPT_ENDED, WAITING, NOTHING),
        (PROMPT_FAILED, REFUSED, REFUSE),
        (NOTICE_GIVEN, GRANTED, GRANT),  # S2: announced to the last sample
    ), _ASKING),
    (WAITING, (
        (ACCEPTED, GRANTED, GRANT),  # S5: the way in by consent
        (TIMEOUT, ANNOUNCING, REPEAT),
        (LAST_TIMEOUT, REFUSED, REFUSE),  # silence is no (S5)
    ), _ASKING),
    (GRANTED, (
        (JOINED, GRANTED, TURN),
        (EARLY_KEY, GRANTED, NOTHING),
        (DROPPED, GRANTED, TURN),  # S44, S45: that use ends, the rest goes on
        (DROPPED_ALL, WITHDRAWN, ERASE),  # S9, S10, S33
        (OTHER_KEY, GRANTED, NOTHING),  # callers type personal numbers: not even looked at
        (STOP_BUTTON, STOPPED, ERASE),  # S9: the caller told the employee
        (THREAT, GRANTED, TURN),
        (STORAGE_LOST, UNRECORDED, CLOSE),
        (HANG_UP, IDLE, CLOSE),
        (STAGE_FAILED, FAULT, ABANDON),
    ), ()),
    (REFUSED, (), _ANSWERED),
    (WITHDRAWN, (), _ANSWERED),
    (STOPPED, (), _ANSWERED),
    (UNRECORDED, (), _ANSWERED),
    (FAULT, (
        (OTHER_KEY, FAULT, NOTHING),
        (STOP_BUTTON, FAULT, NOTHING),
        (HANG_UP, IDLE, NOTHING),
        (STAGE_FAILED, FAULT, NOTHING),
    ), ()),
))  # fmt: skip


class UnexpectedEvent(Exception):
    """An event that the state does not list."""


def _row(rows, event):
    for row in rows:
        if row[0] == event:
            return row
    return None


def move(state, event):
    """(next state, action); raises `UnexpectedEvent`."""
    for name, own, shared in TABLE:
        row = (_row(own, event) or _row(shared, event)) if name == state else None
        if row:
            return row[1] or state, row[2]
    raise UnexpectedEvent(state + " " + event)
