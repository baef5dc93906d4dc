"""Policy profiles that come with the package, and policies of an owner's own, by name or path."""

import tomllib
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from press1.errors import Usage
from press1.policy import Policy, parse, read
from press1.policy.compact import compact, places


def shipped() -> list[str]:
    """Names of the profiles that come with the package."""
    files = resources.files(__name__).iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


def load(profile: str | Path) -> Policy:
    """A shipped profile by its name, or a policy file by its path; Usage for neither, PolicyRefused for a file that is no policy."""
    if str(profile) in shipped():
        return _shipped(str(profile))
    path = Path(profile)
    if path.suffix == ".toml" or path.is_file():
        return read(path)
    raise Usage(f"unknown profile {str(profile)!r}", hint=f"profiles: {', '.join(shipped())}; or the path of a policy file")


def text(name: str) -> str:
    """TOML of a shipped profile."""
    return resources.files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")


def source(profile: str | Path) -> str:
    """TOML of a shipped profile or of a policy file that `load` has read."""
    return text(str(profile)) if str(profile) in shipped() else Path(profile).read_text(encoding="utf-8")


def _shipped(name: str) -> Policy:
    found, findings = parse(tomllib.loads(text(name)))
    assert found is not None, findings
    return found


def languages(profile: str | Path) -> list[str]:
    """Languages of a profile's prompts in the order they are spoken."""
    return list(load(profile).languages)


def prompt_ids(profile: str | Path) -> list[str]:
    """Every prompt that a box needs before it takes the policy."""
    return [place.id for place in places(load(profile))]


def policy(profile: str | Path | Policy, address: str | None = None) -> dict[str, Any]:
    """The policy map that a box takes (docs/policy.md, "Compact form"); Usage where there is no such profile.

    `address` is the notice's web address as the prompt speaks it ("eksempel.dk/telefon").
    """
    found = profile if isinstance(profile, Policy) else load(profile)
    return compact(replace(found, notice=f"https://{address}") if address else found)
