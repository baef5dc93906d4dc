"""Enrolment (docs/protocol.md, section 4): the box makes itself anew for its owners. A resumable job.

Order: what was recorded for the old owners is destroyed first; then keys; the identity is written last, so that a power cut on the
way leaves a box that is not provisioned and says so.
"""

import hashlib

from micropython import const

from core.errors import Malformed
from crypto import ed25519, hkdf, x25519

_ROLE_INFO = const(b"press1/v1/role/")


def fingerprint(public_key):
    """How a public key is named: the first 16 bytes of its SHA-256."""
    return hashlib.sha256(public_key).digest()[:16]


_LAST = const(0xFFFFFFFE)  # no expiry is later


def _forget_owner(box):
    """Every recording and every key of the old owners is destroyed: one a step, because a full table takes minutes."""
    box.state.remove("identity")
    box.identity = None
    if box.stock:
        box.stock.wipe()
    box.rules.forget()
    box.roles, box.stock = [], None
    number = box.slots.due(_LAST)
    while number >= 0:
        box.sweep.destroy(box.slots.read(number).id, "erased")
        yield
        number = box.slots.due(_LAST)
    box.slots.destroy_all()
    for name in ("roles", "owners", "policy"):
        box.state.remove(name)


class EnrolJob:
    def __init__(self, box, owners, technician, auditor, time, entropy):
        self._box = box
        self._owners = owners
        self._peers = [("owner", key) for key in owners] + [("technician", technician), ("auditor", auditor)]
        self._time = time
        self._begun = box.hal.uptime()
        self._entropy = entropy
        self._work = self._steps()
        self.result = None

    @property
    def left(self):
        """Recordings that are still to be destroyed."""
        return self._box.slots.live_count()

    def step(self):
        """True when the box is provisioned. Raises NoEntropy; Malformed for a public key that is none."""
        try:
            next(self._work)
            return False
        except StopIteration:
            return True

    def _steps(self):
        box = self._box
        if not 0 < self._time < 1 << 32:
            raise Malformed("time outside 1970 to 2106")
        yield from _forget_owner(box)
        yield
        box.entropy.start()
        box.entropy.mix(self._entropy)
        seed, private = box.entropy.bytes(32), box.entropy.bytes(32)
        job = ed25519.PublicJob(seed)
        while not job.step():
            yield
        box_key = job.result
        dh_key = yield from x25519.multiply(private, x25519.BASE)
        identity = {"seed": seed, "private": private, "box_key": box_key, "dh_key": dh_key, "box": fingerprint(box_key)}
        roles = []
        for role, key in self._peers:
            secret = yield from x25519.shared(private, key)
            roles.append(self._role(role, key, secret, identity["box"]))
        self._keep(identity, roles)

    @staticmethod
    def _role(role, key, secret, box):
        role_key = hkdf.expand(hkdf.extract(box, secret), _ROLE_INFO + role.encode(), 32)
        return {"role": role, "key": fingerprint(key), "role_key": role_key}

    def _keep(self, identity, roles):
        box = self._box
        box.clock.begin(self._time + box.hal.uptime() - self._begun)  # it may have taken minutes
        box.state.put("roles", roles)
        box.state.put("owners", self._owners)
        box.state.put("identity", identity)
        box.load_identity()
