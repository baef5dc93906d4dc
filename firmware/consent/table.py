"""The consent table: what each state does with each event. It decides; nothing else in the firmware does.

An event that a state does not list cannot happen there: `move` raises, and the box treats that as a failed stage.
S-numbers name the rule of docs/guidance.md that a row carries out. docs/consent.md shows this table and is checked against it.
"""

# States
IDLE = "idle"  # on-hook: nothing is captured (S1)
LIFTED = "lifted"  # off-hook; an outgoing call that nobody has answered yet
ANNOUNCING = "announcing"  # the prompt plays; its key offer has not been reached
OFFERING = "offering"  # all that must be said has been said; the prompt's tail plays
WAITING = "waiting"  # the prompt has ended; the caller may still answer
GRANTED = "granted"  # the only state in which the gate is open
REFUSED = "refused"  # the caller said no, or nothing; the call goes on unrecorded
WITHDRAWN = "withdrawn"  # the caller took it back, or opted out during the call; all is erased
STOPPED = "stopped"  # the employee ended it; all is erased
UNRECORDED = "unrecorded"  # the box cannot or must not record this call, whatever is pressed
FAULT = "fault"  # a stage failed: bypass, nothing is recorded until the next call
STATES = (IDLE, LIFTED, ANNOUNCING, OFFERING, WAITING, GRANTED, REFUSED, WITHDRAWN, STOPPED, UNRECORDED, FAULT)

# Events
OFF_HOOK = "off_hook"
ANSWERED = "answered"  # both parties are there, everything stands ready, and a purpose is left to ask for or to announce
UNREADY = "unready"  # both parties are there, and something is missing or no purpose is left
UNANSWERED = "unanswered"  # the line says after all that nobody has answered yet
OFFER_REACHED = "offer_reached"
PROMPT_ENDED = "prompt_ended"  # and only asked purposes are left
PROMPT_FAILED = "prompt_failed"  # its flash cannot be read, or holds something else than it did
NOTICE_GIVEN = "notice_given"  # the prompt was played to its last sample, and a purpose that needs no consent is left
ACCEPTED = "accepted"  # by key or attested by button, after the offer; the gate waits for nothing else
JOINED = "joined"  # likewise, but another purpose's notice still plays, or the gate is open for it
EARLY_KEY = "early_key"  # the accept key, pressed before the offer had been spoken
DROPPED = "dropped"  # a purpose was refused, withdrawn or opted out of; others are left
DROPPED_ALL = "dropped_all"  # and none is left
OTHER_KEY = "other_key"  # means nothing now
TIMEOUT = "timeout"  # and a further prompt remains
LAST_TIMEOUT = "last_timeout"
STOP_BUTTON = "stop_button"
THREAT = "threat"  # the employee's deliberate two-step act (S12)
STORAGE_LOST = "storage_lost"  # card, key slot or envelopes are gone when the gate should open
HANG_UP = "hang_up"
STAGE_FAILED = "stage_failed"
EVENTS = (
    OFF_HOOK, ANSWERED, UNREADY, UNANSWERED, OFFER_REACHED, PROMPT_ENDED, PROMPT_FAILED, NOTICE_GIVEN, ACCEPTED, JOINED, EARLY_KEY, DROPPED,
    DROPPED_ALL, OTHER_KEY, TIMEOUT, LAST_TIMEOUT, STOP_BUTTON, THREAT, STORAGE_LOST, HANG_UP, STAGE_FAILED,
)  # fmt: skip

# Actions, carried out by the call
NOTHING = "nothing"
ANNOUNCE = "announce"  # play the first prompt of this direction (S2)
REPEAT = "repeat"  # play the next prompt
GRANT = "grant"  # stop the prompt, open the gate at the next block (S3)
TURN = "turn"  # the purposes have changed: what follows is a part of its own
HUSH = "hush"  # stop the prompt; it is played anew when somebody answers
REFUSE = "refuse"  # stop the prompt at once; nothing else changes for the caller (S7)
ERASE = "erase"  # close the gate, destroy every part of this call, write the receipts (S10)
CLOSE = "close"  # end the recording and keep it
ABANDON = "abandon"  # stop prompt and recording; what was recorded is closed and kept


