"""The chip's program: set up the board, start the box, run its loop until an update asks for another start.

Bench images run this file at start; production images freeze it and call `run` from `_boot.py`.
"""

import time

import launch

CODE = "/code"  # updates, in the file system of a bench image
_PAUSE_MS = 3000  # in which a programmer can take hold


def run():
    """Raises what stops the board from starting; the relay is then at rest and the handset bypassed."""
    launch.enter(CODE)
    import board  # type: ignore[import-not-found]  # boards/<BOARD>/board.py, put beside the firmware by the image

    from hal.esp32 import Board, restart
    from main import Box

    hal = Board(board)
    box = Box(hal)
    try:
        box.boot()
        while not box.updates.restart_due():
            if not box.step():
                hal.wait()
    finally:
        hal.relay(False)
    restart()


def _bench():
    """An update that fails is started again, which counts against it; the image's firmware shows what stopped it."""
    try:
        run()
    except Exception:
        if not launch.trial:
            raise
        time.sleep_ms(_PAUSE_MS)
    raise SystemExit  # MicroPython starts anew


if __name__ == "__main__":
    _bench()
