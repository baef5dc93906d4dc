"""The scenes of the demonstration, each a step that a user could type."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
from rich.console import Console
from rich.table import Table

from press1 import audio, timeline
from press1.demo import attempts, call
from press1.demo.steps import StepFailed, Steps
from press1.errors import Press1Error

Item = dict[str, Any]  # a recording as `press1 ls --json` lists it


@dataclass(frozen=True)
class Paths:
    """Everything that the demonstration makes, below one folder."""

    out: Path

    @property
    def box(self) -> Path:
        """The simulated box."""
        return self.out / "box"

    @property
    def port(self) -> str:
        """How commands name the box."""
        return f"sim:{self.box}"

    @property
    def owner(self) -> Path:
        """The owner's private key."""
        return self.box / "host" / "owner.pem"

    @property
    def pulled(self) -> Path:
        """What the owner pulled."""
        return self.out / "pulled"

    @property
    def wav(self) -> Path:
        """The opened recording."""
        return self.out / "recording.wav"

    @property
    def png(self) -> Path:
        """The picture."""
        return self.out / "timeline.png"


def clean(out: Path) -> None:
    """An earlier run's folder goes; a folder with anything else in it is not ours to remove."""
    if out.exists() and any(out.iterdir()) and not (out / "call.toml").exists():
        raise Press1Error(f"{out} holds something else", hint="name an empty or a new folder with --out")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)


def speak(steps: Steps, paths: Paths, caller: Path | None) -> call.Call:
    """Prompts, voices and call scripts."""
    steps.begin("Speak the prompts and the voices")
    scripts = call.write(paths.out, caller)
    steps.say("A Danish and an English prompt: prompts/training-consent.da.wav, prompts/training-consent.en.wav")
    steps.say(f"The caller: {caller or 'espeak-ng, voices/caller.wav'}")
    steps.say("The call as a script, second by second: call.toml")
    return scripts


def record(steps: Steps, paths: Paths, scripts: call.Call) -> Item:
    """Make the box and play the call on it; the one recording that it lists."""
    steps.begin("Make a box, enrol its owner, and let the phone ring")
    steps.press1("sim", "run", scripts.script, "--box", paths.box, "--out", paths.out / "call")
    steps.say("The caller hears Danish, waits, hears English, presses 1 and talks; the employee answers.")
    steps.begin("Ask the box over its serial port what it holds")
    items = steps.json("--port", paths.port, "ls", "--json")
    if len(items) != 1:
        raise StepFailed(f"the box lists {len(items)} recordings, not one", hint=str(paths.out / "call" / "events.jsonl"))
    item: Item = items[0]
    steps.say(f"One recording, {item['seconds']} s, {item['state']}, to be destroyed at {item['expires']}.")
    return item


def pull(steps: Steps, paths: Paths) -> None:
    """Fetch the sealed file and its key, check the signature, open it."""
    steps.begin("Pull it, verify it, open it")
    steps.press1("--port", paths.port, "pull", "--out", paths.pulled)
    sealed = next(paths.pulled.glob("*.p1r"))
    steps.press1("verify", sealed)
    steps.say("The box's signature is good; checked without any secret.")
    steps.press1("export", sealed, "--identity", paths.owner, "--out", paths.wav)
    steps.say("Opened with the owner's key. Listen: recording.wav (left the caller, right the employee).")


@dataclass(frozen=True)
class Before:
    """What the search found while the recording lived."""

    target: attempts.Target
    found: attempts.Findings
    speech: tuple[bytes, ...]


def search_before(steps: Steps, paths: Paths, item: Item) -> Before:
    """Search the media while the recording lives: a search that cannot find proves nothing later."""
    steps.begin("Search card and flash for what could open it, while it may still be opened")
    target = attempts.target(paths.pulled / f"{item['id']}.p1r", paths.owner)
    speech = _speech(paths)
    found = attempts.search(paths.box, target, speech)
    steps.say(f"All {found.stretches:,} stretches of 32 bytes in key flash, tried with the owner's key: {found.opened} opens it.")
    steps.say(f"The slot secret stands on: {', '.join(found.secret_on) or 'no medium'}.")
    steps.say(
        f"Speech that is not sealed, from before the consent or after, stands on: {', '.join(found.speech_on) or 'no medium'}."
    )
    _expect(found.opened == 1 and found.secret_on == ("key flash",), "the slot secret was not found where it must be")
    _expect(found.preamble_on_card, "the recording was not found on the card")
    _expect(not found.speech_on, "speech stands unsealed on a medium")
    return Before(target, found, speech)


def wait(steps: Steps, paths: Paths, scripts: call.Call) -> None:
    """The days after the call."""
    steps.begin(f"Let {call.DAYS} days pass, hour by hour, with no PC and no network")
    steps.press1("sim", "run", scripts.wait, "--box", paths.box, "--out", paths.out / "days")
    for _, at, words in timeline.rows(timeline.load(paths.out / "days" / "events.jsonl")):
        steps.say(f"{at}: {words}")


