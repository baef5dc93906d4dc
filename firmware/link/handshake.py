"""The plain requests of docs/protocol.md, sections 2 and 4: `hello`, `auth`, `enrol`."""

import hashlib

from micropython import const

from core.errors import Busy, ButtonNeeded, Malformed, Refused, Unprovisioned
from crypto.hmac import equal
from link.fields import optional_list, take
from link.later import Later, Wait
from link.refusals import Refusals
from link.session import ROLES, Session, SessionLost, proof

_WRONG_PROOF_MS = const(1000)  # slows down whoever guesses
_MAX_OWNERS = const(8)
_HELLO_DOMAIN = const(b"press1/v1/hello\x00")


class Handshake:
    """Opens sessions: `server.session` is set by a good `auth`. Nonces serve one `auth` each."""

    def __init__(self, server):
        self._server = server
        self._nonces = None
        self._enrolment = None
        self._refusals = Refusals(server.services.rejected, server.ticks)

    @property
    def enrolling(self):
        """An enrolment is under way."""
        return bool(self._enrolment and self._enrolment.running)

    def answer(self, request):
        """-> reply map, or a Later."""
        name = take(request, "q", str)
        if name == "hello":
            return self._hello(request)
        if name == "auth":
            return self._auth(request)
        if name == "enrol":
            return self._enrol(request)
        raise SessionLost("no session")

    def _hello(self, request):
        services = self._server.services
        self._server.end_session()
        if take(request, "v", int) != 1:
            raise Malformed("version 1 is spoken here")
        host_nonce = take(request, "nonce", bytes, 32)
        if self.enrolling:
            raise Busy("enrolment is under way")
        nonce = services.nonce()
        reply = dict(services.identity())
        numerator, denominator = services.rate()
        reply.update({"r": "hello", "v": 1, "nonce": nonce, "provisioned": bool(reply["box"]), "sig": b""})
        reply.update({"version": services.version(), "rate": [numerator, denominator]})
        self._nonces = (host_nonce, nonce)
        if not reply["box"]:
            return reply
        job = services.sign(_HELLO_DOMAIN + host_nonce + nonce + reply["dh_key"])

        def signed():
            reply["sig"] = job.result
            return reply

        return Later(job, signed)

    def _auth(self, request):
        services = self._server.services
        self._server.end_session()
        nonces, self._nonces = self._nonces, None
        if nonces is None:
            raise SessionLost("say hello first")
        box = services.identity()["box"]
        if not box:
            raise Unprovisioned("no owner yet")
        role, key = take(request, "role", str), take(request, "key", bytes, 16)
        shown = take(request, "proof", bytes, 32)
        role_key = services.role_key(role, key) if role in ROLES else None
        if role_key is None or not equal(shown, proof("host", role_key, role, box, nonces[0], nonces[1])):
            return Later(Wait(self._server.ticks, _WRONG_PROOF_MS), lambda: self._refuse(role))
        self._server.session = Session(role, key, role_key, nonces[0], nonces[1])
        self._refusals.flush()
        services.session(role)
        return {"r": "auth", "proof": proof("box", role_key, role, box, nonces[0], nonces[1])}

    def _refuse(self, role):
        self._refusals.add(role if role in ROLES else "")
        raise Refused("this key opens nothing here")

    def _enrol(self, request):
        arguments = self._enrol_arguments(request)
        digest = hashlib.sha256(b"".join(arguments[0]))
        for part in (arguments[1], arguments[2], arguments[4]):
            digest.update(part)
        digest = digest.digest()
        if self._enrolment and self._enrolment.digest == digest:
            return self._continue()
        if self.enrolling:
            raise Busy("another enrolment is under way")
        if self._server.services.in_call():
            raise Busy("a call is in progress")
        if not self._server.services.button_held():
            raise ButtonNeeded("hold the consent button and repeat")
        self._server.end_session()
        self._nonces = None
        self._enrolment = _Enrolment(digest, self._server.services.enrol(*arguments))
        return self._enrolment.waits()

    def _continue(self):
        if self._enrolment.running:
            return self._enrolment.waits()
        done, self._enrolment = self._enrolment, None
        if done.error:
            raise done.error
        return {"r": "enrol"}

    @staticmethod
    def _enrol_arguments(request):
        owners = optional_list(request, "owners", 32, _MAX_OWNERS)
        if not owners:
            raise Malformed("no owner")
        keys = [take(request, name, bytes, 32) for name in ("technician", "auditor")]
        return owners, keys[0], keys[1], take(request, "time", int), take(request, "entropy", bytes, 32)

    def step(self):
        """One slice of an enrolment that is under way; refusals that are due."""
        self._refusals.step()
        if self._enrolment:
            self._enrolment.step()


class _Enrolment:
    def __init__(self, digest, job):
        self.digest = digest  # of the request: its repetition asks how far it is
        self.running = True
        self.error = None
        self._job = job

    def waits(self):
        return {"r": "enrol", "wait": True, "left": self._job.left}

    def step(self):
        if self.running:
            try:
                self.running = not self._job.step()
            except Exception as error:  # told to whoever asks again
                self.running = False
                self.error = error
