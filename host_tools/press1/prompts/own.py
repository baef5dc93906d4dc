"""A prompt in a voice of the owner's: any WAV, brought to the telephone line."""

from pathlib import Path

import numpy as np
import soundfile
import soxr

from press1.errors import Usage
from press1.policy import Finding, PolicyRefused
from press1.speech import telephone_band

_LONGEST_S = 60
_SILENT = 33.0  # of 32,768, 60 dB under full scale: nobody speaks in it
_FULL = 32_200  # A-law's largest value is 32,256
_CLIPPED = 0.0005  # share of samples at full scale from which clipping is heard


def recorded(path: Path, offer_seconds: float, rate: float) -> tuple[np.ndarray, int]:
    """(samples at `rate`, sample of the offer); the offer is the end where `offer_seconds` is 0.

    Usage for a file that is no sound, PolicyRefused (S47) for one that is silence, clipped, too long, or ends before its offer.
    """
    samples, native = _read(path)
    findings = list(faults(samples, native, offer_seconds))
    if findings:
        raise PolicyRefused(path.name, findings)
    whole = telephone_band(soxr.resample(samples, native, rate, quality="VHQ"), rate)
    return whole, round(offer_seconds * rate) or len(whole)


def _read(path: Path) -> tuple[np.ndarray, int]:
    try:
        if soundfile.info(str(path)).duration > _LONGEST_S:
            raise PolicyRefused(path.name, [Finding("S47", f"longer than {_LONGEST_S} s", "say it in less than 30 s")])
        samples, native = soundfile.read(str(path), always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise Usage(f"{path} is no sound file that can be read", "give a WAV") from error
    return np.nan_to_num(samples.mean(axis=1)) * 32768, native


def faults(samples: np.ndarray, rate: float, offer_seconds: float) -> list[Finding]:
    """What is wrong with a recording before its level is set."""
    found = []
    if not len(samples) or np.sqrt(np.mean(samples**2)) < _SILENT:
        found.append(Finding("S47", "the prompt is silence", "record it again: nobody was told anything"))
    elif (np.abs(samples) > _FULL).mean() > _CLIPPED:
        found.append(Finding("S47", "the prompt is clipped", "record it again, softer"))
    if offer_seconds * rate > len(samples):
        found.append(
            Finding("S5", f"the key offer at {offer_seconds} s lies after the end", "write offer_seconds within the WAV")
        )
    return found
