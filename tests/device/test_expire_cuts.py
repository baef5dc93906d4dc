"""Power cuts at every write of the sweep, of a withdrawal and of a change: what a boot finds, and that a second finds nothing."""

from media import DAY, PowerCut, Rig, secret_of
from strict import eq

IDS = [bytes((0x41 + i,)) * 16 for i in range(3)]  # expired after the first day, but for the last
TORN = (0, 1, 33, 63, 64, 300, 512)


def prepared():
    rig = Rig(pages=6, blocks=256).boot()
    rig.record(IDS[0], DAY)
    rig.record(IDS[1], DAY)
    rig.record(IDS[2], 50 * DAY)
    rig.journal.append("boot")
    rig.journal.flush()
    return rig


def gone(rig, id16):
    """Nothing that opens it: no secret in flash, no live slot."""
    return secret_of(id16) not in bytes(rig.hal.keyflash.cells) and rig.slots.find(id16) < 0


def settled(rig):
    """A boot, then what the loop does until nothing is left to do."""
    rig.reboot()
    rig.sweep.on_card()
    rig.sweep.tick(rig.clock.safe_now())
    rig.settle()
    rig.journal.flush()
    rig.slots.tidy()


def receipts(rig):
    return {e["id"] for e in rig.journal.entries() if e["event"] in ("erase", "unlinked")}


def every_cut(action, check, dying):
    """`action(rig)` cut at every write. `dying`: ids that must be gone and receipted as soon as anything reached the medium."""
    rig = prepared()
    rig.pass_time(DAY)
    base = rig.snapshot()
    points = 0
    write = 0
    ended = False
    while not ended:
        write += 1
        for torn in TORN:
            rig.restore(base).boot()
            rig.cut(write, torn)
            try:
                action(rig)
                ended = True
                break
            except PowerCut:
                points += 1
            started = rig.hal.keyflash.cells != base[0] or rig.hal.sd.sectors != base[1]
            settled(rig)
            for id16 in dying(started):
                assert gone(rig, id16), (write, torn, id16)
                assert id16 in receipts(rig), (write, torn, id16)
            check(rig)
            eq(list(rig.slots.unfinished()), [])
            kept = rig.snapshot()
            settled(rig)
            eq(rig.hal.keyflash.cells == kept[0] and rig.hal.sd.sectors == kept[1], True)
    return points


def paths(rig):
    return [start.id for _, start in rig.shelf.files()]


def test_sweep():
    def action(rig):
        rig.sweep.tick(rig.clock.safe_now())

    def check(rig):
        eq(rig.slots.secret(rig.slots.find(IDS[2])), secret_of(IDS[2]))
        eq(paths(rig), [IDS[2]])

    points = every_cut(action, check, lambda started: IDS[:2])
    assert points > 100, points


def test_withdrawal():
    def action(rig):
        rig.sweep.erase(IDS[2], "withdrawn")

    def check(rig):
        live = rig.slots.find(IDS[2]) >= 0
        eq(paths(rig), [IDS[2]] if live else [])

    points = every_cut(action, check, lambda started: IDS if started else IDS[:2])
    assert points > 50, points


def test_hold():
    def action(rig):
        rig.slots.change(rig.slots.find(IDS[2]), expiry=rig.clock.now() + 90 * DAY, purposes=9)

    def check(rig):
        eq(rig.slots.live_count(), 1)
        eq(rig.slots.secret(rig.slots.find(IDS[2])), secret_of(IDS[2]))
        eq(bytes(rig.hal.keyflash.cells).count(secret_of(IDS[2])), 1)
        eq(paths(rig), [IDS[2]])

    points = every_cut(action, check, lambda started: IDS[:2])
    assert points > 20, points


def test_card_away_at_expiry_and_cut_when_it_is_back():
    rig = prepared()
    rig.pass_time(DAY)
    rig.pull_card()
    rig.sweep.tick(rig.clock.safe_now())
    assert gone(rig, IDS[0]) and gone(rig, IDS[1])
    base = rig.snapshot()
    write = 0
    ended = False
    while not ended:
        write += 1
        for torn in (0, 40, 512):
            rig.hal.inserted = False
            rig.restore(base).boot()
            rig.cut(write, torn)
            try:
                rig.sweep.tick(rig.clock.safe_now())
                rig.insert_card()
                rig.sweep.on_card()
                rig.sweep.tick(rig.clock.safe_now())
                ended = True
                break
            except PowerCut:
                pass
            rig.hal.inserted = True
            settled(rig)
            eq(paths(rig), [IDS[2]])
            eq(list(rig.slots.unfinished()), [])
            assert set(IDS[:2]) <= receipts(rig)
