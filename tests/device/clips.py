"""Prompts for tests, as files that a Clip is made of."""

import hashlib

from line.clip import Clip

_FOLDER = "/tmp/"


def surveyed(data, offer, path="press1-clip.al"):
    """A Clip over these A-law bytes, surveyed."""
    with open(_FOLDER + path, "wb") as file:
        file.write(data)
    clip = Clip(_FOLDER + path, offer, len(data), hashlib.sha256(data).digest())
    clip.survey()
    return clip
