"""The access bundle (S26): a zip with the sound, the sheet as HTML and PDF, and the signatures; nothing about anybody else."""

import json
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import export as exporting
from press1.errors import Damaged, Usage
from press1.export import Exported, Part, Source
from press1.report import paper
from press1.rights import sheet
from press1.rights.sheet import Known
from press1.trailer import MAGIC, SIGNATURE_DOMAIN, SIGNED_BYTES, TRAILER

LANGUAGES = ("da", "en")
_NAMES = {"da": ("optagelse.wav", "ark", "underskrift.json"), "en": ("recording.wav", "sheet", "signature.json")}


def write(
    sources: Sequence[Source], private: X25519PrivateKey, out: Path, known: Known, language: str, now: int, case: str
) -> Exported:
    """Open one call, check it, and write the zip; all or nothing. Raises what an export raises, and Usage for another language."""
    if language not in LANGUAGES:
        raise Usage(f"no sheet in {language!r}", f"languages: {', '.join(LANGUAGES)}")
    sound, page, proof = _NAMES[language]
    with tempfile.TemporaryDirectory(prefix="press1-") as folder:
        done = exporting.export(sources, private, Path(folder) / sound, now=now)
        if not all(part.report.signed for part in done.parts):
            raise Damaged("a part is not signed", "pull it again")
        made = sheet.write(done, known, language, now, case, proof)
        files = {
            sound: done.paths[0].read_bytes(),
            f"{page}.html": paper.as_bytes(made, ".html"),
            f"{page}.pdf": paper.as_bytes(made, ".pdf"),
            proof: json.dumps(signatures(done), indent=2).encode() + b"\n",
        }
    _zip(out, files)
    return replace(done, paths=(out,))


def _zip(out: Path, files: dict[str, bytes]) -> None:
    temporary = out.with_name(f".{out.name}.part")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        temporary.replace(out)
    except OSError as error:
        raise Usage(f"cannot write {out}: {error.strerror}", "does the folder exist, and has it room?") from error
    finally:
        temporary.unlink(missing_ok=True)


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
