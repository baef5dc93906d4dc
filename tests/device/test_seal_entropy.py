"""The randomness stage: refuses loudly, never repeats."""

from core.errors import NoEntropy
from hal.sim_media import PowerCut
from seal.entropy import Entropy, lopsided, repeats
from sealbox import FixedHal
from store.seed import SeedLog
from strict import eq, raises


def _start(hal):
    entropy = Entropy(hal, SeedLog(hal.keyflash))
    entropy.start()
    return entropy


def test_health_tests_have_the_cutoffs_of_sp_800_90b():
    good = FixedHal().entropy(1024)
    assert not repeats(good) and not lopsided(good)
    assert not repeats(b"\x01" * 10 + b"\x02") and repeats(b"\x02" + b"\x01" * 11)
    rest = bytes(1 + i % 255 for i in range(336))
    assert lopsided(b"\x00" * 177 + rest[:335])
    assert not lopsided(b"\x00" * 176 + rest)
    assert lopsided(bytes(range(256)) * 2 + b"\x00" * 177 + rest[:335])  # every window, not the first alone


def test_a_stuck_source_is_refused_at_the_start():
    for stuck in (b"\x00", b"\xff", b"\x00" * 8 + b"\x01", b"\x01\x00"):
        hal = FixedHal()
        hal.stuck = stuck
        entropy = Entropy(hal, SeedLog(hal.keyflash))
        with raises(NoEntropy):
            entropy.start()
        with raises(NoEntropy):
            entropy.bytes(16)
        eq(entropy.ready, False)


def test_a_source_that_dies_later_is_refused():
    hal = FixedHal()
    entropy = _start(hal)
    hal.stuck = b"\x00"
    with raises(NoEntropy):
        for _ in range(100):
            entropy.bytes(32)
    with raises(NoEntropy):
        entropy.bytes(1)


def test_a_source_that_gives_nothing_or_fails_is_refused():
    class Broken(FixedHal):
        def entropy(self, count):
            raise OSError(5)

    class Short(FixedHal):
        def entropy(self, count):
            return b"\x01\x02\x03"

    for kind in (Broken, Short):
        hal = kind()
        with raises(NoEntropy):
            _start(hal)


def test_outputs_never_repeat_even_when_the_source_does():
    """The same source bytes after every restart: the seed in flash alone must keep outputs apart."""
    seen = set()
    hal = FixedHal()
    for _ in range(20):
        hal._count = 0
        entropy = _start(hal)
        for _ in range(3):
            out = entropy.bytes(32)
            assert out not in seen
            seen.add(out)
        hal = hal.power_on()


def test_the_next_seed_is_in_flash_before_a_batch_is_used():
    hal = FixedHal()
    entropy = _start(hal)
    log = SeedLog(hal.keyflash)
    sequence = log.current()[0]
    for _ in range(32):
        entropy.bytes(32)
    eq(SeedLog(hal.keyflash).current()[0], sequence)
    entropy.bytes(1)
    eq(SeedLog(hal.keyflash).current()[0], sequence + 1)


def test_old_seeds_are_gone():
    hal = FixedHal()
    entropy = _start(hal)
    old = SeedLog(hal.keyflash).current()[1]
    entropy.mix(b"h" * 32)
    assert old not in bytes(hal.keyflash.cells)


def test_mixing_changes_what_follows():
    outputs = []
    for data in (b"a" * 32, b"b" * 32):
        entropy = _start(FixedHal())
        entropy.mix(data)
        outputs.append(entropy.bytes(32))
    assert outputs[0] != outputs[1]


def test_power_cuts_while_seeds_turn_never_repeat_an_output():
    seen = set()
    for cut in range(1, 12):
        hal = FixedHal()
        _start(hal).bytes(32)
        hal = hal.power_on()
        hal.faults.cut(cut, torn=cut * 13 % 64)
        try:
            hal._count = 0
            seen.add(_start(hal).bytes(32))
        except PowerCut:
            pass
        hal = hal.power_on()
        hal._count = 0
        out = _start(hal).bytes(32)
        assert out not in seen
