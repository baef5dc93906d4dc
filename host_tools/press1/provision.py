"""Give a box its owner: enrolment, clock, prompts and policy, over any transport."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import boxes, keys, linetest, profiles
from press1.answers import ButtonNeeded
from press1.conversation import Hello
from press1.device import Device
from press1.errors import RefusedByBox, Usage
from press1.policy import kept
from press1.policy.loading import refuse_unless_good
from press1.transport import Transport

if TYPE_CHECKING:
    from press1.prompts import Prompt  # loads the speech stack

T = TypeVar("T")

_BUTTON_S = 60.0
_POLL_S = 0.3
_TELL_S = 5.0
_FEWEST, _MOST = 1, 8  # owners, docs/protocol.md, section 4


def while_held(action: Callable[[], T], hold: Callable[[], object]) -> T:
    """Do what needs the consent button: `hold()` asks for it once, then it is tried for a minute."""
    try:
        return action()
    except ButtonNeeded:
        hold()
    end = time.monotonic() + _BUTTON_S
    while True:
        try:
            return action()
        except ButtonNeeded:
            if time.monotonic() > end:
                raise
            time.sleep(_POLL_S)


def provision(
    transport: Transport,
    owners: Sequence[bytes],
    technician: bytes,
    auditor: bytes,
    owner_private: X25519PrivateKey,
    profile: str,
    prompts: "Sequence[Prompt]",
    now: int,
    hold: Callable[[], object],
    *,
    address: str | None = None,
    tell: Callable[[str], object] = lambda _: None,
) -> Hello:
    """Make the box the owners' (public keys, 32 bytes) and ready to record by `profile`. `now`: UTC seconds for its clock.

    `hold` is called when the box waits for its consent button; `tell` hears what is being done. What the box held before
    is destroyed.
    """
    refuse_unless_good(profiles.load(profile), datetime.fromtimestamp(now, UTC))
    policy = profiles.policy(profile, address)
    _check(owners, technician, auditor, owner_private)
    device = Device(transport)
    tell("looking for the box")
    device.hello()
    tell("enrolling: the box destroys its old keys and makes new ones")
    about = while_held(lambda: device.enrol(list(owners), technician, auditor, now, _countdown(tell)), hold)
    device.auth("owner", owner_private)
    if not device.time()["trusted"]:
        raise RefusedByBox("the box did not take the time", "repeat `press1 provision`")
    for clip in prompts:
        tell(f"loading prompt {clip.id}")
        device.put_prompt(clip.id, clip.alaw, clip.offer, clip.text, clip.language, clip.hash)
    tell(f"loading policy {profile}")
    digest = device.load_policy(policy)
    if linetest.silent_phone(device.info()):
        tell(f"warning: {linetest.SILENT}")
    home = boxes.home(transport.port)
    kept.keep(home, digest, profiles.source(profile), prompts)
    boxes.Boxes(home).remember(about.box, boxes.Known(about.box_key, tuple(owners)))
    return about


def _countdown(tell: Callable[[str], object]) -> Callable[[int], None]:
    """Says how many recordings are still to be destroyed: at once, then every few seconds."""
    due = 0.0

    def left(count: int) -> None:
        nonlocal due
        if count and time.monotonic() >= due:
            due = time.monotonic() + _TELL_S
            tell(f"destroying what the box recorded: {count} left")

    return left


def _check(owners: Sequence[bytes], technician: bytes, auditor: bytes, owner_private: X25519PrivateKey) -> None:
    if not _FEWEST <= len(owners) <= _MOST:
        raise Usage(f"a box has {_FEWEST} to {_MOST} owners, deputies included")
    if len({*owners, technician, auditor}) != len(owners) + 2:
        raise Usage("one key in two roles", "make a key of its own for each: `press1 keys new`")
    if keys.raw_public(owner_private) not in owners:
        raise Usage("the private key belongs to none of the owners", "give --identity the owner's .pem")
