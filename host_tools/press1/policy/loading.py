"""Bring a policy to a box in an owner's session: checked here, its prompts first, then the compact form."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from press1 import profiles
from press1.device import Device
from press1.policy.findings import PolicyRefused
from press1.policy.model import Policy
from press1.policy.rules import check, check_clock

if TYPE_CHECKING:
    from press1.prompts import Prompt  # loads the speech stack


def refuse_unless_good(policy: Policy, now: datetime) -> None:
    """PolicyRefused where the guidance refuses the policy, or a box whose clock says `now` would record before its start."""
    findings = check_clock(policy, now) + check(policy, now)
    if findings:
        raise PolicyRefused(policy.profile, findings)


def load(device: Device, policy: Policy, prompts: "Sequence[Prompt]", tell: Callable[[str], object] = lambda _: None) -> bytes:
    """Send prompts and policy; the policy's hash as the box journals it. PolicyRefused before anything is sent."""
    refuse_unless_good(policy, datetime.fromtimestamp(device.time()["time"], UTC))
    for clip in prompts:
        tell(f"loading prompt {clip.id}")
        device.put_prompt(clip.id, clip.alaw, clip.offer, clip.text, clip.language, clip.hash)
    tell(f"loading policy {policy.profile}")
    return device.load_policy(profiles.policy(policy))
