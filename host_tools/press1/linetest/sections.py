"""What a technician does, section by section, in the order in which it is done."""

from dataclasses import dataclass

PRESSES = "101010"  # the keys that consent hangs on, three times each


@dataclass(frozen=True)
class Step:
    """One section: its number on the link, its name, what the technician does, and for how long at least."""

    number: int
    name: str
    words: str
    seconds: int


_PRESS = "press " + " ".join(PRESSES) + ", each for as long as a word, with a short pause between"
STEPS = (
    Step(1, "quiet", "Nobody speaks, on either phone.", 5),
    Step(2, "far-voice", "Somebody speaks into the OTHER phone; nobody into this one.", 10),
    Step(3, "near-voice", "Speak into THIS handset as usual; nobody into the other phone.", 10),
    Step(4, "far-keys", f"On the OTHER phone, {_PRESS}. Nobody speaks.", 5),
    Step(5, "local-keys", f"On THIS phone, {_PRESS}. Nobody speaks.", 5),
)
NAMES = tuple(step.name for step in STEPS)
SPARE = 8  # a section nobody asks for: going there and back measures one anew


def named(name: str) -> Step:
    """The step of this name; KeyError where there is none."""
    return {step.name: step for step in STEPS}[name]
