"""Join the parts of one call into sound files, checked twice against the box's signature; nothing is left behind on an error."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from press1 import container, keyfile
from press1.container import Audio, Contents, Event, Gap, Report
from press1.errors import Damaged, Usage, WrongKey
from press1.head import UNIT, Head
from press1.keyfile import KeyFile
from press1.style import Style
from press1.use import Use
from press1.wav import Origin, rounded

if TYPE_CHECKING:
    from press1.sound import Output  # loads NumPy, which most commands do without

Progress = Callable[[int], object]


@dataclass(frozen=True)
class Source:
    """A sealed recording wherever it lies: `open` gives it from its beginning, `key` its wrapped slot secret."""

    name: str
    size: int
    open: Callable[[], BinaryIO]
    key: Callable[[], KeyFile]


@dataclass(frozen=True)
class Part:
    """One part in the sound: its frames there (start, count), what they hash to as A-law, and whether a torn record was left out.
    `plain_hash`: of all the part's sound, as the box signed it; `withheld`: frames from before the purpose was granted."""

    name: str
    report: Report
    spans: tuple[tuple[int, int], ...]
    sound_hash: bytes
    plain_hash: bytes
    torn: bool
    withheld: int

    @property
    def frames(self) -> int:
        """Stored samples a channel that were written."""
        return sum(count for _, count in self.spans)


@dataclass(frozen=True)
class Exported:
    """The files, and the parts in them. `frames` and `silence` (frames not stored) count at the box's rate."""

    paths: tuple[Path, ...]
    style: Style
    rate: int
    frames: int
    silence: int
    parts: tuple[Part, ...]
    purpose: str | None

    @property
    def head(self) -> Head:
        """Head of the first part."""
        return self.parts[0].report.head

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return self.frames * self.head.rate[1] / self.head.rate[0]


def from_path(path: Path) -> Source:
    """A recording in a folder, its key file beside it."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise Usage(f"cannot read {error.filename}: {error.strerror}") from error
    return Source(str(path), size, lambda: open(path, "rb"), lambda: keyfile.load(keyfile.path_beside(path)))


def export(
    sources: Sequence[Source], private: X25519PrivateKey, out: Path, *, style: Style | None = None, purpose: str | None = None,
    salvage: bool = False, now: int | None = None, progress: Progress = lambda _: None,
) -> Exported:  # fmt: skip
    """Write the files that `out` stands for; `progress` hears of every source's size twice.

    Raises Usage for parts of different calls, Damaged, WrongKey, Gone where a key or the purpose's time is gone, NotForThis.
    """
    style = style or Style()
    reports = _verified(sources, salvage, progress)
    paths = style.paths(out)
    if any(path.exists() and os.path.exists(row.name) and path.samefile(row.name) for path in paths for row, _ in reports):
        raise Usage(f"{out} is one of the recordings", "choose another --out")
    use = Use(purpose, [report.head for _, report in reports], now)
    with _published(paths) as temporary:
        exported = _write(reports, private, (paths, temporary), style, use, progress)
        if style.exact:
            _read_back(temporary, exported)
    return exported


def _verified(sources: Sequence[Source], salvage: bool, progress: Progress) -> list[tuple[Source, Report]]:
    """(source, report) in order of part; all of one call."""
    reports = []
    for source in sources:
        with _naming(source), source.open() as file:
            reports.append((source, container.verify(file, salvage=salvage)))
        progress(source.size)
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
def _naming(source: Source) -> Iterator[None]:
    """Put the file's name before what is wrong with it."""
    try:
        yield
    except (Damaged, WrongKey) as error:
        raise type(error)(f"{source.name}: {error}", error.hint) from error
    except OSError as error:
        raise Usage(f"cannot read {source.name}: {error.strerror or error}") from error


