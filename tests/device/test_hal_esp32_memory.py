"""docs/memory.md, section "RAM": what its table says is what the firmware takes, measured on the modelled board."""

import os
import sys

sys.path.insert(0, "tests/device/machine_model")

import esp32
import machine
import world

from chip_box import ChipBox
from core import overlay
from line.clip import Clip
from memory_walk import Walk, modules
from strict import eq

_SKIP = (machine.I2S, machine.I2C, machine.Pin, machine.SDCard, machine.UART, machine.WDT, esp32.Partition, world.World)
_OURS = tuple(name.split(".")[0] for name in os.listdir("firmware"))
_KIB = 1024
_CLIP = 15 * 8000


def table():
    """{part: KiB} of the page."""
    rows = {}
    with open("docs/memory.md") as page:
        text = page.read()
    for line in text[text.index("\n## RAM") :].split("\n"):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 4 and cells[2].isdigit():
            rows[cells[1]] = int(cells[2])
    return rows


def measured():
    """{part: bytes}, in the order that decides who counts what two parts share."""
    overlay.frozen = True
    bench = ChipBox(capture_blocks=15)
    bench.provision()
    box, hal = bench.box, bench.hal
    walk, found = Walk(_SKIP), {}

    def count(name, *roots):
        before = walk.buffers + walk.objects
        for root in roots:
            walk.add(root, name)
        found[name] = walk.buffers + walk.objects - before

    for nobody in (bench, box, bench.told_events, bench.world):
        walk.pass_over(nobody)
    prompts, box.rules.prompts = box.rules.prompts, {}
    count("capture", hal.capture)
    count("converter of the prompt", hal.dac)
    count("other drivers", hal)
    count("key slots and logs", box.slots, box.floor, box.upkeep)
    count(
        "prompts", box.call._announcement._player._reel, *[Clip("/state/prompt/two-of-15-s.al", 1, _CLIP, b"") for _ in range(2)]
    )
    count("call and detectors", box.call)
    count("link", box.server)
    count("envelopes in stock", box.stock)
    count("all else of the box", *[getattr(box, name) for name in box.__dict__ if name not in ("hal", "recorder")])
    bench.lift(True)
    bench.box.rules.prompts = prompts
    bench.go(2600)
    bench.key_one(250)
    bench.go(500)
    eq(bench.told_events.names("gate", "open"), [True])
    count("a recording", box.recorder)
    sys.modules.pop("enrol")  # loaded when it is asked for; an enrolled box has started again since
    found["modules"] = modules(_OURS, walk)
    bench.close()
    return found


def test_the_table_is_true():
    stated, found = table(), measured()
    eq(sorted(stated), sorted(found))
    wrong = {
        name: (found[name], stated[name])
        for name in stated
        if not min(0.6 * stated[name], stated[name] - 1) * _KIB < found[name] <= stated[name] * _KIB
    }
    eq(wrong, {})


def test_capture_buffers_are_exactly_what_the_page_explains():
    for blocks, size in ((15, 9600), (40, 25600)):
        bench = ChipBox(capture_blocks=blocks)
        walk = Walk(_SKIP)
        for nobody in (bench, bench.box, bench.world):
            walk.pass_over(nobody)
        walk.add(bench.hal.capture, "capture")
        bench.close()
        eq((sorted(size for size, _path in walk.found)[-2:], bench.hal.stall_ms), ([size, size], 20 * blocks + 200))
