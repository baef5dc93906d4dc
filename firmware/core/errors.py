"""Every error the firmware raises on purpose. `code` is what the link answers; texts carry no secret."""


class Press1Error(Exception):
    code = "internal"


class Malformed(Press1Error):
    """Bytes that are not what their format says."""

    code = "malformed"


class Refused(Press1Error):
    """Not allowed to this role, or not with these values."""

    code = "refused"


class Busy(Press1Error):
    """A call is in progress: ask again afterwards."""

    code = "busy"


class Gone(Press1Error):
    """No such recording, or its key has been destroyed."""

    code = "gone"


class NoCard(Press1Error):
    code = "nocard"


class NotFat(NoCard):
    """A card is present, but holds no FAT file system."""

    code = "notfat"


class CardFull(Press1Error):
    code = "full"


class NoSlot(CardFull):
    """The key partition has no free slot: treated like a full card."""


class ClockUntrusted(Press1Error):
    code = "clock"


class NoEntropy(Press1Error):
    """The entropy source failed its tests, or no seed has been set up."""

    code = "entropy"


class NotReady(Press1Error):
    """Something that must stand ready (envelopes, policy, keys) does not."""

    code = "notready"


class Unprovisioned(Press1Error):
    code = "unprovisioned"


class ButtonNeeded(Press1Error):
    """The consent button must be held while this is asked."""

    code = "button"


class SelfTestFailed(Press1Error):
    code = "selftest"


def error_code(error):
    """The code of one of our errors, the class name of another."""
    return error.code if isinstance(error, Press1Error) else type(error).__name__