def search_after(steps: Steps, paths: Paths, item: Item, before: Before) -> None:
    """Try to get the recording back, in every way there is."""
    steps.begin("Try to get it back, with the owner's key and everything that box and card now hold")
    _expect(steps.json("--port", paths.port, "ls", "--json") == [], "the box still lists the recording")
    steps.say("The box lists nothing.")
    steps.press1("--port", paths.port, "pull", item["id"], "--out", paths.out / "again", exits=6)
    copied = _copy_without_key(paths, item)
    steps.press1("export", copied, "--identity", paths.owner, "--out", paths.out / "again.wav", exits=6)
    found = attempts.search(paths.box, before.target, before.speech)
    _expect(found.slot_zeroed, "the slot was not zeroed")
    _expect(found.opened == 0 and not found.secret_on, "the slot secret is still there")
    _expect(not found.preamble_on_card, "the recording's preamble is still on the card")
    _expect(not found.speech_on, "speech stands unsealed on a medium")
    for line in _told(found, before):
        steps.say(line)


def _told(found: attempts.Findings, before: Before) -> list[str]:
    records = len(before.target.records)
    left = f"{found.records_on_card} of {records} sealed records still lie in sectors that count as free; nothing opens them."
    return [
        "Its slot in key flash holds 32 zeros where the secret was.",
        f"All {found.stretches:,} stretches of 32 bytes in key flash, tried with the owner's key: none opens it.",
        "The slot secret stands neither in key flash, nor in state flash, nor on the card.",
        "On the card the file is unlinked and its preamble overwritten.",
        left if found.records_on_card else "No sealed record is left on the card.",
        "Not undone: pulled/ still holds the key file that the owner fetched in time; the box's receipt says that it did.",
    ]


def _copy_without_key(paths: Paths, item: Item) -> Path:
    """The sealed file as it lay on the card before expiry, without the key file that pull wrote."""
    folder = paths.out / "copied-card"
    folder.mkdir()
    return Path(shutil.copy(paths.pulled / f"{item['id']}.p1r", folder))


def _speech(paths: Paths) -> tuple[bytes, ...]:
    """The call's audio as careless boxes would have written it: all of the call, and the recording."""
    heard, said, kept = (_samples(wav) for wav in (paths.out / "call" / "ear.wav", paths.out / "call" / "line.wav", paths.wav))
    length = min(len(heard), len(said))
    both = np.concatenate([heard[:length], said[:length]], axis=1)
    forms = [audio.encode(both.reshape(-1)), both.tobytes()]
    for channels in (kept, kept[:, :1], kept[:, 1:]):
        forms += [audio.encode(channels.reshape(-1)), channels.tobytes()]
    return tuple(forms)


def _samples(wav: Path) -> npt.NDArray[np.int16]:
    return np.asarray(soundfile.read(wav, dtype="int16", always_2d=True)[0])


def _expect(good: bool, text: str) -> None:
    if not good:
        raise StepFailed(text, hint="a fault of Press1: please report it, with the demonstration's folder")


def show(console: Console, paths: Paths) -> None:
    """The timeline in words, and as a picture."""
    from press1 import picture  # late: matplotlib takes a second to load

    events = timeline.load(paths.out / "call" / "events.jsonl")
    later = timeline.load(paths.out / "days" / "events.jsonl")
    table = _table(events, later)
    console.print()
    console.print(table)
    with (paths.out / "timeline.txt").open("w", encoding="utf-8") as file:
        Console(file=file, width=130).print(table)
    picture.draw(_sheet(paths, events, later), paths.png)


def _table(events: list[timeline.Event], later: list[timeline.Event]) -> Table:
    table = Table(title="What happened", title_justify="left")
    table.add_column("in the call", justify="right")
    table.add_column("UTC")
    table.add_column("what")
    for row in timeline.rows(events):
        table.add_row(*row)
    table.add_section()
    for _, at, words in timeline.rows(later):
        table.add_row("", at, words)
    return table


def _sheet(paths: Paths, events: list[timeline.Event], later: list[timeline.Event]) -> timeline.Sheet:
    gate = next(e for e in events if e["event"] == "gate" and e["open"])
    erased = next(e for e in later if e["event"] == "journal" and e["entry"]["event"] == "erase")
    kept = (_utc(erased["at"]) - _utc(gate["at"])).total_seconds() / 86_400
    return timeline.Sheet(
        title=f"One call, and the {call.DAYS} days after it",
        ear=paths.out / "call" / "ear.wav",
        line=paths.out / "call" / "line.wav",
        recording=paths.wav,
        first_s=gate["sample"] / call.RATE,
        moments=timeline.moments(events),
        days=call.DAYS,
        kept_days=kept,
    )


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


def close(console: Console, paths: Paths, seconds: float) -> None:
    """Where everything is."""
    console.print(f"\n[bold]Done in {seconds:.0f} s.[/bold] Made in {paths.out}:")
    for name, what in (
        (paths.wav.name, "the opened recording: left the caller, right the employee"),
        (paths.png.name, "the call and its days as a picture"),
        ("timeline.txt", "the table above"),
        ("prompts/", "both prompts, to listen to"),
        ("call/", "line.wav and ear.wav, what each party heard; events.jsonl"),
        ("pulled/", "the sealed recording and its key file"),
        ("box/", "the box: card, key flash, state, and its keys in box/host"),
    ):
        console.print(f"  {name:<15} {what}")
