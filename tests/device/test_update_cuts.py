"""Updates on a flash whose power fails at every single write: the box always starts, with the old firmware or the new."""

import binascii
import hashlib
import os
import sys

import vfs

import launch
import pack
import update
from core.errors import CardFull, Malformed, NotReady, Refused, SelfTestFailed
from core.state import State
from crypto import ed25519
from hal.sim_faults import Faults, PowerCut
from hal.sim_media import LfsFlash
from strict import eq, raises

ROOT = "/state/code"
SEED = bytes(range(32))
PUBLIC = ed25519.public_key(SEED)
SIZE = 64 * 4096
OWN = sys.implementation._mpy
ARCH = update._ARCHES[OWN >> 10]
MPY = "%d.%d" % (OWN & 255, OWN >> 8 & 3)
_made = {}


class Publisher:
    KEY = PUBLIC


class Fixed:
    """What Updates uses of a box."""

    code_root = ROOT
    busy = active = lifted = safe = False
    fault = None
    identity = True

    def __init__(self, version="0.1.0"):
        self.VERSION = version
        self.hal = self.server = self.call = self.guard = self
        self.notes = []

    def off_hook(self):
        return self.lifted

    def note(self, event, version, what):
        self.notes.append((version, what))


def made(version, seed=SEED, **change):
    """A signed pack of one module that says its version, 6,000 bytes long."""
    key = (version, seed, str(change))
    if key not in _made:
        files = (("pad.bin", bytes(6000)), ("which.py", b"VERSION = '" + version.encode() + b"'\n"))
        about = dict({"version": version, "arch": ARCH, "mpy": MPY}, **change)
        rows = ["press1-update 1"] + ["%s %s" % (name, about[name]) for name in ("version", "arch", "mpy")]
        for name, data in files:
            rows.append("file %d %s %s" % (len(data), str(binascii.hexlify(hashlib.sha256(data).digest()), "ascii"), name))
        text = ("\n".join(rows) + "\n").encode()
        signature = ed25519.sign(seed, b"press1/v1/update\0" + text)
        head = pack.MAGIC + b"\0\1\0\0" + len(text).to_bytes(4, "big") + signature
        _made[key] = head + text + b"".join(data for _, data in files)
    return _made[key]


def flash(cells=None):
    device = LfsFlash(None, SIZE)
    if cells is None:
        launch.trial = False  # of the test before
        vfs.VfsLfs2.mkfs(device)
    else:
        device.cells = cells
    return device


def starts(device):
    """What the box runs when it is started on this flash."""
    sys.modules.pop("which", None)
    launch.enter(ROOT, device)
    try:
        import which

        return which.VERSION
    except ImportError:
        return "0.1.0"  # the image's firmware has no such module
    finally:
        if launch.PLACE in sys.path:
            sys.path.remove(launch.PLACE)
            vfs.umount(launch.PLACE)


class mounted:
    """Context manager: the state file system of a box that runs."""

    def __init__(self, device):
        self.device = device

    def __enter__(self):
        vfs.mount(vfs.VfsLfs2(self.device), "/state")

    def __exit__(self, kind, value, trace):
        vfs.umount("/state")


def sent(updates, data, role="technician", piece=1500):
    for at in range(0, len(data), piece):
        updates.put(at, data[at : at + piece], role).run()


def install(device, box, data, role="technician"):
    """Send and try an update; what then starts, and the status before."""
    with mounted(device):
        updates = update.Updates(box)
        sent(updates, data, role)
        updates.do("use")
        assert updates.restart_due()
    return starts(device)


def keep(device, version):
    box = Fixed(version)
    with mounted(device):
        update.Updates(box).do("keep")
    return box.notes


sys.modules["publisher"] = Publisher


def test_an_update_is_tried_and_kept():
    device, box = flash(), Fixed()
    eq(starts(device), "0.1.0")
    eq(install(device, box, made("0.2.0")), "0.2.0")
    assert launch.trial
    eq(keep(device, "0.2.0"), [("0.2.0", "kept")])
    for _ in range(5):
        eq(starts(device), "0.2.0")
        assert not launch.trial
    eq(box.notes, [("0.2.0", "taken")])