@contextmanager
def _published(paths: tuple[Path, ...]) -> Iterator[tuple[Path, ...]]:
    """Temporary files beside `paths` that take their places when all went well, and go when not."""
    import soundfile

    temporary: list[Path] = []
    try:
        for path in paths:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
            os.close(handle)
            temporary.append(Path(name))
        yield tuple(temporary)
        for name_now, path in zip(temporary, paths, strict=True):
            with open(name_now, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(name_now, path)
    except (OSError, soundfile.LibsndfileError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "error_string", "")
        raise Usage(f"cannot write {paths[0]}: {reason}", "does the folder exist, and has it room?") from error
    finally:
        for name_now in temporary:
            name_now.unlink(missing_ok=True)


def origin(head: Head) -> Origin:
    """What the sound files say about where they come from."""
    exact = f"{head.rate[0]}/{head.rate[1]} Hz"
    history = (
        "A=ANALOGUE,M=stereo,T=telephone line; left far (earpiece), right near (handset microphone)",
        f"A=PCM,F={rounded(head.rate)},W=16,M=stereo,T=Press1; ITU-T G.711 A-law decoded; exact rate {exact}",
    )
    text = f"Press1 call {head.call.hex()}, {head.direction}, profile {head.profile}. Times are UTC. Exact rate {exact}."
    return Origin(text, f"Press1 {head.box.hex()[:24]}", head.call.hex(), head.created, head.rate, history)


def _write(
    reports: list[tuple[Source, Report]], private: X25519PrivateKey, paths: tuple[tuple[Path, ...], tuple[Path, ...]],
    style: Style, use: Use, progress: Progress,
) -> Exported:  # fmt: skip
    from press1.sound import Output

    first = reports[0][1].head
    output = Output(paths[1], origin(first), style)
    try:
        parts = [_Writing(output, use, first, progress).part(source, report, private) for source, report in reports]
    finally:
        output.close()
    use.finish()
    stored = sum(part.frames for part in parts)
    return Exported(paths[0], style, output.rate, output.frames, output.frames - stored, tuple(parts), use.purpose)


class _Writing:
    """One part on its way into the output."""

    def __init__(self, output: "Output", use: Use, first: Head, progress: Progress) -> None:
        self.output, self.use, self.first, self.progress = output, use, first, progress
        self.spans: list[tuple[int, int]] = []
        self.hash = hashlib.sha256()
        self.withheld = 0

    def part(self, source: Source, report: Report, private: X25519PrivateKey) -> Part:
        hole = report.head.first_sample - self.first.first_sample - self.output.frames
        if hole < 0:
            raise Damaged(f"{source.name}: overlaps the part before it")
        self.output.silence(hole)
        self.use.begin(report.head)
        with _naming(source), source.open() as file:
            contents = Contents(file, report, *_secrets(source, report.head, private))
            for item in contents:
                self._item(item, report.head)
                self.progress(UNIT)
        written = self.hash.digest() if self.use.purpose else contents.plain_hash
        return Part(source.name, report, tuple(self.spans), written, contents.plain_hash, contents.torn, self.withheld)

    def _item(self, item: Audio | Gap | Event, head: Head) -> None:
        if isinstance(item, Audio):
            self._audio(item.data)
        elif isinstance(item, Gap):
            self.output.silence(item.samples)
        else:
            self.use.event(item.fields, head)

    def _audio(self, alaw: bytes) -> None:
        count = len(alaw) // 2
        if not self.use.open:
            self.withheld += count
            self.output.silence(count)
            return
        _extend(self.spans, self.output.frames, count)
        if self.use.purpose:  # otherwise all is written, and the hash is the signed one
            self.hash.update(alaw)
        self.output.audio(alaw)


def _extend(spans: list[tuple[int, int]], start: int, count: int) -> None:
    """Add frames to the spans; those that follow the last one join it."""
    if spans and sum(spans[-1]) == start:
        start, before = spans.pop()
        count += before
    spans.append((start, count))


def _secrets(source: Source, head: Head, private: X25519PrivateKey) -> tuple[bytes, bytes]:
    keys = source.key()
    if (keys.id, keys.box) != (head.id, head.box):
        raise Damaged("the key file beside it belongs to another recording")
    return container.file_secret(head, private), keys.open(private)


def _read_back(temporary: tuple[Path, ...], exported: Exported) -> None:
    """The files on the disk hold the sound that was signed."""
    from press1 import sound

    for part in exported.parts:
        if sound.hash_of(temporary, part.spans) != part.sound_hash:
            raise Damaged(f"{part.name}: the file does not hold the sound of the recording", "is the disk failing?")
