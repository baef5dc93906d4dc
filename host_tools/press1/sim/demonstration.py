"""The demonstration box: made, enrolled and given its prompts over the real link, with keys that need no passphrase."""

import contextlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import keys, profiles, prompts
from press1.errors import Press1Error, Usage
from press1.sim import interpreter

ROLES = ("owner", "technician", "auditor")
AHEAD_S = 900  # the box is made this long before the script starts: provisioning takes seconds of its clock


def create(box: Path, profile: str, start: int, rate: Fraction = Fraction(8000)) -> None:
    """Make the folder `box`, all of it or nothing. `start`: UTC second at which it will first be used."""
    profiles.policy(profile)  # an unknown profile ends here
    with _all_or_nothing(box) as folder:
        blank(folder, start - AHEAD_S, rate)
        host = folder / "host"
        host.mkdir()
        for role in ROLES:
            _new_key(host, role)
        _provision(folder, profile, start - AHEAD_S, rate)


@contextmanager
def _all_or_nothing(box: Path) -> Iterator[Path]:
    """A folder to fill beside `box`, renamed to it at the end, removed when anything fails."""
    try:
        box.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{box.name}-", dir=box.parent))
    except OSError as error:
        raise Usage(f"cannot make {box}: {error.strerror}", hint="name a folder that you may write in") from error
    try:
        yield folder
        folder.chmod(0o755)
        folder.rename(box)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def new(box: Path, now: int, rate: Fraction) -> None:
    """Make the folder `box` with a box that nobody has provisioned, all of it or nothing."""
    with _all_or_nothing(box) as folder:
        blank(folder, now, rate)


def blank(folder: Path, now: int, rate: Fraction) -> None:
    """An unprovisioned box in an empty folder."""
    words, environ = interpreter.command("create", str(folder), str(rate.numerator), str(rate.denominator), str(now))
    done = subprocess.run(words, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise Press1Error("the simulator cannot make a box", hint=(done.stdout + done.stderr).strip().rpartition("\n")[2])


def _new_key(host: Path, role: str) -> None:
    private = X25519PrivateKey.generate()
    keys.write_private(host / f"{role}.pem", private, None)
    keys.write_public(host / f"{role}.pub", keys.raw_public(private))


def _provision(folder: Path, profile: str, now: int, rate: Fraction) -> None:
    from press1.provision import provision  # here: it imports transports, which import this package
    from press1.transport.sim import SimTransport

    host = folder / "host"
    spoken = prompts.build_all(profile, rate=float(rate))
    public = {role: keys.load_public(host / f"{role}.pub") for role in ROLES}
    with contextlib.closing(SimTransport(folder)) as port:
        provision(
            port,
            owners=[public["owner"]],
            technician=public["technician"],
            auditor=public["auditor"],
            owner_private=keys.load_private(host / "owner.pem"),
            profile=profile,
            prompts=spoken,
            now=now,
            hold=lambda: port.hold_button("consent"),
        )
    keep_profile(folder, profile)


def keep_profile(folder: Path, profile: str) -> None:
    """Note which profile the box holds, so that a script with the same needs no session."""
    (folder / "host" / "profile.json").write_text(json.dumps({"profile": profile}) + "\n", encoding="utf-8")


def known_profile(folder: Path) -> str | None:
    """The profile noted last, or None."""
    try:
        return str(json.loads((folder / "host" / "profile.json").read_text(encoding="utf-8"))["profile"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
