"""Everything press1 says no with: one tree; the class decides the exit code.

Messages are lower case, one line, without secrets; `hint` says what to do about it.
"""


class Press1Error(Exception):
    """A fault of our own when nothing below fits."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Usage(Press1Error):
    """What was asked for makes no sense: arguments, scripts, input files."""

    exit_code = 2


class NoBox(Press1Error):
    """No box answers, or it is not provisioned."""

    exit_code = 3


class RefusedByBox(Press1Error):
    """The box's roles or policy forbid it."""

    exit_code = 4


class Damaged(Press1Error):
    """Data that is altered, forged, incomplete or no recording at all."""

    exit_code = 5


class Gone(Press1Error):
    """The recording or its key was erased or has expired."""

    exit_code = 6


class WrongKey(Press1Error):
    """A passphrase or a key that does not fit."""

    exit_code = 7
