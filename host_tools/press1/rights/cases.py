"""The case log (S23 to S26, S31, S37): `cases.jsonl` among what this computer keeps, one step a line, appended and never rewritten.

A case is known by its number, `2026-0001`. Its lines name recordings and calls by id, who acted by role, and never a caller.
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from press1.errors import Damaged, Gone, Usage
from press1.vault.lock import locked

KINDS = ("objection", "hold", "release", "erasure", "access", "purge", "review", "used")
NAME = "cases.jsonl"
_OPEN = ("opened", "assessed")


@dataclass(frozen=True)
class Step:
    """One line. `step`: opened, assessed, decided or done; `outcome`: what was decided; `until`: a review date (time), 0 for none."""

    at: int
    case: str
    kind: str
    step: str
    role: str
    recordings: tuple[str, ...] = ()
    call: str = ""
    box: str = ""
    text: str = ""
    outcome: str = ""
    until: int = 0


@dataclass(frozen=True)
class Case:
    """All steps of one case, oldest first."""

    steps: tuple[Step, ...]

    @property
    def number(self) -> str:
        return self.steps[0].case

    @property
    def kind(self) -> str:
        return self.steps[0].kind

    @property
    def opened(self) -> int:
        """Time of its first step."""
        return self.steps[0].at

    @property
    def open(self) -> bool:
        """Somebody must still decide."""
        return self.steps[-1].step in _OPEN

    @property
    def recordings(self) -> tuple[str, ...]:
        """Ids that it is about."""
        return tuple(dict.fromkeys(ident for step in self.steps for ident in step.recordings))

    @property
    def call(self) -> str:
        """Id of the call that it is about, or ""."""
        return next((step.call for step in self.steps if step.call), "")

    def about(self, recordings: Sequence[str], call: str = "") -> bool:
        """It concerns one of these recordings, or this call."""
        return bool(set(recordings) & set(self.recordings)) or (call != "" and call == self.call)


class CaseLog:
    """The file in a home folder. `now` fixes the clock (tests)."""

    def __init__(self, home: Path, now: int | None = None) -> None:
        self.path = home / NAME
        self._now = now

    def now(self) -> int:
        """UTC seconds by this computer's clock."""
        return int(time.time()) if self._now is None else self._now

    def steps(self) -> list[Step]:
        """All lines, oldest first. A last line that a power cut tore is left out; Damaged for any other that is none."""
        try:
            lines = self.path.read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            return []
        return [step for number, line in enumerate(lines, 1) if (step := self._step(line, number, number == len(lines)))]

    def _step(self, line: str, number: int, last: bool) -> Step | None:
        if not line:
            return None
        try:
            row = json.loads(line)
            return Step(**{**row, "recordings": tuple(row["recordings"])})
        except (ValueError, TypeError, KeyError) as error:
            if last:
                return None
            raise Damaged(f"{self.path}: line {number} is no step of a case", "take the file back from a backup") from error

    def cases(self) -> list[Case]:
        """All cases, in the order in which they were opened."""
        found: dict[str, list[Step]] = {}
        for step in self.steps():
            found.setdefault(step.case, []).append(step)
        return [Case(tuple(steps)) for steps in found.values()]

    def get(self, number: str) -> Case:
        """The case of that number; Gone where there is none."""
        for case in self.cases():
            if case.number == number:
                return case
        raise Gone(f"there is no case {number}", "`press1 object ls` shows the cases there are")

    def add(self, kind: str, step: str, role: str, case: str = "", **fields: object) -> Step:
        """Append a step, to a new case unless `case` names one. Usage where role or file is no good."""
        if not role.strip():
            raise Usage("who acts?", '--role "data protection officer": a role, no name')
        with self._turn():
            made = Step(self.now(), case or self._next(), kind, step, role.strip(), **fields)  # type: ignore[arg-type]
            self._append(json.dumps(asdict(made), ensure_ascii=False))
        return made

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One at a time, here and in other programs: two cases must not get one number."""
        with self._writing():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            guard = self.path.with_suffix(".lock")
            guard.touch()
        with locked(guard):
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Usage(f"cannot write {self.path}: {error.strerror}", "set PRESS1_HOME to a folder you may write in") from error

    def _next(self) -> str:
        year = datetime.fromtimestamp(self.now(), UTC).year
        taken = [int(case.number[5:]) for case in self.cases() if case.number.startswith(f"{year}-")]
        return f"{year}-{max(taken, default=0) + 1:04d}"

    def _append(self, line: str) -> None:
        with self._writing(), self.path.open("ab+") as file:
            size = file.seek(0, os.SEEK_END)
            if size and _last(file, size) != b"\n":
                file.truncate(_whole(self.path))  # a line that a power cut tore
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _last(file: BinaryIO, size: int) -> bytes:
    file.seek(size - 1)
    found: bytes = file.read(1)
    return found


def _whole(path: Path) -> int:
    """Bytes up to the end of the last whole line."""
    return path.read_bytes().rfind(b"\n") + 1


def used(log: CaseLog) -> set[str]:
    """Ids of recordings that were marked as used (S37): the vault has no mark of its own."""
    return {ident for step in log.steps() if step.kind == "used" for ident in step.recordings}
