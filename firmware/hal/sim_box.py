"""A simulated box's directory: images of its media, and `box.json` with what its clock and hardware remember. Never on a board.

    box.json    rate, time, world, lost, card, serial, boots
    sd.img      SD card, FAT, sparse
    keys.bin    key flash
    state.img   internal flash under littlefs
    publisher.pub  whose updates it takes, where there is such a file

`time` is the battery clock when the box was last stopped and `world` the true
time then: they differ only after the clock has lost power.
"""

import binascii
import json
import os

import vfs

from hal.sim_faults import Faults
from hal.sim_media import LfsFlash, NorFlash, SdCard

KEYS_BYTES = 512 * 1024
STATE_BYTES = 2 * 1024 * 1024
CARD_BLOCKS = 256 * 1024 * 1024 // 512  # of 512 bytes; the file is sparse
_cells = bytearray(KEYS_BYTES)  # one at a time is powered, and the heap has no room for a second
_EBUSY = 16  # the unix port's errno does not name it


class KeyFlash(NorFlash):
    """NOR flash that refuses to be erased during a call, where an erase would stall the interrupts of the audio."""

    in_call = False

    def erase(self, page):
        """As contract.KeyFlash; OSError EBUSY during a call."""
        if self.in_call:
            raise OSError(_EBUSY)
        super().erase(page)


class Media:
    """The box's three media, opened anew at each power-on."""

    def __init__(self, folder, faults):
        self._folder = folder
        self._faults = faults
        self.card = SdCard(folder + "/sd.img", CARD_BLOCKS, faults)
        self.keys = KeyFlash(folder + "/keys.bin", KEYS_BYTES, faults, _cells)
        self.state = LfsFlash(folder + "/state.img", STATE_BYTES, faults)

    def card_out(self):
        """The card leaves its slot: from now on it answers that it is not there."""
        self.card.present = False

    def card_in(self):
        """A card in the slot is a new device: what was mounted stays dead."""
        self.card = SdCard(self._folder + "/sd.img", CARD_BLOCKS, self._faults)

    def close(self):
        """Release the image files. Nothing that still holds a device may reach an image through it."""
        self._faults.dead = True
        for medium in (self.card, self.keys, self.state):
            medium.close()


class Publisher:
    """Stands in for the module `publisher` of an image: KEY is the public key in `publisher.pub`, or empty."""

    def __init__(self, folder):
        try:
            with open(folder + "/publisher.pub") as file:
                self.KEY = binascii.unhexlify(file.read().strip())
        except (OSError, ValueError):
            self.KEY = b""


def load(folder):
    """The map in box.json; OSError when the folder holds no box."""
    with open(folder + "/box.json") as file:
        return json.load(file)


def save(folder, kept):
    """Replace box.json."""
    path = folder + "/box.json"
    with open(path + ".new", "w") as file:
        file.write("{" + ", ".join(json.dumps(key) + ": " + json.dumps(kept[key]) for key in sorted(kept)) + "}\n")
    os.rename(path + ".new", path)


def create(folder, rate, now):
    """A new box in an existing empty folder: blank flash, an empty FAT card in its slot, the clock set to `now`."""
    media = Media(folder, Faults())
    vfs.VfsFat.mkfs(media.card)
    media.close()
    kept = {"rate": list(rate), "time": now, "world": now, "lost": False, "card": True, "serial": 1, "boots": 0}
    save(folder, kept)
