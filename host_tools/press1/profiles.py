"""Policy profiles: what is recorded, on which basis, and for how long."""

from typing import Any

from press1.errors import Usage

_DAY_S = 86_400

# GUIDANCE: consent by key press (S5), 3 months as the general deadline (S22).
_SHIPPED: dict[str, dict[str, Any]] = {
    "training-consent": {
        "purposes": [{"purpose": "training", "basis": "consent", "keep_s": 90 * _DAY_S}],
        "accept": "1",
        "withdraw": "0",
        "timeout_s": 6,
        "languages": ["da", "en"],
        "notice": "https://eksempel.dk/telefon",
    },
}


def shipped() -> list[str]:
    """Names of the profiles that come with the package."""
    return sorted(_SHIPPED)


def _profile(name: str) -> dict[str, Any]:
    if name not in _SHIPPED:
        raise Usage(f"unknown profile {name!r}", hint=f"profiles: {', '.join(shipped())}")
    return _SHIPPED[name]


def languages(profile: str) -> list[str]:
    """Languages of a profile's prompts in the order they are spoken."""
    return list(_profile(profile)["languages"])


def policy(profile: str, address: str | None = None) -> dict[str, Any]:
    """The policy map that a box takes (docs/architecture.md); Usage when the profile is not shipped.

    `address` is the notice's web address as the prompt speaks it ("eksempel.dk/telefon").
    """
    found = _profile(profile)
    spoken = [f"{profile}.{language}" for language in found["languages"]]
    kept = ("accept", "withdraw", "timeout_s")
    return {
        "profile": profile,
        "purposes": [dict(purpose) for purpose in found["purposes"]],
        **{name: found[name] for name in kept},
        "prompts": {"in": spoken, "out": list(spoken)},
        "notice": f"https://{address}" if address else found["notice"],
    }
