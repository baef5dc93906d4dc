"""The firmware's own signal stages over recordings: `press1 lab`."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, TextIO

import typer

from press1.sim import interpreter

app = typer.Typer(help="Run the firmware's own detectors over recordings.", no_args_is_help=True)

_SCRIPT = Path(__file__).with_name("lab_dtmf.mpy.py")
_LOWEST_HZ, _HIGHEST_HZ = 7800, 8000
_WORKING_HZ = 8000
_CHUNK_BYTES = 65536


@app.callback()
def _group() -> None:
    """Keep `dtmf` a subcommand even while it is the only one."""


@app.command()
def dtmf(
    file: str = typer.Argument("-", help="s16le mono PCM, a WAV, or - for PCM on standard input"),
    rate: str = typer.Option("8000", help="sample rate of PCM in Hz, N or N/D"),
) -> None:
    """Print `<digit> <input sample index of the decision>` a line, as it decides."""
    try:
        hertz = parse_rate(rate)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--rate") from error
    if file != "-" and (not Path(file).exists() or Path(file).is_dir()):
        raise typer.BadParameter("no such file", param_hint="FILE")
    lab_dtmf(sys.stdin.buffer if file == "-" else Path(file), hertz, sys.stdout)


def parse_rate(text: str) -> Fraction:
    """A positive rate from N or N/D; raises ValueError."""
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError("a rate is N or N/D hertz") from None
    if not 1000 <= rate <= 384000:
        raise ValueError("a rate is between 1000 and 384000 hertz")
    return rate


def lab_dtmf(source: Path | BinaryIO, rate: Fraction, out: TextIO) -> None:
    """Decode DTMF in `source` (a path, WAV or raw, or a stream of raw PCM at `rate`) and write a line a decision."""
    if isinstance(source, Path) and _is_container(source):
        pcm, rate = _read_sound(source)
        chunks = iter([pcm])
    elif isinstance(source, Path):
        chunks = _read_chunks(source.open("rb"))
    else:
        chunks = _read_chunks(source)
    if not _LOWEST_HZ <= rate <= _HIGHEST_HZ:
        chunks = iter([_resample(b"".join(chunks), rate)])
        scale, rate = rate / _WORKING_HZ, Fraction(_WORKING_HZ)
    else:
        scale = Fraction(1)
    for digit, sample in decode(chunks, rate):
        out.write(f"{digit} {int(sample * scale)}\n")
        out.flush()


def decode(chunks: Iterator[bytes], rate: Fraction) -> Iterator[tuple[str, int]]:
    """Yield (digit, sample of the decision) for s16le mono PCM at 7,800 to 8,000 Hz."""
    command = [interpreter.micropython(), str(_SCRIPT), str(rate.numerator), str(rate.denominator)]
    environment = {**os.environ, "MICROPYPATH": str(interpreter.firmware())}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None and process.stdout is not None
        feeder = threading.Thread(target=_feed, args=(process.stdin, chunks), daemon=True)
        feeder.start()
        for line in process.stdout:
            digit, sample = line.split()
            yield digit.decode(), int(sample)
        feeder.join()
    if process.returncode:
        raise RuntimeError("the detector stopped with an error")


def _feed(sink: BinaryIO, chunks: Iterator[bytes]) -> None:
    with contextlib.suppress(BrokenPipeError):  # the reader's exit code tells why
        for chunk in chunks:
            sink.write(chunk)
            sink.flush()
    with contextlib.suppress(BrokenPipeError):
        sink.close()


def _read_chunks(stream: BinaryIO) -> Iterator[bytes]:
    read = getattr(stream, "read1", stream.read)  # what has arrived, without waiting for a full chunk
    while chunk := read(_CHUNK_BYTES):
        yield chunk


def _is_container(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(12)
    return head[:4] in (b"RIFF", b"RF64", b"fLaC", b"OggS") or (head[:4] == b"FORM" and head[8:12] == b"AIFF")


def _read_sound(path: Path) -> tuple[bytes, Fraction]:
    """First channel (far, in Press1's own recordings) as s16le, and the rate."""
    import soundfile

    samples, rate = soundfile.read(str(path), dtype="int16", always_2d=True)
    return samples[:, 0].tobytes(), Fraction(rate)


def _resample(pcm: bytes, rate: Fraction) -> bytes:
    import numpy as np
    import soxr

    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2")
    if not len(samples):
        return b""
    return bytes(soxr.resample(samples, float(rate), _WORKING_HZ).astype("<i2").tobytes())