def test_what_nobody_confirms_is_given_up_after_three_starts():
    device = flash()
    eq(install(device, Fixed(), made("0.2.0")), "0.2.0")
    keep(device, "0.2.0")
    eq(install(device, Fixed("0.2.0"), made("0.3.0")), "0.3.0")
    eq([starts(device) for _ in range(4)], ["0.3.0", "0.3.0", "0.2.0", "0.2.0"])
    box = Fixed("0.2.0")
    with mounted(device):
        update.Updates(box).started()
        update.Updates(box).started()
    eq(box.notes, [("0.2.0", "back")])


def test_slots_take_turns():
    device, version = flash(), "0.1.0"
    for number, slot in ((2, "a"), (3, "b"), (4, "a"), (5, "b")):
        following = "0.%d.0" % number
        eq(install(device, Fixed(version), made(following)), following)
        keep(device, following)
        version = following
        with mounted(device):
            eq(launch.read(ROOT)["use"], slot)


def test_back_by_request():
    device = flash()
    install(device, Fixed(), made("0.2.0"))
    keep(device, "0.2.0")
    with mounted(device):
        updates = update.Updates(Fixed("0.2.0"))
        updates.do("back")
        assert updates.restart_due()
    eq(starts(device), "0.1.0")
    with mounted(device), raises(NotReady):
        update.Updates(Fixed()).do("back")


def test_a_pack_that_rots_is_given_up():
    device = flash()
    install(device, Fixed(), made("0.2.0"))
    keep(device, "0.2.0")
    install(device, Fixed("0.2.0"), made("0.3.0"))
    keep(device, "0.3.0")
    for slot, left in (("b", "0.2.0"), ("a", "0.1.0")):
        with mounted(device), open(launch.slot(ROOT, slot), "r+b") as file:
            file.seek(3000)
            file.write(b"\xff")
        eq(starts(device), left)


def test_a_choice_that_cannot_be_read_is_the_images():
    device = flash()
    install(device, Fixed(), made("0.2.0"))
    for text in ("", "{", "[]", '{"use": "a"}', '{"use": "../../x", "before": "", "good": true, "tries": 0, "back": ""}'):
        with mounted(device), open(ROOT + "/choice", "w") as file:
            file.write(text)
        eq(starts(device), "0.1.0")


def test_the_images_own_firmware_is_a_pack_too():
    device = flash()
    with mounted(device):
        os.mkdir(ROOT)
        with open(launch.slot(ROOT, launch.IMAGE), "wb") as file:
            file.write(made("0.1.1"))
    eq(starts(device), "0.1.1")
    eq(install(device, Fixed("0.1.1"), made("0.2.0")), "0.2.0")
    eq([starts(device) for _ in range(3)], ["0.2.0", "0.2.0", "0.1.1"])
    assert not launch.trial


def test_what_is_refused():
    device, box = flash(), Fixed("0.2.0")
    good = made("0.3.0")
    flipped = bytearray(good)
    flipped[-20] ^= 1
    cases = (
        (Malformed, made("0.3.0", bytes(32))),  # another publisher
        (Malformed, b"x" + good[1:]),
        (Malformed, bytes(flipped)),  # a file that is not as it was signed
        (Malformed, good + b"x"),
        (Refused, made("0.3.0", arch="xtensa")),
        (Refused, made("0.3.0", mpy="5.0")),
        (Refused, made("0.1.9")),  # an older version, from a technician
        (Malformed, made("zero")),
    )
    with mounted(device):
        updates = update.Updates(box)
        for kind, data in cases:
            with raises(kind):
                sent(updates, data)
            eq((updates.status()["offset"], updates.status()["ready"]), (0, ""))
            with raises(NotReady):
                updates.do("use")
        eq(os.listdir(ROOT), [])
        sent(updates, made("0.1.9"), "owner")
        eq(updates.status()["ready"], "0.1.9")
    eq(starts(device), "0.1.0")


