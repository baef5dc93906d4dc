"""From measurements to a line profile and a verdict in plain words. The limits and their reasons: docs/line-test.md."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from press1.errors import Usage
from press1.linetest.measures import Key, Section
from press1.linetest.sections import PRESSES, STEPS

FLOOR_DBM0 = -70.0  # nothing is quieter than this
_VOICE_DBM0 = -45.0  # a voice that arrives is louder
_VOICE_RANGE_DBM0 = (-33.0, -9.0)  # active speech level that neither clips nor drowns
_NOISE_DBM0 = -48.0
_OVER_NOISE_DB = 6.0
_APART_DB = 3.0  # which channel is which
_HEARD = len(PRESSES) - 1  # presses that must be heard: one may go wrong
_LIMIT_DB, _MARGIN_DB = 20, 3.0  # the box's own limit, and how far both sides must be from it
_NO_LEAK_DB = 40.0
_LEVEL_DB, _TWIST_DB = 4.0, 3.0  # as firmware/detect/keys.py under speech
_LOUD_DBM0 = -6.0


@dataclass(frozen=True)
class Finding:
    """`weight`: good, note, or bad; bad ones speak against consent by key."""

    weight: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """`profile` goes into the box; `sections` have far and near the right way round; `by_key`: whether consent by key may be used."""

    profile: dict[str, Any]
    findings: tuple[Finding, ...]
    sections: tuple[Section, ...]
    by_key: bool

    @property
    def words(self) -> str:
        """The verdict in one sentence."""
        bad = [found.text for found in self.findings if found.weight == "bad"]
        exchanged = "; its taps are the other way round, which the box puts right" if self.profile["swapped"] else ""
        return bad[0] if bad else "consent by key works on this phone" + exchanged


def judge(measured: list[Section], phone: str, wiring: str, now: int) -> Verdict:
    """`measured`: one section a step, in order, as the taps are connected. Usage when a section is too short to judge."""
    for step, found in zip(STEPS, measured, strict=True):
        if found.seconds < min(3, step.seconds):
            raise Usage(f"section {step.name} has {found.seconds:.1f} s of audio", "was the handset lifted? measure it again")
    swapped, wired = _orientation(measured[1], measured[2])
    quiet, far_voice, near_voice, far_keys, local_keys = sections = tuple(one.exchanged() if swapped else one for one in measured)
    side_tone = _passes(near_voice.near.speech, near_voice.far.speech, quiet.far.mean)
    arrive, arriving = _far_keys(far_keys)
    keypad, own = _local_keys(far_keys, local_keys)
    findings = [wired, *_levels(quiet, far_voice, near_voice), _side_tone(side_tone), arriving, *own]
    if any(one.lost for one in measured):
        findings.append(
            Finding("note", "the box could not keep up with the line for a moment: measure again if a section surprises")
        )
    profile = {
        **keypad,
        "sidetone_db": None if side_tone is None else round(10 * side_tone),
        "phone": phone[:60],
        "wiring": wiring[:60],
        "far_keys": arrive,
        "swapped": swapped,
        "tested": now,
    }
    findings.sort(key=lambda found: found is not arriving)  # whether keys arrive comes first: nothing else matters without them
    return Verdict(profile, tuple(findings), sections, all(found.weight != "bad" for found in findings))


def _or_floor(level: float | None) -> float:
    return FLOOR_DBM0 if level is None else max(FLOOR_DBM0, level)


def _orientation(far_voice: Section, near_voice: Section) -> tuple[bool, Finding]:
    """Whether the taps are the other way round: each voice is louder in its own channel."""
    theirs = _or_floor(far_voice.far.speech) - _or_floor(far_voice.near.speech)
    ours = _or_floor(near_voice.near.speech) - _or_floor(near_voice.far.speech)
    if theirs < -_APART_DB and ours < -_APART_DB:
        return True, Finding("note", "far and near are connected the other way round: with this profile the box exchanges them")
    if theirs > _APART_DB and ours > -_APART_DB:
        return False, Finding("good", "each voice is loudest in its own channel: the wiring is right")
    return False, Finding(
        "bad",
        f"the two voices cannot be told apart ({theirs:+.0f} and {ours:+.0f} dB): check the wiring of both taps and test again",
    )


def _levels(quiet: Section, far_voice: Section, near_voice: Section) -> list[Finding]:
    voices = (("the other party's voice", far_voice.far.speech), ("the employee's voice", near_voice.near.speech))
    found = [_level(name, _or_floor(level)) for name, level in voices]
    for name, noise in (("far", quiet.far.mean), ("near", quiet.near.mean)):
        if _or_floor(noise) > _NOISE_DBM0:
            found.append(
                Finding("note", f"noise in {name} is {noise:.0f} dBm0 while nobody speaks: look for hum, or a live microphone")
            )
    return found


def _level(name: str, level: float) -> Finding:
    low, high = _VOICE_RANGE_DBM0
    if level <= _VOICE_DBM0:
        return Finding("bad", f"{name} hardly arrives ({level:.0f} dBm0): check the wiring and the gain of this tap")
    if not low <= level <= high:
        way = "quiet: raise" if level < low else "loud: lower"
        return Finding("note", f"{name} is {level:.0f} dBm0, too {way} the gain of this tap")
    return Finding("good", f"{name} is {level:.0f} dBm0")


def _passes(from_level: float | None, to_level: float | None, noise: float | None) -> float | None:
    """dB by which a sound comes through from one channel to the other; None where it does not stand out of the noise."""
    if from_level is None or to_level is None or to_level < max(FLOOR_DBM0, _or_floor(noise) + _OVER_NOISE_DB):
        return None
    return max(-60.0, min(20.0, to_level - from_level))


def _side_tone(side_tone: float | None) -> Finding:
    if side_tone is None:
        return Finding("good", "no side tone: the employee's voice stands in near alone")
    return Finding("good", f"side tone: the employee's voice stands in far at {side_tone:+.0f} dB")


def _far_keys(section: Section) -> tuple[bool, Finding]:
    keys = [key for key in section.heard("far") if key.digit in PRESSES]
    if len(keys) >= _HEARD:
        level, twist = median(key.level for key in keys), median(key.twist for key in keys)
        return True, Finding(
            "good", f"the caller's keys arrive: {len(keys)} of {len(PRESSES)}, {level:.0f} dBm0, twist {twist:+.1f} dB"
        )
    if keys:
        heard = f"this phone passes on only {len(keys)} of {len(PRESSES)} of the caller's keys"
        return False, Finding("bad", f"{heard}: use the spoken-yes profile")
    return False, Finding("bad", "this phone does not pass on the caller's keys: use the spoken-yes profile")


def _local_keys(far_keys: Section, local_keys: Section) -> tuple[dict[str, Any], list[Finding]]:
    """What the profile says of the own keypad, and how well it can be told from a caller's."""
    in_far, in_near = local_keys.heard("far"), local_keys.heard("near")
    both = [key for key in in_far if key.other is not None]
    in_band = max(len(in_near), len(both)) >= _HEARD
    keypad: dict[str, Any] = {"limit_db": _LIMIT_DB, "local_in_band": in_band, "local_level": None, "local_twist": None}
    if in_far:
        keypad["local_level"] = round(10 * median(key.level for key in in_far))
        keypad["local_twist"] = round(10 * median(key.twist for key in in_far))
    if not in_far and not in_near:
        return keypad, [Finding("note", "the own keypad makes no tones on the line: none of its keys can count")]
    if in_band:
        return _in_both(keypad, far_keys, both, in_far)
    if len(in_far) < _HEARD or in_near:
        return keypad, [Finding("bad", "the own keypad is heard now and then only: press each key longer and test again")]
    return keypad, [_in_ear_alone(far_keys.heard("far"), keypad)]


