"""Join the parts of one call into a WAV, checked twice against the box's signature; nothing is left behind on an error."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import audio, container, keyfile
from press1.container import Audio, Contents, Gap, Report
from press1.errors import Damaged, Usage, WrongKey
from press1.head import UNIT, Head

Progress = Callable[[int], object]


@dataclass(frozen=True)
class Part:
    """One part in the WAV: the frames of its sound there (start, count), and what that sound hashes to. `torn`: the last record
    was left out."""

    path: Path
    report: Report
    spans: tuple[tuple[int, int], ...]
    plain_hash: bytes
    torn: bool

    @property
    def frames(self) -> int:
        """Stored samples a channel."""
        return sum(count for _, count in self.spans)


@dataclass(frozen=True)
class Exported:
    """The WAV, and the parts in it. `silence`: frames that were not stored."""

    path: Path
    rate: int
    frames: int
    silence: int
    parts: tuple[Part, ...]

    @property
    def head(self) -> Head:
        """Head of the first part."""
        return self.parts[0].report.head


def size(files: list[Path]) -> int:
    """Bytes that `export` reports as progress for these files: each is read twice."""
    try:
        return sum(2 * path.stat().st_size for path in files)
    except OSError as error:
        raise Usage(f"cannot read {error.filename}: {error.strerror}") from error


def export(
    files: list[Path], private: X25519PrivateKey, out: Path, *, salvage: bool = False, progress: Progress = lambda _: None
) -> Exported:
    """Write `out`. Raises Usage for files of different calls, Damaged, WrongKey, and Gone where a key file is missing."""
    reports = _verified(files, salvage, progress)
    if any(out.exists() and out.samefile(path) for path in files):
        raise Usage(f"{out} is one of the recordings", "choose another --out")
    with _published(out) as temporary:
        exported = _write(reports, private, temporary, out, progress)
        _read_back(temporary, exported)
    return exported


def _verified(files: list[Path], salvage: bool, progress: Progress) -> list[tuple[Path, Report]]:
    """(path, report) in order of part; all of one call."""
    reports = []
    for path in files:
        with _naming(path):
            reports.append((path, container.verify_file(path, salvage=salvage)))
        progress(path.stat().st_size)
    reports.sort(key=lambda row: row[1].head.part)
    heads = [report.head for _, report in reports]
    if len({(head.box, head.call) for head in heads}) > 1:
        raise Usage("these are parts of different calls", "export one call at a time: `press1 inspect` names the call")
    if len({head.part for head in heads}) < len(heads):
        raise Usage("the same part was given twice")
    if len({head.rate for head in heads}) > 1:
        raise Damaged("the parts disagree about the sample rate")
    return reports


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Put the file's name before what is wrong with it."""
    try:
        yield
    except (Damaged, WrongKey) as error:
        raise type(error)(f"{path}: {error}", error.hint) from error


@contextmanager
def _published(out: Path) -> Iterator[Path]:
    """A temporary file beside `out` that takes its place when all went well, and goes when not."""
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.", suffix=".part")
        os.close(handle)
    except OSError as error:
        raise Usage(f"cannot write {out}: {error.strerror}", "does the folder exist?") from error
    try:
        yield Path(name)
        with open(name, "rb") as file:
            os.fsync(file.fileno())
        os.replace(name, out)
    except OSError as error:
        raise Usage(f"cannot write {out}: {error.strerror}") from error
    finally:
        Path(name).unlink(missing_ok=True)


def _write(
    reports: list[tuple[Path, Report]], private: X25519PrivateKey, temporary: Path, out: Path, progress: Progress
) -> Exported:
    first = reports[0][1].head
    wav = audio.StereoWriter(temporary, first.rate)
    try:
        parts = [_write_part(wav, path, report, private, first.first_sample, progress) for path, report in reports]
    finally:
        wav.close()
    stored = sum(part.frames for part in parts)
    return Exported(out, wav.rate, wav.frames, wav.frames - stored, tuple(parts))


def _write_part(
    wav: audio.StereoWriter, path: Path, report: Report, private: X25519PrivateKey, origin: int, progress: Progress
) -> Part:
    hole = report.head.first_sample - origin - wav.frames
    if hole < 0:
        raise Damaged(f"{path}: overlaps the part before it")
    wav.silence(hole)
    spans: list[tuple[int, int]] = []
    with _naming(path), open(path, "rb") as file:
        contents = Contents(file, report, *_secrets(path, report.head, private))
        for item in contents:
            if isinstance(item, Audio):
                _extend(spans, wav.frames, len(item.data) // 2)
                wav.audio(item.data)
            elif isinstance(item, Gap):
                wav.silence(item.samples)
            progress(UNIT)
    return Part(path, report, tuple(spans), contents.plain_hash, contents.torn)


def _extend(spans: list[tuple[int, int]], start: int, count: int) -> None:
    """Add frames to the spans; those that follow the last one join it."""
    if spans and sum(spans[-1]) == start:
        start, before = spans.pop()
        count += before
    spans.append((start, count))


def _secrets(path: Path, head: Head, private: X25519PrivateKey) -> tuple[bytes, bytes]:
    keys = keyfile.load(keyfile.path_beside(path))
    if (keys.id, keys.box) != (head.id, head.box):
        raise Damaged("the key file beside it belongs to another recording")
    return container.file_secret(head, private), keys.open(private)


def _read_back(temporary: Path, exported: Exported) -> None:
    """The WAV on the disk holds the sound that was signed."""
    for part in exported.parts:
        if audio.spans_hash(temporary, list(part.spans)) != part.plain_hash:
            raise Damaged(f"{part.path}: the WAV does not hold the sound of the recording", "is the disk failing?")
