"""Attempts to open a recording with what box and card hold, before its expiry and after.

Everything that could help is tried: the exact slot secret on every medium, every
stretch of 32 bytes in key flash as the slot secret, and the sealed bytes on the card.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from press1 import keyfile, keys
from press1.head import Head, read_head

UNIT = 4096  # bytes of a record (docs/format.md, section 5)
_TAG = UNIT - 32
_SECRET = 32
_CHUNK = 1 << 20
_RUN, _APART = 64, 4096  # bytes of audio looked for, and from one run to the next: each 0.25 to 0.5 s
MEDIA = {"keys.bin": "key flash", "state.img": "state flash", "sd.img": "card"}


@dataclass(frozen=True)
class Target:
    """One sealed part, and both of its secrets as the owner learned them before expiry."""

    head: Head
    records: tuple[bytes, ...]
    file_secret: bytes
    slot_secret: bytes

    def opens(self, candidate: bytes) -> bool:
        """True where `candidate` is the slot secret: the first record's tag is right (format.md, section 4)."""
        prk = hmac.digest(self.head.hash, self.file_secret + candidate, "sha256")
        mac_key = hmac.digest(prk, b"press1/v1/content/mac\x01", "sha256")
        first = self.records[0]
        return hmac.compare_digest(hmac.digest(mac_key, first[:_TAG], "sha256"), first[_TAG:])


def target(recording: Path, identity: Path) -> Target:
    """Read a pulled part, its key file and the owner's key; errors as those modules raise."""
    private = keys.load_private(identity)
    with recording.open("rb") as file:
        head = read_head(file)
        body = file.read()
    records = tuple(body[start : start + UNIT] for start in range(0, len(body) // UNIT * UNIT, UNIT))
    info = b"press1/v1/owner" + head.box + head.id
    file_secret = keyfile.open_envelope(head.envelopes, private, info)
    slot_secret = keyfile.load(keyfile.path_beside(recording)).open(private)
    return Target(head, records, file_secret, slot_secret)


@dataclass(frozen=True)
class Findings:
    """What the media gave away."""

    secret_on: tuple[str, ...]  # media on which the slot secret stands
    stretches: int  # different 32-byte stretches of key flash that were tried
    opened: int  # how many of them opened the recording
    slot_zeroed: bool  # its slot holds zeros where the secret was (docs/memory.md)
    preamble_on_card: bool
    records_on_card: int
    speech_on: tuple[str, ...]  # media on which unencrypted audio of the call stands


def search(box: Path, wanted: Target, speech: tuple[bytes, ...]) -> Findings:
    """Try everything on the media of a box folder; `speech` is the call's audio in every form that is looked for."""
    flash = (box / "keys.bin").read_bytes()
    tried = list(_stretches(flash))
    images = {name: _image(box / name) for name in MEDIA}
    card = images["sd.img"]
    return Findings(
        secret_on=tuple(MEDIA[name] for name, image in images.items() if wanted.slot_secret in image),
        stretches=len(tried),
        opened=sum(map(wanted.opens, tried)),
        slot_zeroed=wanted.head.id + bytes(_SECRET) in flash,
        preamble_on_card=wanted.head.raw[:64] in card,
        records_on_card=sum(record in card for record in wanted.records),
        speech_on=tuple(MEDIA[name] for name, image in images.items() if has_speech(image, speech)),
    )


def _image(path: Path) -> bytes:
    """What was ever written of an image, in order; long runs of zeros are left out, so that a large card stays small."""
    with path.open("rb") as file:
        return b"".join(chunk for chunk in iter(lambda: file.read(_CHUNK), b"") if chunk.strip(b"\0"))


def _stretches(flash: bytes) -> Iterator[bytes]:
    """Every different stretch of 32 bytes; blank flash gives one."""
    seen: set[bytes] = set()
    for start in range(len(flash) - _SECRET + 1):
        stretch = flash[start : start + _SECRET]
        if stretch not in seen:
            seen.add(stretch)
            yield stretch


def has_speech(image: bytes, speech: tuple[bytes, ...]) -> bool:
    """True where one of many runs of audio stands in an image; silence proves nothing and is passed over."""
    runs = (form[start : start + _RUN] for form in speech for start in range(0, len(form), _APART))
    return any(run in image for run in runs if len(set(run)) > _RUN // 4)
