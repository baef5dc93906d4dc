# ruff: noqa: F821  # the names are given by the manifest reader, which works in the manifest's own folder
# What every production image freezes: all the firmware but the simulator, and none of the port's own modules, so that `_boot` is ours.
# A board's manifest adds its board.py and what its parts need from micropython-lib.
import os

FIRMWARE = "../firmware"

for name in sorted(os.listdir(FIRMWARE)):
    if name.endswith(".py"):
        module(name, base_path=FIRMWARE)
    elif name != "hal" and os.path.exists(FIRMWARE + "/" + name + "/__init__.py"):
        package(name, base_path=FIRMWARE)
HAL = sorted(name for name in os.listdir(FIRMWARE + "/hal") if name.endswith(".py") and not name.startswith("sim"))
package("hal", files=HAL, base_path=FIRMWARE)
