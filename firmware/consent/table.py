"""The consent table: what each state does with each event. It decides; nothing else in the firmware does.

An event that a state does not list cannot happen there: `move` raises, and the box treats that as a failed stage.
S-numbers name the rule of docs/guidance that a row carries out. docs/consent.md shows this table and is checked against it.
"""

# States
IDLE = "idle"  # on-hook: nothing is captured (S1)
ANNOUNCING = "announcing"  # the prompt plays; its key offer has not been reached
OFFERING = "offering"  # all that must be said has been said; the prompt's tail plays
WAITING = "waiting"  # the prompt has ended; the caller may still answer
GRANTED = "granted"  # the only state in which the gate is open
REFUSED = "refused"  # the caller said no, or nothing; the call goes on unrecorded
WITHDRAWN = "withdrawn"  # the caller took the consent back; all is erased
STOPPED = "stopped"  # the employee ended it; all is erased
UNRECORDED = "unrecorded"  # the box cannot or must not record this call, whatever is pressed
FAULT = "fault"  # a stage failed: bypass, nothing is recorded until the next call
STATES = (IDLE, ANNOUNCING, OFFERING, WAITING, GRANTED, REFUSED, WITHDRAWN, STOPPED, UNRECORDED, FAULT)

# Events
OFF_HOOK = "off_hook"  # and everything stands ready: policy, clock, entropy, envelopes, slot, card
OFF_HOOK_UNREADY = "off_hook_unready"
OFFER_REACHED = "offer_reached"
PROMPT_ENDED = "prompt_ended"
ACCEPT_KEY = "accept_key"  # pressed after the offer had been spoken
EARLY_KEY = "early_key"  # the accept key, pressed before that
WITHDRAW_KEY = "withdraw_key"
OTHER_KEY = "other_key"
TIMEOUT = "timeout"  # and a further prompt remains
LAST_TIMEOUT = "last_timeout"
STOP_BUTTON = "stop_button"
STORAGE_LOST = "storage_lost"  # card, key slot or envelopes are gone when the gate should open
HANG_UP = "hang_up"
STAGE_FAILED = "stage_failed"
EVENTS = (
    OFF_HOOK, OFF_HOOK_UNREADY, OFFER_REACHED, PROMPT_ENDED, ACCEPT_KEY, EARLY_KEY, WITHDRAW_KEY, OTHER_KEY,
    TIMEOUT, LAST_TIMEOUT, STOP_BUTTON, STORAGE_LOST, HANG_UP, STAGE_FAILED,
)  # fmt: skip

# Actions, carried out by the call
NOTHING = "nothing"
ANNOUNCE = "announce"  # play the first prompt of this direction (S2)
REPEAT = "repeat"  # play the next prompt
GRANT = "grant"  # stop the prompt, open the gate at the next block (S3)
REFUSE = "refuse"  # stop the prompt at once; nothing else changes for the caller (S7)
ERASE = "erase"  # close the gate, destroy every part of this call, write the receipts (S10)
CLOSE = "close"  # end the recording and keep it
ABANDON = "abandon"  # stop prompt and recording; what was recorded is closed and kept


def _row(**moves):
    return moves


def _answered(state):
    """A state in which this call's question is settled: nothing opens it again before the next call."""
    return _row(
        accept_key=(state, NOTHING),
        withdraw_key=(state, NOTHING),
        other_key=(state, NOTHING),
        stop_button=(state, NOTHING),
        hang_up=(IDLE, NOTHING),
        stage_failed=(FAULT, NOTHING),
    )


# One row a state: event = (next state, action).
TABLE = {
    IDLE: _row(
        stop_button=(IDLE, NOTHING),
        off_hook=(ANNOUNCING, ANNOUNCE),
        off_hook_unready=(UNRECORDED, NOTHING),
        stage_failed=(FAULT, NOTHING),
    ),
    ANNOUNCING: _row(
        offer_reached=(OFFERING, NOTHING),
        prompt_ended=(REFUSED, REFUSE),  # a prompt that ends without its offer asks for nothing
        early_key=(ANNOUNCING, NOTHING),  # not informed yet (S4)
        withdraw_key=(REFUSED, REFUSE),
        other_key=(REFUSED, REFUSE),
        stop_button=(STOPPED, REFUSE),
        hang_up=(IDLE, REFUSE),
        stage_failed=(FAULT, ABANDON),
    ),
    OFFERING: _row(
        prompt_ended=(WAITING, NOTHING),
        early_key=(OFFERING, NOTHING),
        accept_key=(GRANTED, GRANT),  # S5: the one way in
        withdraw_key=(REFUSED, REFUSE),
        other_key=(REFUSED, REFUSE),
        stop_button=(STOPPED, REFUSE),
        hang_up=(IDLE, REFUSE),
        stage_failed=(FAULT, ABANDON),
    ),
    WAITING: _row(
        accept_key=(GRANTED, GRANT),  # S5: the one way in
        withdraw_key=(REFUSED, REFUSE),
        other_key=(REFUSED, REFUSE),
        timeout=(ANNOUNCING, REPEAT),
        last_timeout=(REFUSED, REFUSE),  # silence is no (S5)
        stop_button=(STOPPED, REFUSE),
        hang_up=(IDLE, REFUSE),
        stage_failed=(FAULT, ABANDON),
    ),
    GRANTED: _row(
        accept_key=(GRANTED, NOTHING),
        other_key=(GRANTED, NOTHING),  # callers type personal numbers: not even looked at
        withdraw_key=(WITHDRAWN, ERASE),  # S9, S10
        stop_button=(STOPPED, ERASE),  # S9: the caller told the employee
        storage_lost=(UNRECORDED, CLOSE),
        hang_up=(IDLE, CLOSE),
        stage_failed=(FAULT, ABANDON),
    ),
    REFUSED: _answered(REFUSED),
    WITHDRAWN: _answered(WITHDRAWN),
    STOPPED: _answered(STOPPED),
    UNRECORDED: _answered(UNRECORDED),
    FAULT: _row(
        accept_key=(FAULT, NOTHING),
        withdraw_key=(FAULT, NOTHING),
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