def _row(**moves):
    return moves


def _asking(state, **moves):
    """A state in which the prompt plays or the caller may answer: no is always possible and costs nothing."""
    row = _row(
        unanswered=(LIFTED, HUSH),  # S14: never into ringing
        early_key=(state, NOTHING),  # not informed yet (S4)
        dropped=(state, NOTHING),
        dropped_all=(REFUSED, REFUSE),  # S5, S7, S33
        other_key=(state, NOTHING),
        stop_button=(STOPPED, REFUSE),
        threat=(GRANTED, GRANT),  # S12
        hang_up=(IDLE, REFUSE),
        stage_failed=(FAULT, ABANDON),
    )
    row.update(moves)
    return row


def _answered(state):
    """A state in which this call's question is settled: nothing but a threat opens the gate before the next call."""
    return _row(
        other_key=(state, NOTHING),
        stop_button=(state, NOTHING),
        threat=(GRANTED, GRANT),  # S12: whatever was refused
        hang_up=(IDLE, NOTHING),
        stage_failed=(FAULT, NOTHING),
    )


# One row a state: event = (next state, action).
TABLE = {
    IDLE: _row(
        stop_button=(IDLE, NOTHING),
        off_hook=(LIFTED, NOTHING),
        stage_failed=(FAULT, NOTHING),
    ),
    LIFTED: _row(
        answered=(ANNOUNCING, ANNOUNCE),
        unready=(UNRECORDED, NOTHING),
        other_key=(LIFTED, NOTHING),
        stop_button=(STOPPED, NOTHING),
        threat=(GRANTED, GRANT),  # S12
        hang_up=(IDLE, NOTHING),
        stage_failed=(FAULT, NOTHING),
    ),
    ANNOUNCING: _asking(
        ANNOUNCING,
        offer_reached=(OFFERING, NOTHING),
        prompt_failed=(REFUSED, REFUSE),  # nobody was told what must be told (S2, S4)
        prompt_ended=(REFUSED, REFUSE),  # a prompt that ends without its offer asks for nothing
        notice_given=(GRANTED, GRANT),  # a notice that offers no key
    ),
    OFFERING: _asking(
        OFFERING,
        accepted=(GRANTED, GRANT),  # S5: the way in by consent
        joined=(OFFERING, NOTHING),  # S44: training is agreed to; the notice plays to its end
        prompt_ended=(WAITING, NOTHING),
        prompt_failed=(REFUSED, REFUSE),
        notice_given=(GRANTED, GRANT),  # S2: announced to the last sample
    ),
    WAITING: _asking(
        WAITING,
        accepted=(GRANTED, GRANT),  # S5: the way in by consent
        timeout=(ANNOUNCING, REPEAT),
        last_timeout=(REFUSED, REFUSE),  # silence is no (S5)
    ),
    GRANTED: _row(
        joined=(GRANTED, TURN),
        early_key=(GRANTED, NOTHING),
        dropped=(GRANTED, TURN),  # S44, S45: that use ends, the rest goes on
        dropped_all=(WITHDRAWN, ERASE),  # S9, S10, S33
        other_key=(GRANTED, NOTHING),  # callers type personal numbers: not even looked at
        stop_button=(STOPPED, ERASE),  # S9: the caller told the employee
        threat=(GRANTED, TURN),
        storage_lost=(UNRECORDED, CLOSE),
        hang_up=(IDLE, CLOSE),
        stage_failed=(FAULT, ABANDON),
    ),
    REFUSED: _answered(REFUSED),
    WITHDRAWN: _answered(WITHDRAWN),
    STOPPED: _answered(STOPPED),
    UNRECORDED: _answered(UNRECORDED),
    FAULT: _row(
        other_key=(FAULT, NOTHING),
        stop_button=(FAULT, NOTHING),
        hang_up=(IDLE, NOTHING),
        stage_failed=(FAULT, NOTHING),
    ),
}


class UnexpectedEvent(Exception):
    """An event that the state does not list."""


def move(state, event):
    """(next state, action); raises `UnexpectedEvent`."""
    try:
        return TABLE[state][event]
    except KeyError:
        raise UnexpectedEvent(state + " " + event) from None
