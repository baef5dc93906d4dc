"""The line test on the box: phases, sections, what is measured, how it ends, and what may be stored."""

from array import array

import line_signals as signals
import line_test
from core.errors import Busy, Malformed, NotReady
from hal import contract
from hal.contract import BLOCK
from seal import header
from strict import eq, raises

PROFILE = {
    "limit_db": 20,
    "local_in_band": True,
    "local_level": -100,
    "local_twist": 0,
    "sidetone_db": None,
    "phone": "Desk phone",
    "wiring": "between base and handset",
    "far_keys": True,
    "swapped": False,
    "tested": 1795251600,
}


class _Hal:
    rate = (8000, 1)

    def __init__(self):
        self.lifted = False
        self.samples = 0

    def off_hook(self):
        return self.lifted

    def uptime(self):
        return self.samples // 8000


class _Call:
    active = False

    def __init__(self):
        self.far, self.near = array("h", bytes(2 * BLOCK)), array("h", bytes(2 * BLOCK))


class _Box:
    """What LineTest uses of main.Box; `state` is the box itself."""

    def __init__(self):
        self.hal, self.call, self.state = _Hal(), _Call(), self
        self.noted, self.kept, self.lamps = [], {}, []
        self.loads = self.refreshed = 0

    def note(self, event, **fields):
        self.noted.append(fields["what"])

    def lamp(self, state):
        self.lamps.append(state)

    def refresh(self):
        self.refreshed += 1

    def put(self, name, value):
        self.kept[name] = value

    def load_line(self):
        self.loads += 1


def _play(box, test, far=None, near=None, blocks=1):
    """Line time: the two signals, or so many blocks of silence."""
    count = blocks if far is None and near is None else len(far or near) // BLOCK
    for i in range(count):
        for own, signal in ((box.call.far, far), (box.call.near, near)):
            for n in range(BLOCK):
                own[n] = signal[i * BLOCK + n] if signal else 0
        box.hal.samples += BLOCK
        test.block(0)


def _lifted(section=1):
    box = _Box()
    test = line_test.LineTest(box)
    test.start("technician")
    test.section(section)
    box.hal.lifted = True
    return box, test


def test_it_waits_for_the_handset_and_warns():
    box = _Box()
    test = line_test.LineTest(box)
    eq((test.running, test.status()["phase"]), (False, "off"))
    test.start("technician")
    eq((test.running, test.on_line, test.status()["phase"]), (True, False, "waiting"))
    eq((box.lamps, box.noted), ([contract.LAMP_WARNING], ["started"]))
    box.hal.lifted = True
    _play(box, test)
    eq((test.on_line, test.status()["phase"]), (True, "lifted"))


def test_not_during_a_call():
    box = _Box()
    test = line_test.LineTest(box)
    box.call.active = True
    for ask in (lambda: test.start("owner"), lambda: test.store(PROFILE, "owner")):
        with raises(Busy):
            ask()
    box.call.active, box.hal.lifted = False, True
    with raises(Busy):
        test.start("owner")
    eq((test.running, box.noted, box.kept), (False, [], {}))


def test_on_hook_the_audio_is_not_looked_at():
    box, test = _lifted()
    box.hal.lifted = False
    _play(box, test, signals.sines(8000, 500, (1000, 0)))
    eq(test.result(1)["samples"], 0)
    eq(test.result(1)["far"]["mean"], -999)


def test_levels_of_both_directions():
    box, test = _lifted()
    _play(box, test, signals.sines(8000, 1000, (1000, -20)), signals.sines(8000, 1000, (500, -35)))
    found = test.result(1)
    assert abs(found["far"]["mean"] + 200) < 5 and abs(found["near"]["mean"] + 350) < 5, found
    eq(found["samples"], 8000)
    eq(max(found["far"]["bands"]), found["far"]["bands"][16])
    eq(found["keys"], [])


def test_a_local_key_stands_in_both_channels():
    box, test = _lifted()
    gap = signals.silence(8000, 200)
    far = gap + signals.key(8000, "5", 120, -10) + gap
    near = gap + signals.key(8000, "5", 120, -22) + gap
    _play(box, test, far, near)
    keys = test.result(1)["keys"]
    eq([(one["channel"], one["digit"], one["alike"]) for one in keys], [("far", "5", True), ("near", "5", True)])
    for one, other in zip(keys, (-120, 120)):
        assert abs(one["other"] - other) < 15, one


