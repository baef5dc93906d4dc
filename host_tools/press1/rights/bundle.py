"""The access bundle (S26): a zip with the sound, the sheet as HTML and PDF, and the signatures; nothing about any other call."""

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import export as exporting
from press1.errors import Damaged, Usage
from press1.export import Exported, Part, Source
from press1.report import paper, spoken
from press1.rights import sheet
from press1.rights.leftovers import PREFIX
from press1.rights.sheet import Known
from press1.style import Style
from press1.trailer import MAGIC, SIGNATURE_DOMAIN, SIGNED_BYTES, TRAILER

LANGUAGES = ("da", "en")
VOICES = ("both", "caller")
_NAMES = {"da": ("optagelse.wav", "ark", "underskrift.json"), "en": ("recording.wav", "sheet", "signature.json")}

Call = tuple[Sequence[Source], Known]


@dataclass(frozen=True)
class Terms:
    """How it is made: `language` of the sheet, `voices` in the sound, `now`, and the case's number."""

    language: str
    now: int
    case: str
    voices: str = "both"

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise Usage(f"no sheet in {self.language!r}", f"languages: {', '.join(LANGUAGES)}")
        if self.voices not in VOICES:
            raise Usage(f"no such voices: {self.voices!r}", f"one of {', '.join(VOICES)}")


@contextmanager
def beside(out: Path) -> Iterator[IO[bytes]]:
    """A file, for this user only, that takes the place of `out` when all went well, and goes when not."""
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.", suffix=".part")
    except OSError as error:
        raise Usage(f"cannot write {out}: {error.strerror}", "does the folder exist, and has it room?") from error
    try:
        with open(handle, "w+b") as file:
            yield file
        os.replace(name, out)
    finally:
        Path(name).unlink(missing_ok=True)


def write(calls: Sequence[Call], private: X25519PrivateKey, out: IO[bytes], terms: Terms) -> list[Exported]:
    """Open the calls of one person, check them, and write the zip. Several calls have a folder each. No more than a piece of the sound
    is in memory at once.

    Raises what an export raises; then `out` is worth nothing.
    """
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            return [_add(archive, number, call, private, terms, len(calls)) for number, call in enumerate(calls, 1)]
    except OSError as error:
        raise Usage(f"cannot write the file: {error.strerror}", "does the folder exist, and has it room?") from error


def _add(archive: zipfile.ZipFile, number: int, call: Call, private: X25519PrivateKey, terms: Terms, calls: int) -> Exported:
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        folder = Path(name)
        done = _one(call, private, folder, terms)
        below = f"{number}. {spoken.day(done.head.created, terms.language)}/" if calls > 1 else ""
        for path in sorted(folder.iterdir()):
            archive.write(path, below + path.name)
    return done


def _one(call: Call, private: X25519PrivateKey, folder: Path, terms: Terms) -> Exported:
    """One call's files in a folder."""
    sound, page, proof = _NAMES[terms.language]
    done = _sound(call[0], private, folder / sound, terms)
    if not all(part.report.signed for part in done.parts):
        raise Damaged("a part is not signed", "pull it again")
    alone = terms.voices == "caller"
    made = sheet.write(done, call[1], terms.language, terms.now, terms.case, "" if alone else proof)
    for suffix in (".html", ".pdf"):
        (folder / f"{page}{suffix}").write_bytes(paper.as_bytes(made, suffix))
    if not alone:
        (folder / proof).write_bytes(json.dumps(signatures(done), indent=2).encode() + b"\n")
    return done


def _sound(sources: Sequence[Source], private: X25519PrivateKey, out: Path, terms: Terms) -> Exported:
    """Both channels; or the caller's alone, of which both were written and read back first, because the signature is over both."""
    if terms.voices == "both":
        return exporting.export(sources, private, out, now=terms.now)
    with tempfile.TemporaryDirectory(prefix=PREFIX) as apart:
        done = exporting.export(sources, private, Path(apart) / out.name, style=Style(layout="split"), now=terms.now)
        shutil.move(done.paths[0], out)
    return replace(done, paths=(out,))


def signatures(done: Exported) -> dict[str, Any]:
    """What anybody needs to check the sound: Ed25519 over `signed` by `box_key`; bytes 104 to 135 of what follows the domain are SHA-256
    of the part's A-law bytes, which are the WAV's frames in `spans` (start, count), both channels, encoded again (ITU-T G.711)."""
    return {
        "box_key": done.head.box_key.hex(),
        "wav_encoding": "16-bit PCM of ITU-T G.711 A-law",
        "parts": [_signed(part) for part in done.parts],
    }


def _signed(part: Part) -> dict[str, Any]:
    trailer = part.report.trailer
    assert trailer
    fields = (trailer.records, trailer.audio_samples, trailer.gap_samples, trailer.closed)
    hashes = (trailer.head_hash, trailer.records_hash, trailer.plain_hash)
    raw = TRAILER.pack(MAGIC, 1, trailer.kind, 0, *fields, *hashes, trailer.signature, b"", 0)
    return {
        "part": part.report.head.part,
        "id": part.report.head.id.hex(),
        "signed": (SIGNATURE_DOMAIN + raw[:SIGNED_BYTES]).hex(),
        "signature": trailer.signature.hex(),
        "sound_sha256": part.plain_hash.hex(),
        "spans": [list(span) for span in part.spans],
    }