def _in_both(
    keypad: dict[str, Any], far_keys: Section, both: list[Key], in_far: list[Key]
) -> tuple[dict[str, Any], list[Finding]]:
    """The keypad sounds in near: the limit lies between its tones and the leak of the caller's."""
    leak = min([-key.other for key in far_keys.heard("far") if key.other is not None], default=_NO_LEAK_DB)
    own = max([-key.other for key in both if key.other is not None], default=0.0)
    findings = []
    if leak - own < 2 * _MARGIN_DB:
        text = f"the caller's keys leak into near ({-leak:+.0f} dB) as loud as the own keypad sounds there ({-own:+.0f} dB)"
        findings.append(Finding("bad", f"{text}: use the spoken-yes profile"))
    elif not own + _MARGIN_DB <= _LIMIT_DB <= leak - _MARGIN_DB:
        keypad["limit_db"] = max(3, min(60, round((own + leak) / 2)))
    findings.append(
        Finding("good", f"the own keypad sounds in near too ({-own:+.0f} dB against far): its keys do not count as the caller's")
    )
    if in_far and median(key.level for key in in_far) > _LOUD_DBM0:
        findings.append(
            Finding("note", f"the own keypad is loud in the earpiece ({median(key.level for key in in_far):+.0f} dBm0)")
        )
    return keypad, findings


def _in_ear_alone(callers: list[Key], keypad: dict[str, Any]) -> Finding:
    level, twist = keypad["local_level"] / 10, keypad["local_twist"] / 10
    alike = [key for key in callers if abs(key.level - level) <= _LEVEL_DB and abs(key.twist - twist) <= _TWIST_DB]
    heard = f"the own keypad sounds in the earpiece alone, at {level:.0f} dBm0"
    if alike:
        return Finding("bad", f"{heard}, and the caller's keys look just like it: use the spoken-yes profile")
    return Finding("note", f"{heard}: keys of that level do not count, whoever pressed them")
