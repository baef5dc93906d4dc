"""One text spoken by espeak-ng (wheel `espeakng-loader`), without an audio device.

`python -m press1.speech_worker VOICE WORDS_PER_MINUTE PITCH` reads UTF-8 text from
stdin and writes the sample rate (4 bytes, little-endian) and s16le samples to stdout.
"""

import ctypes
import sys
from typing import Any

# Constants of espeak-ng's speak_lib.h.
_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: samples come to the callback, Synth returns when done
_DO_NOT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT
_UTF8 = 1  # espeakCHARS_UTF8
_RATE, _PITCH = 1, 3  # espeakRATE (words a minute), espeakPITCH (0 to 100)
_BUFFER_MS = 200
_SEED = 1  # breath noise comes from a generator

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def _require(status: int, what: str) -> None:
    if status != 0:
        raise SystemExit(f"espeak-ng refused {what} (status {status})")


def _load() -> tuple[Any, int]:
    """The library and its sample rate in Hz."""
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, espeakng_loader.get_data_path().encode(), _DO_NOT_EXIT)
    if rate <= 0:
        raise SystemExit("espeak-ng did not start")
    return library, rate


def synthesize(text: bytes, voice: str, words_per_minute: int, pitch: int) -> tuple[bytes, int]:
    """s16le samples of UTF-8 `text` and their rate in Hz."""
    library, rate = _load()
    pieces: list[bytes] = []

    @_Callback
    def collect(samples: Any, count: int, _events: int | None) -> int:
        if count > 0:
            pieces.append(ctypes.string_at(samples, 2 * count))
        return 0

    library.espeak_SetSynthCallback(collect)
    library.espeak_ng_SetRandSeed(ctypes.c_long(_SEED))
    _require(library.espeak_SetVoiceByName(voice.encode()), f"the voice {voice}")
    library.espeak_SetParameter(_RATE, words_per_minute, 0)
    library.espeak_SetParameter(_PITCH, pitch, 0)
    _require(library.espeak_Synth(text, len(text) + 1, 0, 0, 0, _UTF8, None, None), "the text")
    return b"".join(pieces), rate


if __name__ == "__main__":
    pcm, pcm_rate = synthesize(sys.stdin.buffer.read(), sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.buffer.write(pcm_rate.to_bytes(4, "little") + pcm)
