"""What `hal/contract.py` promises, asked of every backend: the simulator's, and the ESP32's over a modelled chip."""

import vfs

from hal import contract
from hal.contract import BLOCK
from hal_benches import BENCHES, KEYS, NOW, ChipBench, SimBench, blocks
from strict import eq, raises


def each(check):
    for make in BENCHES:
        try:
            check(make())
        except AssertionError as error:
            raise AssertionError(make.__name__ + ": " + str(error)) from error


def test_every_method_is_overridden():
    for make in (SimBench, ChipBench):
        backend = type(make().hal)
        for name in dir(contract.Hal):
            if not name.startswith("_") and callable(getattr(contract.Hal, name)):
                assert getattr(backend, name) is not getattr(contract.Hal, name), (make, name)


def test_rate_is_a_fraction_of_telephone_speed():
    def check(bench):
        numerator, denominator = bench.hal.rate
        assert 7800 <= numerator / denominator <= 8000

    each(check)


def test_no_block_leaves_the_blocks_alone():
    def check(bench):
        far, near = blocks()
        far[0], near[5] = 7, 9
        while bench.hal.read_block(*blocks()) >= 0:
            pass
        eq((bench.hal.read_block(far, near), far[0], near[5]), (-1, 7, 9))

    each(check)


def test_a_second_brings_a_second_of_blocks():
    def check(bench):
        bench.go(1000)
        before = bench.hal.uptime()
        bench.go(5000)
        eq(bench.hal.uptime() - before, 5)

    each(check)


def test_outputs_take_a_block_or_nothing_at_any_time():
    def check(bench):
        block, _ = blocks()
        for _ in range(3):
            bench.hal.line_out(block)
            bench.hal.ear_out(block)
            bench.hal.line_out(None)
            bench.hal.ear_out(None)
            bench.go(20)
        block[0] = 1  # it was copied: changing it is nobody's affair

    each(check)


def test_the_hook_follows_the_handset():
    def check(bench):
        eq(bench.hal.off_hook(), False)
        bench.lift(True)
        eq(bench.hal.off_hook(), True)
        bench.lift(False)
        eq(bench.hal.off_hook(), False)

    each(check)


def test_buttons_are_a_mask():
    def check(bench):
        eq(bench.hal.buttons(), 0)
        for name, bit in (("consent", 1), ("stop_erase", 2), ("pause", 4), ("mark", 8), ("object", 16), ("threat", 32)):
            bench.press(name, 100)
            eq(bench.hal.buttons(), bit)
            getattr(bench, "release", lambda: bench.go(200))()
            eq(bench.hal.buttons(), 0)

    each(check)


def test_every_lamp_state_can_be_shown_twice():
    def check(bench):
        for state in range(8):
            bench.hal.lamp(state)
            bench.hal.lamp(state)
            bench.go(20)

    each(check)


def test_the_relay_holds_while_the_heart_beats_and_is_let_go():
    def check(bench):
        bench.hal.relay(True)
        eq(bool(bench.told("relay")), True)
        bench.hal.relay(False)
        eq(bool(bench.told("relay")), False)

    each(check)


def test_direction_is_known_or_none():
    def check(bench):
        assert bench.hal.direction_hint() in (None, "in", "out")

    each(check)


def test_the_card_is_a_block_device_that_fat_accepts():
    def check(bench):
        card = bench.hal.card()
        eq(card.ioctl(5, 0), 512)
        sector = bytearray(b"\xa5" * 512)
        eq((card.writeblocks(10, sector), card.readblocks(10, sector)), (0, 0))
        vfs.VfsFat.mkfs(card)
        vfs.mount(vfs.VfsFat(card), "/contract")
        try:
            with open("/contract/A", "wb") as file:
                file.write(b"x" * 5000)
            with open("/contract/A", "rb") as file:
                eq(len(file.read()), 5000)
        finally:
            vfs.umount("/contract")

    each(check)


