"""Runs the public command `press1` as a user would, and shows each step on the terminal."""

import json
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from press1.errors import Press1Error


class StepFailed(Press1Error):
    """A command of the demonstration did not do what it should."""


class Steps:
    """Numbered steps; `folder` is what paths are shown relative to."""

    def __init__(self, console: Console, folder: Path) -> None:
        self._console = console
        self._folder = folder
        self._number = 0
        self._begun = time.monotonic()

    def begin(self, title: str) -> None:
        """Announce a step."""
        self._number += 1
        passed = time.monotonic() - self._begun
        self._console.print(f"\n[bold]{self._number}. {title}[/bold]  [dim]({passed:.0f} s)[/dim]", soft_wrap=True)

    def say(self, text: str) -> None:
        """A line below a step."""
        self._console.print(f"   {text}", highlight=False, soft_wrap=True)

    def press1(self, *args: str | Path, exits: int = 0) -> str:
        """Run `press1 ARGS`; its standard output. StepFailed unless it ends with `exits`."""
        words = [str(arg) for arg in args]
        self._console.print(f"   [cyan]$ {self._shown(['press1', *words])}[/cyan]", highlight=False, soft_wrap=True)
        done = subprocess.run([sys.executable, "-m", "press1", *words], capture_output=True, text=True, check=False)
        if done.returncode != exits:
            said = (done.stderr or done.stdout).strip()
            raise StepFailed(f"press1 {words[0]} ended with {done.returncode}, not with {exits}", hint=said)
        if exits:
            self.say(f"[yellow]{(done.stderr.strip().splitlines() or [''])[0]}[/yellow]  [dim](exit {exits})[/dim]")
        return done.stdout

    def json(self, *args: str | Path) -> Any:
        """Run `press1 ARGS`, which prints JSON."""
        return json.loads(self.press1(*args))

    def _shown(self, words: list[str]) -> str:
        """A command line as one would type it in the demonstration's folder."""
        return shlex.join(words).replace(f"{self._folder}/", "")
