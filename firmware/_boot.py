"""Production start, frozen in place of the port's own: no file system of its own, no REPL behind it.

The port's `_boot.py` repairs and formats what it cannot mount; here whatever goes wrong starts the chip again, after a pause in
which the handset is bypassed and a programmer can take hold.
"""

import time

_PAUSE_MS = 3000


def start():
    """Run the box; never returns to the interpreter's prompt."""
    try:
        from boot import run  # which chooses the firmware, so nothing of it may be imported before

        run()
    except Exception:  # the outermost edge: nothing else is left that could act
        time.sleep_ms(_PAUSE_MS)
    from hal.esp32 import restart

    restart()


start()
