"""The whole firmware on the ESP32's board over the modelled chip: a call, its prompt, a key, a recording; and a hang."""

import os
import sys

sys.path.insert(0, "tests/device/machine_model")

import chips

from chip_box import ChipBox
from hal import contract
from strict import eq


def recorded(box):
    """Paths of the recordings on the card."""
    found = []
    for month in os.listdir("/sd/REC"):
        for day in os.listdir("/sd/REC/" + month):
            found += ["/sd/REC/%s/%s/%s" % (month, day, name) for name in os.listdir("/sd/REC/%s/%s" % (month, day))]
    return found


def call(board, codec):
    bench = ChipBox(board, codec)
    try:
        bench.provision()
        eq((bench.box.unready(), bench.box.lamp_name()), (None, "ready"))
        bench.lift(True)
        bench.go(2600)
        eq(bench.told_events.names("gate", "open"), [])
        bench.key_one(250)
        bench.go(4000)
        told = bench.told_events
        eq((told.names("gate", "open"), told.names("fault", "fault")), ([True], []))
        eq(told.names("state", "state")[-1], "granted")
        eq(bench.world.chips[0x20].latch & 0xC0, 0x80)  # red
        bench.lift(False)
        bench.go(1500)
        eq(told.names("gate", "open"), [True, False])
        eq(len(recorded(bench)), 1)
        assert os.stat(recorded(bench)[0])[6] > 4 * 7800 * 2, "four seconds of two channels"
        eq((bench.hal.capture.restarts, bench.hal.capture.lost, bench.world.streams[0].missed), (0, 0, 0))
        eq([entry for entry in bench.world.log if entry[:3] == ("flash", "keys", "erase and program")], [])
    finally:
        bench.close()


def test_a_call_is_recorded_at_eight_kilohertz():
    call("WROVER_WM8960", chips.Wm8960)


def test_a_call_is_recorded_at_the_halved_rate():
    call("LYRAT_V43", chips.Es8388)


def test_the_prompt_goes_to_both_sides_and_then_there_is_silence():
    bench = ChipBox()
    try:
        bench.provision()
        mute = bench.board.PINS["DAC_MUTE"]
        bench.lift(True)
        for _ in range(300):
            bench.go(10)
            if bench.world.levels[mute]:
                break
        eq(bench.world.levels[mute], 1)
        eq([entry["what"] for name, entry in bench.told_events.events if name == "prompt"], ["started"])
        bench.lift(False)
        bench.go(100)
        eq(bench.world.levels[mute], 0)
    finally:
        bench.close()


def test_a_stall_of_the_card_in_a_recording_loses_nothing():
    bench = ChipBox()
    try:
        bench.provision()
        bench.lift(True)
        bench.go(2600)
        bench.key_one(250)
        for _ in range(5):
            bench.world.pass_us(1_000_000)  # the loop sits in a write
            bench.go(1000)
        eq((bench.hal.capture.lost, bench.world.streams[0].missed, bench.told_events.names("fault", "fault")), (0, 0, []))
        eq(bench.told_events.names("gate", "open"), [True])
    finally:
        bench.close()


def test_a_stall_in_the_prompt_makes_it_later_and_not_shorter():
    """The blocks that had waited come faster than they can be played: a prompt that went on with them would lose its middle, unheard."""
    bench = ChipBox()
    try:
        bench.provision()
        bench.lift(True)
        told = bench.told_events
        while not told.names("prompt", "what"):
            bench.go(5)
        bench.go(200)
        bench.world.pass_us(800_000)
        bench.go(2500)
        eq((told.names("prompt", "what"), bench.hal.dac.dropped), (["started", "offer", "ended"], 0))
        started, offer, ended = told.names("prompt", "sample")
        assert 6000 + 5600 < offer - started < 6000 + 7200, offer - started
        assert ended > started
        eq(bench.hal.capture.lost, 0)
    finally:
        bench.close()


def test_nothing_is_captured_for_anyone_while_the_handset_rests():
    bench = ChipBox()
    try:
        bench.provision()
        bench.key_one(300)
        eq(
            (bench.told_events.names("key", "digit"), bench.told_events.names("state", "state"), os.listdir("/sd").count("REC")),
            ([], [], 0),
        )
    finally:
        bench.close()


def test_an_unprovisioned_box_warns_and_holds_the_relay():
    bench = ChipBox()
    try:
        bench.go(500)
        eq((bench.box.lamp_name(), bench.box.unready()), ("warning", "entropy"))
        eq(bench.hal.panel._colour, 0xC0)
        eq(contract.LAMP_WARNING, 6)
        before = len(bench.world.changes(bench.board.PINS["RELAY"]))
        bench.go(200)
        assert len(bench.world.changes(bench.board.PINS["RELAY"])) > before
    finally:
        bench.close()
