"""Recordings on the card, by the day on which they first expire: /sd/REC/<YYYYMM>/<DD>/<name>.P1R.

So a day's deletion looks into that day's folder only. The name is base32 of the id's first 5 bytes: 8 characters, which FAT keeps
without long-name entries; the preamble has the whole id.
"""

import os

from micropython import const

from core.calendar import date
from core.errors import Malformed
from store import preamble
from store.card import ROOT
from store.preamble import name

REC = ROOT + "/REC"
SUFFIX = ".P1R"
_IS_FOLDER = const(0x4000)


def day_folder(t):
    """("YYYYMM", "DD") of a time, UTC."""
    year, month, day = date(t)
    return "%04d%02d" % (year, month), "%02d" % day


def _listed(path):
    try:
        return sorted(entry[:2] for entry in os.ilistdir(path))
    except OSError:
        return []


class Shelf:
    def __init__(self, card):
        self._card = card

    @staticmethod
    def day(t):
        """(month, day) names of the folder for a time."""
        return day_folder(t)

    def path(self, id16, expiry):
        """Where the recording that expires then belongs."""
        month, day = day_folder(expiry)
        return "/".join((REC, month, day, name(id16) + SUFFIX))

    def create(self, path):
        """A new open file for writing, its folders made; raises NoCard, and OSError (EEXIST for a name in use)."""
        self._card.touch()
        at = len(ROOT)
        while True:
            at = path.find("/", at + 1)
            if at < 0:
                break
            self._make(path[:at])
        return open(path, "xb")

    @staticmethod
    def _make(folder):
        try:
            os.mkdir(folder)
        except OSError:
            os.stat(folder)  # it was there; anything else is the card's fault and raises

    def locate(self, id16, expiry):
        """Path of the recording first filed under `expiry`, or None. Where it is not in its folder it is on another card; one that
        somebody moved is found by the walk over all folders (`expire.leftovers`)."""
        if not self._card.present:
            return None
        path = self.path(id16, expiry)
        return path if self._holds(path, id16) else None

    @staticmethod
    def _holds(path, id16):
        """The file is there and is this id's, or has lost its preamble (an erasure that was cut)."""
        try:
            return preamble.read(path).id == id16
        except Malformed:
            return True
        except OSError:
            return False

    def unlink(self, path):
        """Overwrites the preamble, removes the file and the folders it leaves empty. Raises NoCard, OSError."""
        self._card.touch()
        preamble.overwrite(path)
        os.remove(path)
        month, day = path.split("/")[-3:-1]
        self.prune(month, day)

    def days(self):
        """(month, day) names of the folders there are, earliest first."""
        for month, kind in _listed(REC):
            if kind == _IS_FOLDER and len(month) == 6:
                for day, inner in _listed(REC + "/" + month):
                    if inner == _IS_FOLDER and len(day) == 2:
                        yield month, day

    def names(self, month, day):
        """Paths of the recordings in a day's folder."""
        folder = "/".join((REC, month, day))
        return [folder + "/" + leaf for leaf, kind in _listed(folder) if kind != _IS_FOLDER and leaf.endswith(SUFFIX)]

    def files(self):
        """Iterates over (path, Preamble or None where it has none)."""
        for month, day in self.days():
            for path in self.names(month, day):
                try:
                    yield path, preamble.read(path)
                except (Malformed, OSError):
                    yield path, None

    def prune(self, month, day):
        """Removes the day's folder, and the month's, when they are empty."""
        for folder in ("/".join((REC, month, day)), REC + "/" + month):
            try:
                os.rmdir(folder)
            except OSError:
                return  # not empty, or gone already
