"""Draws docs/wiring/<BOARD>.svg from boards/<BOARD>/pins.csv: `python docs/wiring/draw.py`. The same input gives the same bytes."""

import csv
import sys
from pathlib import Path

import symbols
from symbols import box, dot, ground, label, line, wire

ROOT = Path(__file__).resolve().parents[2]
WIDTH, HEIGHT = 1300, 1060

# Board: (title, what the module is, codec inputs for far and near, where they are, what the codec is wired to)
BOARDS = {
    "WROVER_WM8960": ("ESP32-DevKitC-VE with SparkFun WM8960", "DevKitC-VE", "LINPUT2", "RINPUT2", "WM8960 board", True),
    "A1S_AUDIOKIT": ("ESP32-A1S Audio Kit", "Audio Kit", "line-in L", "line-in R", "line-in socket", False),
    "LYRAT_V43": ("ESP32-LyraT V4.3", "LyraT", "AUX-in L", "AUX-in R", "AUX-in socket", False),
    "TEMPLATE": ("any ESP32 board: to be copied", "ESP32 module", "LINPUT2", "RINPUT2", "WM8960 board", True),
}
# Part: pins of ours that go there, with the part's own name for each.
PARTS = (
    ("PCM5102A DAC", (("DAC_BCK", "BCK"), ("DAC_WS", "LCK"), ("DAC_DATA", "DIN"), ("DAC_MUTE", "XSMT"))),
    ("Codec", (("ADC_BCK", "BCLK"), ("ADC_WS", "ADCLRC"), ("AC101_WS", "AC101: WS"), ("ADC_DATA", "ADCDAT"))),
    ("I2C: panel, DS3231", (("I2C_SCL", "SCL"), ("I2C_SDA", "SDA"))),
    ("microSD", (("SD_CLK", "CLK"), ("SD_CMD", "CMD"), ("SD_D0", "DAT0"), ("SD_DETECT", "DET"))),
    ("Relay pump", (("RELAY", "C5"),)),
    ("Cradle contact", (("HOOK", "to ground"),)),
)
SELECTOR = (("1", "2-3", "1-4"), ("2", "1-4", "2-3"), ("3", "1-2", "3-4"))


def pins(board):
    """GPIO number by name."""
    rows = csv.reader((ROOT / "boards" / board / "pins.csv").read_text().splitlines())
    return {row[0]: int(row[1][4:]) for row in rows if row}


def jacks():
    """The four wires that always go straight through, and the selector that finds the pairs."""
    out = box(30, 70, 120, 130, "PHONE", "RJ9 plug") + box(620, 70, 120, 130, "HANDSET", "RJ9 jack")
    for n in range(4):
        y = 95 + 30 * n
        out += line(150, y, 620, y) + label(160, y - 4, str(n + 1)) + label(606, y - 4, str(n + 1))
        out += dot(250 + 40 * n, y) + wire((250 + 40 * n, y), (250 + 40 * n, 230))
    out += label(385, 62, "straight through, whatever the box does", "middle", italic=True)
    return out + box(225, 230, 170, 60, "S1 wiring selector", "4 poles, 3 positions")


def selector_table():
    """Which wires each position takes."""
    out = label(440, 222, "S1") + label(490, 222, "ear pair") + label(580, 222, "mic pair")
    for i, (position, ear, mic) in enumerate(SELECTOR):
        y = 242 + 19 * i
        out += label(440, y, position) + label(490, y, ear) + label(580, y, mic)
    return out + label(440, 302, "1 is usual; keep what the line test finds", italic=True)


def pair(y, name, relay, tap, send, drive, far_input, dac_output):
    """One pair: contacts that close when the box is awake; a tap to the codec above, what the DAC adds below."""
    top, bottom = y, y + 40
    x = 250 if name == "ear" else 350
    out = (
        wire((x, 290), (x, bottom))
        + wire((x + 20, 290), (x + 20, top))
        + line(x, bottom, 400, bottom)
        + line(x + 20, top, 400, top)
    )
    out += label(420, bottom + 22, name + " pair", "middle", bold=True)
    for at in (top, bottom):
        out += symbols.contact(400, at)
    out += label(420, top - 18, relay, "middle", bold=True)
    out += _tap(440, top, bottom, tap, far_input) + _send(440, top, bottom, send, drive, dac_output)
    return out


def _tap(x, top, bottom, parts, name):
    capacitor, transformer = parts
    out = line(x, top, 560, top) + line(x, bottom, 490, bottom)
    out += wire((490, bottom), (490, bottom)) + dot(470, top) + dot(490, bottom)
    out += symbols.capacitor(560, top, capacitor) + line(600, top, 640, top)
    out += line(490, bottom, 640, bottom) + symbols.transformer(640, top, bottom, transformer, "10k : 10k")
    return (
        out
        + line(700, top, 750, top)
        + line(700, bottom, 750, bottom)
        + ground(750, bottom)
        + label(760, top + 5, name, bold=True)
    )


