"""A-law (ITU-T G.711) on the host."""

import numpy as np
import numpy.typing as npt


def _decode_table() -> npt.NDArray[np.int16]:
    """G.711 table 1: the middle of each interval, 16 bits."""
    code = np.arange(256) ^ 0x55
    segment, step = code >> 4 & 7, code & 15
    magnitude = np.where(segment == 0, step << 4 | 8, (step << 4 | 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


DECODED = _decode_table()
# Two codes at once take half as many look-ups: both samples as one little-endian number.
_PAIRS = np.stack(np.broadcast_arrays(DECODED[None, :], DECODED[:, None]), -1).astype("<i2").reshape(-1).view("<u4")


def _encode_table() -> npt.NDArray[np.uint8]:
    """Codes of all 12-bit values: the box's quantisation, sample >> 4 (ITU-T G.191)."""
    value = np.arange(4096)
    magnitude = np.where(value < 2048, value, 4095 - value)
    segment = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(int) - 3, 0)
    step = magnitude >> np.maximum(segment - 1, 0) & 15
    return ((segment << 4 | step) ^ np.where(value < 2048, 0xD5, 0x55)).astype(np.uint8)


_CODES = _encode_table()


def decode(alaw: bytes) -> npt.NDArray[np.int16]:
    """int16 samples of A-law bytes."""
    if len(alaw) % 2:
        return DECODED[np.frombuffer(alaw, np.uint8)]
    return _PAIRS[np.frombuffer(alaw, "<u2")].view("<i2").astype(np.int16, copy=False)


def encode(samples: npt.NDArray[np.int16]) -> bytes:
    """A-law bytes of int16 samples; exact for samples that came from A-law."""
    return _CODES[np.ascontiguousarray(samples, np.int16).view(np.uint16) >> 4].tobytes()
