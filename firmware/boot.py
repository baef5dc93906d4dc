"""The chip's program: set up the board, start the box, run its loop for ever.

Bench images run this file at start; production images freeze it and call `run` from `_boot.py`.
"""


def run():
    """Does not return. Raises what stops the board from starting; the relay is then at rest and the handset bypassed."""
    import board  # type: ignore[import-not-found]  # boards/<BOARD>/board.py, put beside the firmware by the image

    from hal.esp32 import Board
    from main import Box

    hal = Board(board)
    box = Box(hal)
    try:
        box.boot()
        while True:
            if not box.step():
                hal.wait()
    finally:
        hal.relay(False)


if __name__ == "__main__":
    run()