def test_pieces_follow():
    with mounted(flash()):
        updates = update.Updates(Fixed())
        updates.put(0, made("0.2.0")[:700], "owner").run()
        with raises(Malformed):
            updates.put(900, b"x", "owner").run()
        sent(updates, made("0.2.0"), piece=97)
        eq(updates.status()["ready"], "0.2.0")


def test_an_image_without_publisher_takes_nothing():
    sys.modules["publisher"] = type("Nobody", (), {"KEY": b""})
    try:
        with mounted(flash()), raises(Refused):
            sent(update.Updates(Fixed()), made("0.2.0"))
    finally:
        sys.modules["publisher"] = Publisher


def test_no_room_is_said_and_harms_nothing():
    device = flash()
    with mounted(device):
        with open("/state/filler", "wb") as file:
            for _ in range(os.statvfs("/state")[3] - 3):
                file.write(bytes(4096))
        with raises(CardFull):
            sent(update.Updates(Fixed()), made("0.2.0"))
        os.remove("/state/filler")
    eq(install(device, Fixed(), made("0.2.0")), "0.2.0")


def test_on_trial_nothing_else_is_taken_and_a_fault_is_not_kept():
    device = flash()
    install(device, Fixed(), made("0.2.0"))
    with mounted(device):
        box = Fixed("0.2.0")
        updates = update.Updates(box)
        with raises(NotReady):
            sent(updates, made("0.3.0"))
        box.fault = "call"
        with raises(SelfTestFailed):
            updates.do("keep")
        box.fault, box.safe = None, True
        with raises(SelfTestFailed):
            updates.do("keep")
        box.safe, box.identity = False, None
        with raises(SelfTestFailed):
            updates.do("keep")
    assert launch.trial


def test_the_restart_waits_for_the_line_and_the_answer():
    device, box = flash(), Fixed()
    with mounted(device):
        updates = update.Updates(box)
        sent(updates, made("0.2.0"))
        updates.do("use")
        for name in ("busy", "active", "lifted"):
            setattr(box, name, True)
            assert not updates.restart_due()
            setattr(box, name, False)
        assert updates.restart_due()


# Every cut


def whole_update(device):
    """From 0.2.0 to 0.3.0 and its confirmation, with the state's own writes between."""
    install(device, Fixed("0.2.0"), made("0.3.0"))
    keep(device, "0.3.0")
    with mounted(device):
        State().put("policy", {"n": 2})


def prepared():
    """A box that runs 0.2.0 from slot a, with an identity; its cells."""
    device = flash()
    install(device, Fixed(), made("0.2.0"))
    keep(device, "0.2.0")
    with mounted(device):
        State().put("identity", {"seed": SEED})
        State().put("policy", {"n": 1})
    return device.cells


def cut_at(cells, number, torn):
    """The flash after a cut at that write; None when the whole update took fewer."""
    device = flash(bytearray(cells))
    device.faults = Faults()
    device.faults.cut(number, torn)
    try:
        whole_update(device)
        return None
    except PowerCut:
        try:
            vfs.umount("/state")
        except OSError:
            pass
        return device.cells


def sound(cells):
    """Starts, with one of the two firmwares, and has lost nothing; then takes the update to its end."""
    version = starts(flash(cells))
    assert version in ("0.2.0", "0.3.0"), version
    with mounted(flash(cells)):
        eq(State().get("identity"), {"seed": SEED})
        assert State().get("policy") in ({"n": 1}, {"n": 2})
    device = flash(cells)
    if launch.trial:
        keep(device, version)
    if version == "0.2.0":
        eq(install(device, Fixed("0.2.0"), made("0.3.0")), "0.3.0")
        keep(device, "0.3.0")
    eq(starts(device), "0.3.0")
    return version


def test_a_cut_at_every_write():
    cells = prepared()
    for torn in (0, 17, 4096):
        seen, number = set(), 0
        while True:
            number += 1
            after = cut_at(cells, number, torn)
            if after is None:
                break
            seen.add(sound(after))
        assert number > 30, number
        eq(seen, {"0.2.0", "0.3.0"})
