"""Recordings by the firmware's own seal stage, with fixed secrets, as one JSON object on standard output. Runs on MicroPython."""

import hashlib
import json

from seal.trailer import FoundJob
from sealbox import CALL, DEPUTY, FIRST, NOW, OWNER, SIGNER, SealBox, read, run
from sealed import block, pairs


def record(box, blocks, lose_at=-1):
    """(secrets, A-law) of a call of some blocks; it is left open."""
    box.fill(1)
    made = box.stock._sets[0]
    secrets = bytearray(made.file_secret), bytearray(made.slot_secret)  # copies: the originals are wiped
    box.recorder.open(CALL, FIRST)
    sound = b""
    for i in range(blocks):
        far, near = block(i), block(i + 9)
        box.recorder.block(far, near, 800 if i == lose_at else 0)
        box.recorder.step()
        sound += pairs(far, near)
    return secrets, sound


def describe(about, path, secrets, expected, sound):
    out = {"about": about, "data": read(path).hex(), "owner": OWNER.hex(), "key_file": None}
    out.update({"file_secret": secrets[0].hex(), "slot_secret": secrets[1].hex()})
    out.update({"verify": expected, "open": expected, "plain_sha256": hashlib.sha256(sound).digest().hex()})
    return out


def complete():
    box = SealBox(owners=(OWNER, DEPUTY), rate=(15625, 2))
    secrets, sound = record(box, 30, lose_at=20)
    box.recorder.close("hangup")
    box.sign()
    about = "the firmware's own recording: two recipients, a fractional rate, 800 lost samples"
    out = describe(about, box.closed[0].path, secrets, "complete", sound)
    box.unmount()
    return out


def found():
    box = SealBox()
    secrets, sound = record(box, 30)
    path = box.recorder.part.path
    box.recorder.part.writer._file.flush()
    box.unmount()
    box = SealBox(box.hal)
    run(FoundJob(path, SIGNER, NOW + 60))
    about = "the firmware's own recording, found unfinished at boot and signed as found"
    out = describe(about, path, secrets, "cut", sound[: 2 * 4056])
    box.unmount()
    return out


print(json.dumps({"firmware_complete": complete(), "firmware_found": found()}))
