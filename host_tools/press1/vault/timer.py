"""Have the system sweep every hour: a systemd timer of the user, or the command that makes a Windows task."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from press1.errors import Usage

NAME = "press1-vault-sweep"


def command(folder: Path) -> list[str]:
    """What the timer runs: this very Python, so that it works without a search path."""
    return [sys.executable, "-m", "press1", "vault", "--vault", str(folder.absolute()), "sweep"]


def units(folder: Path) -> dict[str, str]:
    """The systemd unit files by name. The sweep needs no passphrase."""
    words = " ".join(_quoted(word) for word in command(folder))
    service = f"[Unit]\nDescription=Destroy expired recordings of a Press1 vault\n\n[Service]\nType=oneshot\nExecStart={words}\n"
    timer = (
        "[Unit]\nDescription=Destroy expired recordings of a Press1 vault, hourly\n\n"
        "[Timer]\nOnBootSec=2min\nOnCalendar=hourly\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )
    return {f"{NAME}.service": service, f"{NAME}.timer": timer}


def _quoted(word: str) -> str:
    """A word of ExecStart: systemd reads % and $ itself."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def install(folder: Path, into: Path | None = None) -> list[str]:
    """Write the units where a user's systemd finds them; the commands that start them, to be run by the user."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    place = into or home / "systemd" / "user"
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name, text in units(folder).items():
            (place / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Usage(f"cannot write {place}: {error.strerror}", "--into names another folder") from error
    return ["systemctl --user daemon-reload", f"systemctl --user enable --now {NAME}.timer", "loginctl enable-linger"]


def windows_task(folder: Path) -> str:
    """The command that makes an hourly task for the present user."""
    words = subprocess.list2cmdline(command(folder)).replace('"', '\\"')
    return f'schtasks /Create /F /SC HOURLY /TN {NAME} /TR "{words}"'


def cron_line(folder: Path) -> str:
    """For a system that has neither: a line for `crontab -e`."""
    return "7 * * * * " + shlex.join(command(folder)).replace("%", "\\%")