def _send(x, top, bottom, parts, drive, name):
    capacitor, transformer, resistor = parts
    low = bottom + 60
    end = low + 40
    out = wire((470, top), (470, low)) + line(470, low, 500, low) + symbols.resistor(500, low, resistor)
    out += line(550, low, 560, low) + symbols.capacitor(560, low, capacitor) + line(600, low, 640, low)
    out += (
        wire((490, bottom), (490, end)) + line(490, end, 640, end) + symbols.transformer(640, low, end, transformer, "600 : 600")
    )
    out += line(700, low, 750, low) + line(700, end, 750, end) + ground(750, end)
    return out + label(760, low + 5, name, bold=True) + label(760, low + 22, drive, italic=True)


def pump():
    """The pump that only a living loop keeps charged."""
    y = 880
    out = label(30, 830, "Relay pump: holds K1 and K2 for about 3 s after the last stroke", bold=True)
    out += (
        label(30, y + 5, "RELAY") + line(80, y, 110, y) + symbols.capacitor(110, y, "C5 1u") + line(150, y, 190, y) + dot(190, y)
    )
    out += symbols.diode_up(190, y, y + 70, "D1") + ground(190, y + 70) + symbols.diode_right(190, y, "D2") + line(240, y, 420, y)
    out += dot(290, y) + symbols.capacitor_down(290, y, y + 70, "C6 3u3") + ground(290, y + 70)
    out += dot(360, y) + symbols.resistor_down(360, y, y + 70, "R3 1M") + ground(360, y + 70)
    out += symbols.mosfet(420, y, "Q1 AO3400A") + ground(462, y + 40)
    return out + wire((462, y - 40), (462, y - 18)) + box(520, y - 60, 150, 60, "K1, K2 coils", "TQ2-5V, D3 across") + line(
        462, y - 40, 520, y - 40) + line(670, y - 40, 700, y - 40) + label(705, y - 35, "+5 V")  # fmt: skip


def panel():
    """The panel: PCF8574 with buttons and lamp."""
    out = label(800, 815, "Front panel on I2C (PCF8574 at 20 or 38, DS3231 at 68)", bold=True)
    out += label(855, 838, "PCF8574", "middle", bold=True) + box(800, 845, 110, 190, "", "")
    names = ("consent", "stop / erase", "pause", "mark", "object", "threat")
    for bit, name in enumerate(names):
        y = 862 + 21 * bit
        out += (
            label(878, y + 4, f"P{bit}")
            + line(910, y, 950, y)
            + symbols.button(950, y)
            + line(990, y, 1010, y)
            + label(1020, y + 4, name)
        )
    out += line(1010, 862, 1010, 967) + ground(1010, 967)
    for bit, name, y in ((6, "red", 1002), (7, "green", 1026)):
        out += label(878, y + 4, f"P{bit}") + line(910, y, 950, y) + symbols.resistor(950, y, "") + line(1000, y, 1020, y)
        out += label(1026, y + 4, f"680 ohm, {name} cathode; anode to 3.3 V")
    return out


def module(board):
    """The module's wires, part by part, from pins.csv."""
    _title, name, _far, _near, _where, own_codec = BOARDS[board]
    gpio, y = pins(board), 80
    out = ""
    first = y
    for part, rows in PARTS:
        on_board = not own_codec and part in ("Codec", "microSD")
        rows = [row for row in rows if row[0] in gpio]
        height = 22 * len(rows) + 24
        out += box(1130, y, 150, height, part, "on the board" if on_board and len(rows) < 3 else "", small=True, pale=on_board)
        for i, (pin, there) in enumerate(rows):
            at = y + 32 + 22 * i
            out += (
                line(1020, at, 1130, at, dashed=on_board)
                + label(1012, at + 4, f"GPIO{gpio[pin]}", "end")
                + label(1137, at + 4, there)
            )
            out += label(1075, at - 3, pin, "middle", small=True)
        y += height + 12
    note = "dashed: made by the board's maker" if not own_codec else "all wires shorter than 10 cm"
    return (
        box(940, first, 80, y - first - 12, "", "")
        + label(980, first - 8, name, "middle", bold=True)
        + out
        + label(1280, y + 8, note, "end", italic=True)
    )


def drawing(board):
    """The whole sheet."""
    title, _name, far, near, where, _own = BOARDS[board]
    out = label(30, 32, f"Press1: {title}", big=True) + label(1270, 32, "not built yet: docs/hardware.md", "end", italic=True)
    out += jacks() + selector_table()
    out += label(760, 330, where, italic=True) + label(760, 572, where, italic=True)
    out += pair(355, "ear", "K1", ("C1 1u", "T1"), ("C2 2u2", "T2", "R1 1k"), "DAC right: the earpiece", "far: " + far, "ROUT")
    out += pair(
        597, "mic", "K2", ("C3 1u", "T3"), ("C4 2u2", "T4", "R2 22k"), "DAC left: the other party", "near: " + near, "LOUT"
    )
    return symbols.sheet(WIDTH, HEIGHT, out + pump() + panel() + module(board))


def main(folder):
    """Write every board's drawing into `folder`."""
    for board in BOARDS:
        (folder / f"{board}.svg").write_text(drawing(board), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
