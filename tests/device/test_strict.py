"""The runner's own helpers, on the device."""

import asyncio

from strict import eq, no_alloc, raises


def test_eq_shows_both_values():
    with raises(AssertionError) as caught:
        eq(1, 2)
    eq(str(caught.value), "got 1, want 2")


def test_raises_refuses_silence():
    with raises(AssertionError):
        with raises(ValueError):
            pass


def test_raises_lets_others_through():
    with raises(KeyError):
        with raises(ValueError):
            {}["x"]


def test_no_alloc_catches_an_allocation():
    lock = no_alloc()
    caught = False
    try:
        with lock:
            bytearray(64)
    except MemoryError:
        caught = True
    assert caught


def test_no_alloc_passes_small_integers():
    lock = no_alloc()
    total = 0
    with lock:
        for number in range(10):
            total += number
    eq(total, 45)


async def test_async_tests_run():
    await asyncio.sleep(0)


class TestMethods:
    def test_each_has_an_object_of_its_own(self):
        assert not hasattr(self, "seen")
        self.seen = True

    def test_each_has_an_object_of_its_own_again(self):
        assert not hasattr(self, "seen")
        self.seen = True
