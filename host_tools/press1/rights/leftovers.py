"""Where calls lie open on their way into an access bundle, and what a killed program left there."""

import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "press1-access-"  # of folders in the system's temporary one
_KILLED_S = 3600  # no bundle takes so long for one file of a call


def forget_killed() -> None:
    """Remove the opened sound that a bundle left in the temporary folder when it was killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if time.time() - folder.stat().st_mtime > _KILLED_S:
                shutil.rmtree(folder)
        except OSError:  # another user's, or gone meanwhile
            continue
