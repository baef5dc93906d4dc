"""Three detectors over the same clips: ours through the lab path, spandsp and multimon-ng from Debian."""

from __future__ import annotations

import ctypes
import ctypes.util
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import soxr

from press1 import lab
from press1.bench.dtmf_corpus import Clip
from press1.bench.dtmf_voices import RATE

Heard = list[tuple[str, int | None]]  # digit and sample of the decision, None where the peer does not tell
_GAP = np.zeros(RATE // 2, dtype=np.int16)
_SPANDSP_BLOCK = 20  # samples a call, so that a decision is placed to 2.5 ms
_MULTIMON_RATE = 22050


def ours(clips: list[Clip]) -> list[Heard]:
    """All clips through one `press1 lab dtmf` process, half a second apart."""
    starts = np.cumsum([0] + [len(c.samples) + len(_GAP) for c in clips])
    chunks = (part.tobytes() for c in clips for part in (c.samples, _GAP))
    heard: list[Heard] = [[] for _ in clips]
    for digit, sample in lab.decode(chunks, Fraction(RATE)):
        i = int(np.searchsorted(starts, sample, side="right")) - 1
        heard[i].append((digit, sample - int(starts[i])))
    return heard


def spandsp(clips: list[Clip], filter_dial_tone: bool = False) -> list[Heard]:
    """libspandsp2's dtmf_rx, a fresh one for each clip."""
    library = ctypes.CDLL(_spandsp_name())
    callback_type = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)
    library.dtmf_rx_init.restype = ctypes.c_void_p
    library.dtmf_rx_init.argtypes = [ctypes.c_void_p, callback_type, ctypes.c_void_p]
    library.dtmf_rx.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
    library.dtmf_rx_free.argtypes = [ctypes.c_void_p]
    library.dtmf_rx_parms.argtypes = [ctypes.c_void_p, ctypes.c_int, *[ctypes.c_float] * 3]
    return [_spandsp_one(library, callback_type, clip, filter_dial_tone) for clip in clips]


def _spandsp_one(library: ctypes.CDLL, callback_type: Callable[..., object], clip: Clip, filtered: bool) -> Heard:
    heard: Heard = []
    position = 0

    def on_digits(_user: object, digits: bytes, length: int) -> None:
        heard.extend((chr(d), position) for d in digits[:length])

    callback = callback_type(on_digits)
    state = library.dtmf_rx_init(None, callback, None)
    if filtered:
        library.dtmf_rx_parms(state, 1, -1.0, -1.0, -99.0)
    samples = np.ascontiguousarray(clip.samples)
    base = samples.ctypes.data
    for at in range(0, len(samples), _SPANDSP_BLOCK):
        count = min(_SPANDSP_BLOCK, len(samples) - at)
        position = at + count
        library.dtmf_rx(state, base + 2 * at, count)
    library.dtmf_rx_free(state)
    return heard


def _spandsp_name() -> str:
    return ctypes.util.find_library("spandsp") or "libspandsp.so.2"


def multimon(clips: list[Clip]) -> list[Heard]:
    """multimon-ng, one process a clip; it does not tell when it decided."""
    return [[(digit, None) for digit in multimon_digits(clip.samples)] for clip in clips]


def multimon_digits(samples: np.ndarray) -> list[str]:
    """Digits multimon-ng reports for 8 kHz samples."""
    pcm = np.clip(soxr.resample(samples.astype(np.float64), RATE, _MULTIMON_RATE), -32768, 32767).astype("<i2")
    command = ["multimon-ng", "-q", "-c", "-a", "DTMF", "-t", "raw", "-"]
    done = subprocess.run(command, input=pcm.tobytes(), capture_output=True, check=True)
    return [line.split()[1] for line in done.stdout.decode().splitlines() if line.startswith("DTMF: ")]


def installed() -> dict[str, Callable[[list[Clip]], list[Heard]]]:
    """Detectors found on this machine, ours first."""
    found: dict[str, Callable[[list[Clip]], list[Heard]]] = {"press1": ours}
    try:
        ctypes.CDLL(_spandsp_name())
        found["spandsp"] = spandsp
    except OSError:
        pass
    if shutil.which("multimon-ng"):
        found["multimon-ng"] = multimon
    return found
