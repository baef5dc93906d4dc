"""Chooses the firmware to run before any of it is imported: an update, or what came with the image.

This file and `pack.py` in the image are never replaced by an update, and import nothing of ours but each other, so that whatever
an update holds, a box starts. The choice is one small file; docs/update.md says what it means.
"""

import io
import json
import os
import sys

import vfs
from micropython import const

from pack import Pack

PLACE = "/app"
IMAGE = "image"  # the image's own firmware: a pack too, unsigned, because small files waste flash; the simulator has none
TRIES = 3  # starts that an update has to be confirmed in
_CHOICE = const("/choice")
_FACTORY = {"use": "", "before": "", "good": True, "tries": 0, "back": ""}
trial = False  # the firmware that runs now is not confirmed


def read(root):
    """The choice: `use` and `before` (slot a or b, or "" for the image's firmware), `good`, `tries`, `back` (slot given up)."""
    try:
        with open(root + _CHOICE) as file:
            found = json.load(file)
        return {key: found[key] for key in _FACTORY}
    except (OSError, ValueError, KeyError, TypeError):
        return dict(_FACTORY)


def write(root, choice):
    """Replace the choice, whole or not at all."""
    with open(root + _CHOICE + "~", "w") as file:
        json.dump(choice, file)
    os.rename(root + _CHOICE + "~", root + _CHOICE)


def slot(root, name):
    """Path of the pack in slot a or b."""
    return root + "/" + name + ".p1u"


def give_up(root, choice):
    """Back to the firmware before; noted, so that the box can say so."""
    choice = {"use": choice["before"], "before": "", "good": True, "tries": 0, "back": choice["use"]}
    write(root, choice)
    return choice


def _sound(root, name, whole):
    """The open pack, checked; None where there is none that can be used. `whole`: keep it in RAM."""
    try:
        file = open(slot(root, name), "rb")
        if whole:
            data = file.read(os.stat(slot(root, name))[6])  # of known size: allocated once
            file.close()
            file = io.BytesIO(data)
        pack = Pack(file)
        for _ in pack.check():
            pass
        return pack
    except (OSError, ValueError):
        return None


def choose(root, whole=False):
    """The pack to run, or None where there is none at all. Counts the start of one that is not confirmed."""
    global trial
    choice = read(root)
    if choice["use"] and not choice["good"]:
        if choice["tries"] >= TRIES:
            choice = give_up(root, choice)
        else:
            choice["tries"] += 1
            write(root, choice)
    while choice["use"]:
        pack = _sound(root, choice["use"], whole)
        if pack:
            trial = not choice["good"]
            return pack
        choice = give_up(root, choice)
    trial = False
    return _sound(root, IMAGE, whole)


def enter(root, device=None, place="/state"):
    """Put the chosen firmware first among what is imported. `device`: where `root` lies, when it is not mounted yet."""
    try:
        pack = choose(root) if device is None else _from(device, root, place)
    except OSError:  # a flash that cannot be read or written leaves the image's firmware
        return
    if pack:
        vfs.mount(pack, PLACE)
        sys.path.insert(0, PLACE)


def _from(device, root, place):
    """Choose on a file system that the firmware will mount itself."""
    vfs.mount(vfs.VfsLfs2(device), place)
    try:
        return choose(root, True)
    finally:
        vfs.umount(place)