def test_a_pulled_card_is_none_and_comes_back_as_another():
    def check(bench):
        card, serial = bench.hal.card(), bench.hal.card_serial()
        bench.card_out()
        eq(bench.hal.card(), None)
        assert card.readblocks(0, bytearray(512)) < 0 and card.writeblocks(0, bytes(512)) < 0
        bench.card_in()
        assert bench.hal.card() is not None and bench.hal.card() is not card
        assert bench.hal.card_serial() != serial
        assert card.writeblocks(0, bytes(512)) < 0

    each(check)


def test_key_flash_clears_bits_and_erases_pages():
    def check(bench):
        keys = bench.hal.keyflash
        eq((keys.PAGE, keys.size), (4096, KEYS))
        keys.erase(7)
        keys.program(7 * 4096 + 60, b"\xf0\x0f")
        keys.program(7 * 4096 + 60, b"\x3f\xff")
        buf = bytearray(3)
        keys.read(7 * 4096 + 60, buf)
        eq(bytes(buf), b"\x30\x0f\xff")
        keys.erase(7)
        keys.read(7 * 4096 + 60, buf)
        eq(bytes(buf), b"\xff\xff\xff")
        for bad in (bytes(65),):
            with raises(OSError):
                keys.program(0, bad)
        with raises(OSError):
            keys.erase(KEYS // 4096)

    each(check)


def test_no_page_is_erased_during_a_call_but_programming_goes_on():
    def check(bench):
        bench.lift(True)
        with raises(OSError):
            bench.hal.keyflash.erase(3)
        bench.hal.keyflash.program(3 * 4096, bytes(64))
        bench.lift(False)
        bench.hal.keyflash.erase(3)

    each(check)


def test_the_state_flash_takes_littlefs():
    def check(bench):
        device = bench.hal.statefs()
        vfs.VfsLfs2.mkfs(device)
        vfs.mount(vfs.VfsLfs2(device), "/contract")
        try:
            with open("/contract/a", "wb") as file:
                file.write(b"abc")
            with open("/contract/a", "rb") as file:
                eq(file.read(), b"abc")
        finally:
            vfs.umount("/contract")

    each(check)


def test_the_clock_goes_on_and_can_be_set():
    def check(bench):
        first = bench.hal.now()
        assert NOW <= first <= NOW + 1, first
        bench.go(3000)
        eq(bench.hal.now() - first, 3)
        bench.hal.set_clock(NOW + 86400)
        eq(bench.hal.now(), NOW + 86400)
        bench.go(2000)
        assert NOW + 86401 <= bench.hal.now() <= NOW + 86402

    each(check)


def test_lost_power_stays_told_until_it_is_cleared():
    def check(bench):
        eq(bench.hal.clock_lost_power(), False)
        bench.lose_clock()
        eq(bench.hal.clock_lost_power(), True)
        bench.hal.set_clock(NOW)
        eq(bench.hal.clock_lost_power(), True)
        bench.hal.clear_lost_power()
        eq(bench.hal.clock_lost_power(), False)

    each(check)


def test_uptime_does_not_jump_with_the_clock():
    def check(bench):
        before = bench.hal.uptime()
        bench.hal.set_clock(NOW + 10_000_000)
        assert bench.hal.uptime() - before <= 1

    each(check)


def test_the_link_never_waits():
    def check(bench):
        eq(bench.hal.link_read(bytearray(16)), 0)
        taken = bench.hal.link_write(b"abcd", 4)
        assert 0 <= taken <= 4

    each(check)


def test_entropy_has_its_length_and_does_not_repeat():
    def check(bench):
        first, second = bench.hal.entropy(48), bench.hal.entropy(48)
        eq((len(first), len(bench.hal.entropy(1))), (48, 1))
        assert first != second

    each(check)


def test_blocks_are_of_the_contracts_size():
    eq((BLOCK, len(blocks()[0])), (160, 160))