def test_a_far_key_stands_alone():
    box, test = _lifted()
    gap = signals.silence(8000, 200)
    _play(box, test, gap + signals.key(8000, "0", 120, -14) + gap)
    (one,) = test.result(1)["keys"]
    eq((one["channel"], one["digit"], one["alike"]), ("far", "0", False))
    assert abs(one["level"] + 140) < 12 and one["other"] < -400, one


def test_sections_are_kept_apart_and_can_be_asked_for_twice():
    box, test = _lifted()
    _play(box, test, blocks=10)
    test.section(2)
    _play(box, test, blocks=20)
    test.section(2)
    eq([test.result(n)["samples"] for n in (1, 2, 1)], [1600, 3200, 1600])
    _play(box, test, blocks=5)
    test.end()
    eq([test.result(n)["samples"] for n in (1, 2)], [1600, 4000])
    for number in (0, 3, 9):
        with raises(Malformed):
            test.result(number)


def test_sections_need_a_start_and_a_number_in_range():
    test = line_test.LineTest(_Box())
    with raises(NotReady):
        test.section(1)
    test.start("technician")
    for number in (0, 9):
        with raises(Malformed):
            test.section(number)


def test_putting_down_ends_it_and_a_bounce_does_not():
    box, test = _lifted()
    _play(box, test, blocks=5)
    box.hal.lifted = False
    _play(box, test, blocks=9)
    box.hal.lifted = True
    _play(box, test, blocks=5)
    eq(test.status()["phase"], "lifted")
    box.hal.lifted = False
    _play(box, test, blocks=10)
    eq((test.running, box.noted, box.refreshed), (False, ["started", "ended"], 1))
    eq(test.result(1)["samples"], 1600)


def test_ten_minutes_end_it_and_the_call_under_way_stays_unfollowed():
    for lifted in (True, False):
        box, test = _lifted()
        box.hal.lifted = lifted
        _play(box, test)
        box.hal.samples += 599 * 8000
        _play(box, test)
        eq(test.status()["phase"], "lifted" if lifted else "waiting")
        box.hal.samples += 8000
        _play(box, test)
        eq((test.status()["phase"], test.running), ("over", True) if lifted else ("off", False))
    box, test = _lifted()
    _play(box, test)
    test.end()
    box.hal.lifted = False
    _play(box, test, blocks=9)
    eq(test.running, True)
    _play(box, test)
    eq((test.running, box.noted), (False, ["started", "ended"]))


def test_a_profile_is_kept_and_taken_up():
    box, test = _lifted()
    test.store(dict(PROFILE), "technician")
    eq((box.kept["line"], box.loads, box.noted), (PROFILE, 1, ["started", "stored"]))


def test_a_header_names_the_test_that_told_the_channels_apart():
    eq(header.line(None), None)
    found = header.line(dict(PROFILE))
    eq((len(found["hash"]), found["tested"]), (16, PROFILE["tested"]))
    assert found["hash"] != header.line(dict(PROFILE, swapped=not PROFILE["swapped"]))["hash"]


def test_a_profile_that_is_none_is_refused():
    wrong = (
        ("limit_db", 2), ("limit_db", 20.0), ("limit_db", True), ("limit_db", None), ("local_in_band", 1), ("local_level", "x"),
        ("phone", "x" * 61), ("phone", b"x"), ("swapped", None), ("sidetone_db", 201), ("tested", -1), ("another", 1),
    )  # fmt: skip
    box, test = _lifted()
    for name, value in wrong:
        with raises(Malformed):
            test.store(dict(PROFILE, **{name: value}), "owner")
    short = dict(PROFILE)
    del short["far_keys"]
    with raises(Malformed):
        test.store(short, "owner")
    eq((box.kept, box.loads), ({}, 0))


def test_keys_of_a_section_are_few():
    box, test = _lifted()
    press = signals.key(8000, "1", 60, -10) + signals.silence(8000, 60)
    for _ in range(line_test._KEYS + 3 if hasattr(line_test, "_KEYS") else 19):
        _play(box, test, press)
    eq(len(test.result(1)["keys"]), 16)
