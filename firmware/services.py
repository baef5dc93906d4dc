"""What the link is given of the box: what `link.services` asks, over the stages that `main.Box` holds."""

from micropython import const

from catalogue import Catalogue
from core import config
from core.config import Policy
from core.errors import Busy, Malformed, NotReady, Refused
from crypto.hmac import hmac_sha256
from forecast import forecast
from hal import contract
from line.clip import Clip

_MAX_RECEIPTS = const(16)
_HOLD = config.PURPOSES["dispute"]


class BoxServices:
    """`link.services.Services`, method for method (tests/rules/test_contracts.py); no subclass of it, for it takes a KiB of heap."""

    def __init__(self, box):
        self._box = box
        self._catalogue = Catalogue(box)
        self._nonce_key = b""
        self._nonces = 0

    # identity and sessions

    def identity(self):
        identity = self._box.identity
        if identity is None:
            return {"box": b"", "box_key": b"", "dh_key": b""}
        return {name: identity[name] for name in ("box", "box_key", "dh_key")}

    def version(self):
        return self._box.VERSION

    def rate(self):
        return self._box.hal.rate

    def nonce(self):
        box = self._box
        if not box.entropy.ready:
            return box.hal.entropy(32)
        self._nonce_key = self._nonce_key or box.entropy.bytes(32)
        self._nonces += 1
        return hmac_sha256(self._nonce_key, self._nonces.to_bytes(8, "big"))

    def sign(self, message):
        from crypto.ed25519 import SignJob  # for the signature only (core.overlay)

        return SignJob(self._box.identity["seed"], message, self._box.identity["box_key"])

    def role_key(self, role, key):
        for row in self._box.roles:
            if row["role"] == role and row["key"] == key:
                return row["role_key"]
        return None

    def session(self, role):
        self._box.note("session", role=role, ok=True)

    def rejected(self, role, times):
        self._box.note("session", role=role, ok=False, times=times)

    def refused(self, role, request):
        self._box.note("refused", role=role, request=request)

    def enrol(self, owners, technician, auditor, time, entropy):
        from enrol import EnrolJob  # once in a box's life

        return EnrolJob(self._box, owners, technician, auditor, time, entropy)

    # what a handler must know before it acts

    def in_call(self):
        return self._box.call.active or self._box.hal.off_hook()

    def button_held(self):
        return bool(self._box.hal.buttons() & contract.BUTTON_CONSENT)

    # requests

    def info(self):
        box = self._box
        slots, card, rules = box.slots, self.card(), box.rules
        policy = rules.policy
        return {
            "box": box.identity["box"],
            "version": box.VERSION,
            "state": box.call.state,
            "lamp": box.lamp_name(),
            "time": box.clock.now(),
            "trusted": box.clock.trusted,
            "lost_power": box.hal.clock_lost_power(),
            "uptime": box.hal.uptime(),
            "card": card,
            "slots": {"live": slots.live_count(), "free": slots.free()},
            "envelopes": box.stock.ready if box.stock else 0,
            "rate": list(box.hal.rate),
            "profile": policy.profile if policy else "",
            "consent": _consent(policy),
            "line": _line(box.line_profile),
            "policy": rules.digest(),
            "lapsed": rules.lapsed,
            "next_sweep": box.next_due(),
            "forecast": forecast(slots, box.clock.now(), box.counters.rate, card),
        }

    def card(self):
        card = self._box.card
        if not card.present:
            return {"present": False, "state": card.state, "total": 0, "free": 0}
        return {"present": True, "state": card.state, "total": card.total_bytes(), "free": card.free_bytes()}

    def listing(self, after, limit):
        return self._catalogue.page(after, limit)

    def open_recording(self, id16):
        return self._catalogue.open(id16)

    def slot_secret(self, id16, key):
        box = self._box
        number = self._catalogue.live(id16)
        box.note("pull", id=id16, to=key)
        box.flush_journal()
        box.slots.mark_pulled(number)
        return box.slots.secret(number)

    # rights

    def hold(self, id16, until, reason):
        """S23: the recording stays until `until` at least, for the dispute."""
        box = self._box
        number = self._catalogue.live(id16)
        slot = box.slots.read(number)
        if until <= box.clock.now():
            raise Refused("the review date has passed")
        box.note("hold", id=id16, until=until, reason=reason)
        box.slots.change(number, max(until, slot.expiry), slot.purposes | _HOLD)

    def release(self, id16):
        """The hold ends; what has expired meanwhile goes with the next second."""
        box = self._box
        number = self._catalogue.live(id16)
        slot = box.slots.read(number)
        if not slot.purposes & _HOLD:
            raise Refused("no hold on this recording")
        kept = slot.purposes & ~_HOLD
        ends = [row["end"] for row in self._catalogue.header(slot)["purposes"] if kept & config.PURPOSES[row["purpose"]]]
        box.note("release", id=id16, reason="released")
        box.slots.change(number, max(ends) if ends else box.clock.now(), kept)

    def erase(self, id16, reason):
        """S31, S37: before its time, one by one."""
        box = self._box
        if self._held(self._catalogue.live(id16)):
            raise Refused("there is a hold on this recording: release it first")
        box.server.drop(id16)
        box.sweep.erase(id16, reason)

    def _held(self, number):
        return bool(self._box.slots.read(number).purposes & _HOLD)

    def used(self, id16):
        """S37: somebody has used the recording for its purpose."""
        box = self._box
        number = self._catalogue.live(id16)
        box.slots.change(number, purposes=box.slots.read(number).purposes | config.USED)

    def objection(self, id16, ground):
        """S25: a case is opened; the host keeps its text."""
        self._catalogue.live(id16)
        self._box.note("objection", id=id16, ground=ground)

    def time(self):
        clock = self._box.clock
        return {"time": clock.now(), "trusted": clock.trusted, "safe": clock.safe_now()}

    def set_time(self, t, role, confirm):
        box = self._box
        before = box.clock.now()
        box.clock.set(t, role, confirm)
        box.note("clock", **{"from": before, "to": t, "by": role})
        box.refresh()

    def journal(self, since, limit, size):
        return self._box.journal.frames(since, limit, size)

    def journal_head(self):
        box = self._box
        box.journal.flush()
        return box.journal.head()

    def receipts(self, done, have):
        box = self._box
        box.sweep.acknowledge(have)
        for id16, reason in done:
            number = box.slots.find(id16)
            if number >= 0 and not self._held(number):
                box.server.drop(id16)
                box.sweep.erase(id16, reason)
        return box.sweep.receipts(_MAX_RECEIPTS)

    def load_policy(self, policy):
        box = self._box
        checked = Policy(policy)
        for name in checked.prompt_ids():
            if box.state.get("prompt/" + name) is None:
                raise NotReady("load the prompt first: " + name)
        digest = checked.digest()
        box.note("policy", hash=digest, profile=checked.profile)
        box.flush_journal()  # first: no policy is ever in force that the journal does not know
        box.state.put("policy", policy)
        box.rules.load()
        box.refresh()
        return digest

    def put_prompt(self, name, offset, data, last):
        state = self._box.state
        blob = "prompt/" + name + ".al"
        size = state.append_blob(blob, offset, data)
        if last is None:
            return size
        if last["samples"] != size:
            raise Malformed("the prompt did not arrive as it was sent")
        Clip(state.blob(blob, aside=True), last["offer"], last["samples"], last["hash"]).survey()
        state.keep_blob(blob)
        state.put("prompt/" + name, last)
        self._box.rules.load()
        return size

    def update_status(self):
        return self._box.updates.status()

    def put_update(self, offset, data, role):
        return self._box.updates.put(offset, data, role)

    def do_update(self, what):
        self._box.updates.do(what)

    def selftest(self, part):
        import selftest  # only when a technician asks

        return selftest.start(self._box, part)

    def selftest_parts(self):
        import selftest

        return [name for name, _ in selftest.PARTS]

    def line(self, step, argument, role):
        box = self._box
        if box.line_test is None:
            if self.in_call():
                raise Busy("put the handset down first")
            from line_test import LineTest  # when a phone is installed; stays until the next start

            box.line_test = LineTest(box)
        return box.line_test.answer(step, argument, role)

    def format_card(self):
        box = self._box
        box.card.format()
        box.card_watch.came()


def _consent(policy):
    """How the policy in force takes a yes."""
    if not policy or not any(purpose.asked for purpose in policy.purposes):
        return ""
    return "button" if policy.spoken else "key"


def _line(profile):
    """What the owner must know of the line test."""
    return {name: profile[name] for name in ("tested", "far_keys")} if profile else None
