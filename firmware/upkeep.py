"""What is done after a call and by the hour, never in a call: it may erase flash, or take long."""

import gc

from micropython import const

from core import overlay

_MINUTE_S = const(60)
_HOUR_S = const(3600)
_SIGNING = const(("crypto.ed25519", "crypto.sha512"))
_REPAIR = const(("store.repair",))


class Upkeep:
    """`box.upkeep`."""

    def __init__(self, box, seeds):
        """`seeds`: the store.seed.SeedLog, whose flash is tidied with the rest."""
        self._box = box
        self._seeds = seeds
        self._hour = 0  # UTC second of the last hourly round

    def tick(self, now):
        """Between calls, once a second and at each due time when hours are skipped."""
        if now - self._hour >= _HOUR_S or now < self._hour:
            self._hour = now
            self._hourly()
        elif now % _MINUTE_S == 0:
            self._box.journal.flush()
        self._unload()

    def _unload(self):
        if len(self._box.jobs) == 0:
            overlay.drop(_SIGNING)
        if not self._box.card.unproven:
            overlay.drop(_REPAIR)

    def next_due(self, now):
        """UTC second at which something must happen next: an expiry, the hourly round; an hour ahead at most."""
        due = min(self._hour + _HOUR_S, now + _HOUR_S)
        expiry = self._box.slots.next_expiry()
        return max(now + 1, due if expiry is None else min(due, expiry))

    def _hourly(self):
        box = self._box
        box.sweep.hourly()
        self._count()
        box.journal.flush()
        box.card.settle()
        box.clock.tick()
        if box.identity and not box.jobs.has("sign"):
            box.ledger.find()  # a card that failed while it was signed, and was not taken out
        self._rest()

    def call_ended(self):
        """Sign, write the journal, tidy flash and heap; a collection within a call would come at any moment."""
        box = self._box
        box.rules.call_ended()
        box.ledger.sign()
        box.journal.flush()
        box.clock.tick()
        self._count()
        self._rest()
        gc.collect()

    def _count(self):
        box = self._box
        box.counters.count_live(box.slots)
        box.counters.keep(box.state)

    def _rest(self):
        self.tidy()
        if self._box.stock:
            self._box.stock.retry()

    def tidy(self):
        """Everything that may erase flash."""
        self._seeds.tidy()
        self._box.floor.tidy()
        self._box.slots.compact()
