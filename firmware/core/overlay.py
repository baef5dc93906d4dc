"""Modules that are loaded for one piece of work and given back after it: loaded they take heap, frozen in flash they do not.

They are imported where the work begins, in a slice of the background or of the link, never in what a block of audio waits for: loading
allocates, and takes milliseconds. None that keeps state: one that is still at work when it is dropped stays with its objects, and the
next import makes another.

Only frozen code is dropped. Of what came from a file, the port keeps machine code until the next start (ports/esp32/main.c), so each
further loading would take more.
"""

import sys

frozen = __file__ == "core/overlay.py"  # what is frozen is named without a folder to find it in


def drop(names):
    """Let the collector have the modules of these names, where that gives their memory back."""
    for name in names:
        if not frozen or name not in sys.modules:
            continue
        del sys.modules[name]
        folder, _, leaf = name.rpartition(".")
        if folder:
            delattr(sys.modules[folder], leaf)
