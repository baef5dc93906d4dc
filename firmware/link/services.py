"""What the link asks of the box; `main.py` hands `Server` an object with these methods. A page to read, not loaded on a box."""


class Services:
    """The calls in the order of docs/protocol.md; any of them may raise a `core.errors` class, which the host sees as its code.

    Maps go onto the line as they are, so they hold only what the page lists. A *job* has `step() -> bool` (True when
    done, at most 10 ms of work) and, where it has one, `.result`. `key` is the peer's key id: the first 16 bytes of
    SHA-256 of its X25519 public key.
    """

    # Identity and sessions

    def identity(self):
        """-> map `box` (16), `box_key` (32), `dh_key` (32); empty byte strings while unprovisioned."""
        raise NotImplementedError

    def version(self):
        """-> text, the firmware's version."""
        raise NotImplementedError

    def rate(self):
        """-> (numerator, denominator) of the true sample rate in Hz."""
        raise NotImplementedError

    def nonce(self):
        """-> 32 bytes that nobody can foretell and that come once; from raw entropy while unprovisioned (nothing rests on it then).

        Anybody may say hello, as often as they like: it must cost no flash (of the seed log's, on which recordings depend).
        """
        raise NotImplementedError

    def sign(self, message):
        """-> job whose `.result` is the 64-byte Ed25519 signature of the box over `message` (domain included)."""
        raise NotImplementedError

    def role_key(self, role, key):
        """-> the 32 bytes stored at enrolment for this role and key id, or None: nobody of that name."""
        raise NotImplementedError

    def session(self, role):
        """A session was opened: journal `session`."""
        raise NotImplementedError

    def rejected(self, role, times):
        """Sessions were refused for wrong proofs, `times` of them: journal `session`."""
        raise NotImplementedError

    def refused(self, role, request):
        """A session asked for what its role may not have: journal `refused`."""
        raise NotImplementedError

    def enrol(self, owners, technician, auditor, time, entropy):
        """-> job that destroys all slots, makes keys and role keys and sets the clock; keys are 32 bytes, `owners` a list."""
        raise NotImplementedError

    # What a handler must know before it acts

    def in_call(self):
        """-> bool: off-hook."""
        raise NotImplementedError

    def button_held(self):
        """-> bool: the consent button is held now."""
        raise NotImplementedError

    # Requests

    def info(self):
        """-> map of section 5 without `drops`, which the link adds."""
        raise NotImplementedError

    def card(self):
        """-> map `present` (bool), `total`, `free` (bytes)."""
        raise NotImplementedError

    def listing(self, after, limit):
        """-> job that lists, in a stable order behind id `after` or b"". Then `items` (at most `limit` maps), `more`, `after` (id)."""
        raise NotImplementedError

    def open_recording(self, id16):
        """-> (open binary file at 0, size in bytes) of a signed recording whose slot is live; else Gone, Busy or NoCard."""
        raise NotImplementedError

    def slot_secret(self, id16, key):
        """-> the 32-byte slot secret of a live slot; journals `pull` to `key` *before* it returns. Gone when not live."""
        raise NotImplementedError

    def hold(self, id16, until, reason):
        """Keep a live recording at least until `until` (S23); journalled. Gone, Refused."""
        raise NotImplementedError

    def release(self, id16):
        """End its hold. Gone, Refused (no hold), NoCard (its own end stands on the card)."""
        raise NotImplementedError

    def erase(self, id16, reason):
        """Destroy a live recording before its time (S31); journalled. Gone."""
        raise NotImplementedError

    def used(self, id16):
        """Mark a live recording as used for its purpose (S37). Gone."""
        raise NotImplementedError

    def objection(self, id16, ground):
        """Journal that somebody objects (S25). Gone."""
        raise NotImplementedError

    def time(self):
        """-> map `time`, `trusted`, `safe`."""
        raise NotImplementedError

    def set_time(self, t, role, confirm):
        """Set the clock; Refused outside what the role may do, or when it needs `confirm`."""
        raise NotImplementedError

    def journal(self, since, limit, size):
        """-> (whole frames as in the file, entries n >= since, at most `limit` of them and `size` bytes; more: bool)."""
        raise NotImplementedError

    def journal_head(self):
        """-> (n, 32-byte chain) of the newest entry, everything queued being written first where there is a card."""
        raise NotImplementedError

    def receipts(self, done, have):
        """-> list of at most 16 receipt maps not acknowledged; `have`: whose receipts the vault has;
        `done`: (id, reason) of what it has erased."""
        raise NotImplementedError

    def load_policy(self, policy):
        """Validate, keep and journal the policy map. -> its 32-byte hash."""
        raise NotImplementedError

    def put_prompt(self, name, offset, data, last):
        """Take a piece of a prompt's A-law. `last` is None, or with the final piece the map `offer hash text language samples`.

        -> next offset. Malformed for a hole, or when the finished prompt does not match `hash` and `samples`.
        """
        raise NotImplementedError

    def update_status(self):
        """-> map `version use trial tries offset ready`."""
        raise NotImplementedError

    def put_update(self, offset, data, role):
        """-> job that keeps a piece of an update and checks what it completes. Malformed, Refused, NotReady, CardFull."""
        raise NotImplementedError

    def do_update(self, what):
        """`use`, `keep` or `back`; a restart follows once the answer is out and nobody is on the line."""
        raise NotImplementedError

    def selftest(self, part):
        """-> job whose `.result` is the part's list of rows; Malformed for another name."""
        raise NotImplementedError

    def selftest_parts(self):
        """-> names of the parts, in order."""
        raise NotImplementedError

    def line(self, step, argument, role):
        """A step of the line test; `argument`: number of the section, or the line profile. -> map of section 8."""
        raise NotImplementedError

    def format_card(self):
        """Make an empty file system on the card; the link has checked role, call and button."""
        raise NotImplementedError
