"""What every board offers the firmware: one class, one method a thing the hardware can do.

A block is `array('h')` of `BLOCK` samples of one channel, signed 16 bit, at the
board's true sample rate; a full-scale sine is +3.14 dBm0. Times are whole UTC
seconds since 1970. Whatever fails raises `OSError`; the simulator also raises
`PowerCut`, a `BaseException` that nothing may catch.
"""

BLOCK = 160  # samples a channel: 20 ms at 8 kHz, the unit of all line work

BUTTON_CONSENT = 1
BUTTON_STOP_ERASE = 2
BUTTON_PAUSE = 4
BUTTON_MARK = 8
BUTTON_OBJECT = 16
BUTTON_THREAT = 32

LAMP_OFF = 0
LAMP_READY = 1
LAMP_ASKING = 2
LAMP_RECORDING = 3
LAMP_PAUSED = 4
LAMP_ERASED = 5
LAMP_WARNING = 6
LAMP_FAULT = 7


class KeyFlash:
    """The private key partition: NOR flash. Programming clears bits; only an erase sets them."""

    PAGE = 4096  # bytes an erase sets to FF
    size = 0  # bytes in all

    def read(self, offset, buf):
        """Fill `buf` from byte `offset`."""
        raise NotImplementedError

    def program(self, offset, data):
        """AND up to 64 bytes into the flash at `offset`; allowed during a call."""
        raise NotImplementedError

    def erase(self, page):
        """Set page number `page` to FF: about 80 ms with interrupts stalled, so never during a call."""
        raise NotImplementedError


class Hal:
    """The board. A backend sets `rate` and `keyflash` and overrides every method."""

    rate = (8000, 1)  # true sample rate in Hz: numerator, denominator
    output_delay = 0  # samples from the block after `line_out` until it is really heard: evidence counts from there
    stall_ms = 1000  # the loop may be held up so long before line audio is lost
    keyflash: KeyFlash
    code_root = "/state/code"  # folder of updates (docs/update.md)

    def read_block(self, far, near):
        """Fill both blocks with the next line audio; allocates nothing.

        far is what the earpiece hears, near what the handset microphone says.
        Returns the samples lost before this block (0 normally), or -1 when no
        block is ready (the blocks are then unchanged).
        """
        raise NotImplementedError

    @property
    def behind(self):
        """The blocks that come had waited: what `line_out` is given now is not heard in their time, so a prompt is held."""
        return False

    def line_out(self, block):
        """Add a block (or None) to what the far party hears, in the next block of line time.

        Good for one block: what is not renewed is silence. The samples are
        copied. Allocates nothing.
        """
        raise NotImplementedError

    def ear_out(self, block):
        """As `line_out`, for the earpiece."""
        raise NotImplementedError

    def off_hook(self):
        """True while the handset is lifted."""
        raise NotImplementedError

    def buttons(self):
        """Mask of the buttons held now (BUTTON_...)."""
        raise NotImplementedError

    def direction_hint(self):
        """'in', 'out', or None where the board cannot tell who called."""
        raise NotImplementedError

    def lamp(self, state):
        """Show LAMP_...; the same state again costs nothing."""
        raise NotImplementedError

    def relay(self, energised):
        """True puts the box into the handset path; False, or no power, bypasses it."""
        raise NotImplementedError

    def feed_watchdog(self):
        """To be called at least every 8 s, or the board resets."""
        raise NotImplementedError

    def card(self):
        """Block device of the SD card (512-byte blocks, as VfsFat asks), or None when there is no card."""
        raise NotImplementedError

    def card_serial(self):
        """Number that changes each time a card is put in."""
        raise NotImplementedError

    def statefs(self):
        """Block device of internal flash for VfsLfs2; never to be written during a call."""
        raise NotImplementedError

    def now(self):
        """The battery clock. Meaningless while `clock_lost_power()`."""
        raise NotImplementedError

    def set_clock(self, t):
        """Set the battery clock; does not clear the lost-power bit."""
        raise NotImplementedError

    def clock_lost_power(self):
        """True when the battery clock stopped since the bit was last cleared."""
        raise NotImplementedError

    def clear_lost_power(self):
        """Clear the lost-power bit."""
        raise NotImplementedError

    def uptime(self):
        """Whole seconds powered since boot; never jumps with the clock."""
        raise NotImplementedError

    def link_read(self, buf):
        """Put the bytes that have arrived into `buf`; how many (0: none). Never waits."""
        raise NotImplementedError

    def link_write(self, buf, n):
        """Offer the first `n` bytes of `buf`; how many were taken (0: none). Never waits."""
        raise NotImplementedError

    def entropy(self, n):
        """`n` raw bytes from the board's noise source: to be tested and mixed, never used as they are."""
        raise NotImplementedError
