"""Voices and music out of Debian's packages: what the network must never take for a key. Nothing is shipped or downloaded."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from press1.bench.dtmf_corpus import amplitude
from press1.bench.dtmf_voices import RATE, Samples, Signal, active_level, join, read, to_int16
from press1.bench.train import archives
from press1.errors import Usage

SHARE = Path("/usr/share")
_LEVEL = amplitude(-14) / np.sqrt(2)
_LEAST_SAMPLES = 400
_LEAST_LEVEL = 50  # RMS; what is fainter is silence


@dataclass(frozen=True)
class Package:
    """Files of one package: those below `folder` whose path matches; the pattern's group tells speakers or pieces apart."""

    name: str
    label: str
    folder: str
    pattern: str
    kind: str = "voice"


_WAV, _OGG, _HEDGEWARS = r".*\.wav", r"[^/]+\.ogg", "games/hedgewars/Data"
PACKAGES = (
    Package("asterisk-core-sounds-en-wav", "en_US", "asterisk/sounds/en_US_f_Allison", _WAV),
    Package("asterisk-core-sounds-es-wav", "es_MX", "asterisk/sounds/es_MX_f_Allison", _WAV),
    Package("asterisk-core-sounds-fr-wav", "fr_CA", "asterisk/sounds/fr_CA_f_June", _WAV),
    Package("asterisk-core-sounds-it-wav", "it_IT_m", "asterisk/sounds/it_IT_m_Carlo", _WAV),
    Package("asterisk-core-sounds-ru-wav", "ru_RU", "asterisk/sounds/ru_RU_f_IvrvoiceRU", _WAV),
    Package("asterisk-prompt-it-menardi-wav", "it_IT_f", "asterisk/sounds/it_IT_f_Menardi", _WAV),
    Package("asterisk-prompt-es-co", "gsm_es", "asterisk/sounds/es", r".*\.gsm"),
    Package("asterisk-prompt-fr-armelle", "gsm_fr", "asterisk/sounds/fr", r".*\.gsm"),
    Package("klettres-data", "klettres", "klettres", r"([^/]+)/.*\.(?:ogg|wav)"),
    Package("ktuberling-data", "ktuberling", "ktuberling/sounds", r"([^/]+)/.*\.(?:ogg|wav)"),
    Package("tuxpaint-stamps-default", "tux", "tuxpaint/stamps", r".*_desc(?:_([a-z]+))?\.ogg"),
    Package("tuxpaint-stamps-default", "tux-effects", "tuxpaint/stamps", r"(?!.*_desc).*\.ogg", "effects"),
    Package("hedgewars-data", "hw", f"{_HEDGEWARS}/Sounds/voices", r"([^/]+)/.*\.ogg"),
    Package("hedgewars-data", "hw-effects", f"{_HEDGEWARS}/Sounds", _OGG, "effects"),
    Package("hedgewars-data", "hw-music", f"{_HEDGEWARS}/Music", r"([^/]+)\.ogg", "music"),
    Package("gcin-voice", "gcin", "gcin-voice", r".*/(\d+)\.ogg"),
    Package("asterisk-moh-opsound-wav", "moh", "asterisk/moh", r"([^/]+)\.wav", "music"),
    Package("flight-of-the-amazon-queen", "queen", "scummvm/flight-of-the-amazon-queen", r"queen\.1c"),
    Package("beneath-a-steel-sky", "sky", "scummvm/beneath-a-steel-sky", r"sky\.dsk"),
)
# A quarter of the speakers, kept from training by --hold-out.
_HELD_OUT = ("it_IT_f", "gsm_", "klettres_da", "klettres_hu", "klettres_uk", "ktuberling_da", "ktuberling_fr",
             "tux_bg", "tux_ca", "tux_es", "hw_British", "hw_Robot", "hw_Singer")  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """The files of one speaker, or one piece of music."""

    name: str
    kind: str
    files: tuple[Path, ...]
    every: int = 1  # of an archive, each n-th clip

    @property
    def held_out(self) -> bool:
        """Whether --hold-out keeps it from training."""
        return self.name.startswith(_HELD_OUT)

    def samples(self) -> Samples:
        """Every file at one active level, 100 ms apart."""
        return to_int16(join(_at_level(self.files, self.every)))


def pieces(every: int = 1) -> list[Piece]:
    """All speakers and pieces, or of each package every n-th file; raises Usage and names the packages that are absent."""
    found = [_of(package, every) for package in PACKAGES]
    absent = dict.fromkeys(package.name for package, some in zip(PACKAGES, found, strict=True) if not some)
    if absent:
        raise Usage(f"no sounds of {', '.join(absent)} below {SHARE}", hint=f"apt-get install {' '.join(absent)}")
    return [piece for some in found for piece in some]


def _of(package: Package, every: int) -> list[Piece]:
    folder = SHARE / package.folder
    matches = ((re.fullmatch(package.pattern, file.relative_to(folder).as_posix()), file) for file in folder.rglob("*"))
    named = sorted(("_".join([package.label, *(g for g in match.groups() if g)]), file) for match, file in matches if match)
    groups: dict[str, list[Path]] = {}
    for name, file in named[::every]:
        groups.setdefault(name, []).append(file)
    return [Piece(name, package.kind, tuple(files), every) for name, files in groups.items()]


def _at_level(files: Iterable[Path], every: int) -> Iterable[Signal]:
    for signal in _signals(files, every):
        level = active_level(signal)
        if len(signal) > _LEAST_SAMPLES and level > _LEAST_LEVEL:
            yield signal * (_LEVEL / level)


def _signals(files: Iterable[Path], every: int) -> Iterable[Signal]:
    for file in files:
        try:
            if archives.is_archive(file):
                yield from archives.clips(file, every)
            else:
                yield _gsm(file) if file.suffix == ".gsm" else read(file)
        except soundfile.LibsndfileError:
            continue  # a file that libsndfile cannot read is no loss among thousands


def _gsm(file: Path) -> Signal:
    samples, _ = soundfile.read(str(file), dtype="float64", format="RAW", subtype="GSM610", channels=1, samplerate=RATE)
    return np.asarray(samples * 32767.0)
