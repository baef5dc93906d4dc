"""The store against a plain model: thousands of random steps, power cuts among them, and what must exist and must not."""

from media import DAY, PowerCut, Rig, secret_of
from store.journal_file import link
from strict import eq

_DEEP = 25  # steps between looks at every file, every byte of flash and the whole journal
_MOST = 14  # recordings at a time
_REASONS = ("withdrawn", "stopped", "erased")


class Dice:
    """Numbers that repeat: a linear congruential generator (Numerical Recipes, 1992)."""

    def __init__(self, seed):
        self._x = seed

    def below(self, n):
        self._x = (self._x * 1664525 + 1013904223) & 0xFFFFFFFF
        return (self._x >> 8) % n

    def of(self, items):
        return items[self.below(len(items))]


class World:
    """`live`: {id: (expiry, purposes)} as it must be; `dead`: ids of which nothing may be left; `doubtful`: one id that a power
    cut may have decided either way, with its terms before and after (None: gone)."""

    def __init__(self, seed):
        self.dice = Dice(seed)
        self.rig = Rig(pages=8, blocks=2048).boot()
        self.live = {}
        self.dead = []
        self.doubtful = None
        self.made = 0
        self.cuts = 0

    # steps

    def step(self):
        names = (
            "record",
            "record",
            "record",
            "erase",
            "change",
            "time",
            "time",
            "tidy",
            "reboot",
            "card",
            "destroy",
            "wrong_clock",
        )
        name = self.dice.of(names)
        if self.dice.below(3) == 0 and name != "reboot":
            self.rig.cut(1 + self.dice.below(40), self.dice.of((0, 1, 4, 33, 63, 64, 200, 512)))
        try:
            getattr(self, name)()
            self.rig.faults.cut(1 << 30)
            self.doubtful = None
        except PowerCut:
            self.cuts += 1
            self.rig.reboot()
            self.sweep()
            self.resolve()
        self.check(name)

    def sweep(self):
        rig = self.rig
        if rig.card.present:
            rig.sweep.on_card()
        rig.sweep.tick(rig.clock.safe_now())
        self.expire()
        rig.settle()
        rig.journal.flush()

    def expire(self):
        now = self.rig.clock.safe_now()
        for id16 in [id16 for id16, terms in self.live.items() if terms[0] <= now]:
            self.kill(id16)

    def kill(self, id16):
        del self.live[id16]
        self.dead = self.dead[-40:] + [id16]

    def resolve(self):
        """The doubtful one is as before or as after, nothing between."""
        if self.doubtful is None:
            return
        id16, terms = self.doubtful
        self.doubtful = None
        number = self.rig.slots.find(id16)
        found = None
        if number >= 0:
            slot = self.rig.slots.read(number)
            found = (slot.expiry, slot.purposes)
        assert found in terms or (found is None and None in terms), (found, terms)
        if found is None:
            self.live.pop(id16, None)
            self.dead.append(id16)
        else:
            self.live[id16] = found
        self.expire()

    def record(self):
        rig = self.rig
        if len(self.live) >= _MOST or not rig.card.present or rig.slots.free() < 4:
            return
        self.made += 1
        id16 = self.made.to_bytes(2, "big") * 3 + b"model-rec" + bytes((self.made & 0x7F | 1,))
        keep = 3600 + self.dice.below(40 * DAY)
        terms = (rig.clock.now() + keep, 1)
        self.doubtful = (id16, (None, terms))
        rig.record(id16, keep)
        self.live[id16] = terms

    def pick(self):
        return self.dice.of(sorted(self.live)) if self.live else None

    def erase(self):
        id16 = self.pick()
        if id16:
            self.doubtful = (id16, (None, self.live[id16]))
            self.rig.sweep.erase(id16, self.dice.of(_REASONS))
            self.kill(id16)

    def destroy(self):
        """Only the key now, the rest by ticks."""
        id16 = self.pick()
        if id16:
            self.doubtful = (id16, (None, self.live[id16]))
            self.rig.sweep.destroy(id16, "erased")
            self.kill(id16)

    def change(self):
        id16 = self.pick()
        if id16 and self.rig.slots.free() > 3:
            before = self.live[id16]
            after = (self.rig.clock.now() + 600 + self.dice.below(60 * DAY), self.dice.of((1, 9, 3)))
            self.doubtful = (id16, (before, after))
            self.rig.slots.change(self.rig.slots.find(id16), expiry=after[0], purposes=after[1])
            self.live[id16] = after

    def time(self):
        self.rig.pass_time(self.dice.below(2 * DAY))
        self.rig.sweep.tick(self.rig.clock.safe_now())
        self.expire()
        self.rig.clock.tick()
        self.rig.sweep.hourly()
        self.rig.settle()

    def tidy(self):
        rig = self.rig
        rig.seeds.tidy()
        rig.floor.tidy()
        while rig.slots.tidy():
            pass

    def reboot(self):
        self.rig.reboot()
        self.sweep()

    def card(self):
        if self.rig.hal.inserted:
            self.rig.pull_card()
        else:
            self.rig.insert_card()
            self.rig.sweep.on_card()

    def wrong_clock(self):
        """Years ahead or behind for a while: nothing goes early, and the owner puts it right."""
        rig = self.rig
        true = rig.hal.rtc
        rig.hal.rtc = true + self.dice.of((-400, 400)) * DAY
        rig.sweep.tick(rig.clock.safe_now())
        self.expire()
        rig.hal.rtc = true
        rig.clock.set(true, "owner", True)

    # what must hold

    def check(self, name):
        rig = self.rig
        slots = rig.slots
        found = {}
        for number in list(slots.live()):
            slot = slots.read(number)
            assert slot.id not in found, name
            found[slot.id] = (slot.expiry, slot.purposes)
            eq(slots.secret(number), secret_of(slot.id))
            eq(slots.find(slot.id), number)
        eq((name, found), (name, self.live))
        ends = [terms[0] for terms in self.live.values()]
        eq(slots.next_expiry(), min(ends) if ends else None)
        eq(slots.live_count(), len(self.live))

    def deep(self):
        rig = self.rig
        if not rig.hal.inserted:
            self.card()
        self.sweep()
        eq(list(rig.slots.unfinished()), [])
        eq(sorted(start.id for _, start in rig.shelf.files()), sorted(self.live))
        flash = bytes(rig.hal.keyflash.cells)
        for id16 in self.dead:
            assert secret_of(id16) not in flash and secret_of(id16)[:12] not in flash, id16
        for id16 in self.live:
            eq(flash.count(secret_of(id16)), 1)
        self.chain()

    def chain(self):
        last, n = bytes(32), 0
        for number, entry, chain in self.rig.journal._stored(1):
            if number == n + 1:
                eq(link(last, entry), chain)
            last, n = chain, number
        eq((n, last), self.rig.journal.head())


def _run(seed, steps):
    world = World(seed)
    for number in range(steps):
        world.step()
        if number % _DEEP == 0:
            world.deep()
    world.deep()
    assert world.made > steps // 12 and world.cuts > steps // 40, (world.made, world.cuts)


def test_one_thousand_steps():
    _run(1, 1000)


def test_another_thousand():
    _run(2, 1000)


def test_a_third_thousand():
    _run(77, 1000)
