"""The scripted lives of a box that are cut everywhere: setup(machine factory) then action. MicroPython."""

from board import BLOCKS, LOG
from machine import DAY, POLICY, Machine, provisioned

from hal import contract


class Scenario:
    """`base` media; `play(machine)` is cut at every write, `prepare(machine)` before it is not. `holes`: entries wait without a card."""

    pages = 16
    blocks = BLOCKS
    keep_s = 90 * DAY
    holes = False

    def prepare(self, machine):
        machine.settle()

    def play(self, machine):
        raise NotImplementedError

    def run(self):
        """(base media, log rows, index of the first row that is cut)."""
        base = provisioned(self.pages, self.blocks, self.keep_s)
        LOG.rows = []
        LOG.on = True
        machine = Machine(base)
        self.prepare(machine)
        first = len(LOG.rows)
        self.play(machine)
        LOG.on = False
        return base, LOG.rows, first


class Record(Scenario):
    """A first call, folders and all: recorded, hung up, signed."""

    def play(self, machine):
        machine.record(2.2)


class Long(Scenario):
    """A recording whose size passes 64 KiB, so that a directory entry changes in two places."""

    def prepare(self, machine):
        machine.settle()
        machine.accept()
        machine.run(2.8)

    def play(self, machine):
        machine.run(1.8)
        machine.hang_up()
        machine.settle()


class Failing(Scenario):
    """The card refuses some writes of a recording: the part ends, what was flushed stays."""

    def prepare(self, machine):
        machine.settle()
        machine.accept()
        machine.run(0.7)

    def play(self, machine):
        machine.board.sd.failing = 2
        machine.run(0.8)
        machine.hang_up()
        machine.settle()


class Wide(Scenario):
    """A first recording on a FAT32 of 4 GB, and its end."""

    blocks = 8_500_000
    keep_s = 2 * DAY

    def play(self, machine):
        machine.record(0.8)
        machine.board.skip(2 * DAY)
        machine.box.tick(machine.board.now())
        machine.settle()


class Reuse(Scenario):
    """Names and clusters of an erased recording are taken by the next one."""

    def prepare(self, machine):
        machine.settle()
        machine.record(0.6)
        machine.record(0.6)
        machine.box.sweep.erase(machine.ids()[0], "erased")
        machine.settle()

    def play(self, machine):
        machine.record(0.6)


class Stop(Scenario):
    """The stop button after a pause: both parts go."""

    def play(self, machine):
        machine.accept()
        machine.run(1)
        machine.button(contract.BUTTON_PAUSE)
        machine.button(contract.BUTTON_PAUSE)
        machine.run(0.6)
        machine.button(contract.BUTTON_STOP_ERASE)
        machine.run(0.2)
        machine.hang_up()
        machine.settle()


class Withdraw(Scenario):
    """The caller's key after a mark, beside an older recording that stays."""

    def prepare(self, machine):
        machine.settle()
        machine.record(0.5)
        machine.accept()
        machine.run(1)
        machine.button(contract.BUTTON_MARK)
        machine.run(0.6)

    def play(self, machine):
        machine.key("0")
        machine.run(0.2)
        machine.hang_up()
        machine.settle()


class Sweep(Scenario):
    """Two recordings reach their end, one does not."""

    keep_s = 2 * DAY

    def prepare(self, machine):
        machine.settle()
        machine.record(0.5)
        machine.record(0.4)
        machine.advance(DAY)
        machine.record(0.3)
        machine.board.skip(DAY + 60)

    def play(self, machine):
        machine.box.tick(machine.board.now())
        machine.settle()


class Hold(Scenario):
    """A recording gets a later end and a further purpose."""

    def prepare(self, machine):
        machine.settle()
        machine.record(0.5)
        machine.record(0.3)

    def play(self, machine):
        slots = machine.box.slots
        slots.change(slots.find(machine.ids()[0]), expiry=machine.board.now() + 200 * DAY, purposes=10)
        machine.settle()


class Erase(Scenario):
    """The owner's vault has erased a recording, and the box follows."""

    def prepare(self, machine):
        machine.settle()
        machine.record(0.5)
        machine.record(0.3)

    def play(self, machine):
        machine.box.sweep.erase(machine.ids()[0], "erased")
        machine.settle()


class Compaction(Scenario):
    """Slots run short: a page of mostly finished ones is emptied and erased."""

    pages = 8

    def prepare(self, machine):
        machine.settle()
        slots = machine.box.slots
        machine.record(0.3)
        for number in range(110):
            self._spend(slots, number)
            if number > 100:
                machine.record(0.2)  # the prepared ones leave the first pages
        for number in range(110, 150):
            self._spend(slots, number)

    @staticmethod
    def _spend(slots, number):
        slot = slots.prepare(number.to_bytes(2, "big") * 8, bytes(range(1, 33)))
        slots.begin_erase(slot, "unused")
        slots.zero(slot)

    def play(self, machine):
        while machine.box.slots.tidy():
            pass
        machine.settle()


class Rollover(Scenario):
    """A call over midnight of a month's last day."""

    def prepare(self, machine):
        machine.settle()
        machine.record(0.3)
        machine.advance(16 * DAY + 57599)  # 2027-01-31 23:59:59
        machine.settle()

    def play(self, machine):
        machine.record(1.2)
        machine.advance(3600)


class Settings(Scenario):
    """A new prompt, a new policy, the clock set by technician and owner."""

    def prepare(self, machine):
        machine.settle()
        machine.record(0.3)

    def play(self, machine):
        import hashlib

        from services import BoxServices

        services = BoxServices(machine.box)
        clip = bytes(0x54 for _ in range(320))
        about = {"offer": 160, "hash": hashlib.sha256(clip).digest(), "text": "u", "language": "da", "samples": len(clip)}
        services.put_prompt("q", 0, clip, about)
        services.load_policy(dict(POLICY, prompts={"in": ["p", "q"], "in_rest": [], "out": ["q"], "out_rest": []}))
        machine.settle()
        services.set_time(machine.board.now() + 60, "technician", False)
        services.set_time(machine.board.now() - 90, "owner", False)
        machine.settle()


class Floor(Scenario):
    """The hour in which the floor log turns its page, and those around it."""

    def prepare(self, machine):
        machine.settle()
        for _ in range(54):
            machine.advance(3600)

    def play(self, machine):
        for _ in range(12):
            machine.advance(3600)


class Seeds(Scenario):
    """The draw with which the seed log turns its page, and those around it."""

    def prepare(self, machine):
        machine.settle()
        self._draw(machine, 57)

    def play(self, machine):
        self._draw(machine, 12)
        machine.settle()

    @staticmethod
    def _draw(machine, count):
        for _ in range(count):
            machine.box.entropy.bytes(900)
            machine.box.upkeep.tidy()


class Away(Scenario):
    """The card is out when a recording ends its time, and comes back."""

    keep_s = 2 * DAY
    holes = True

    def prepare(self, machine):
        machine.settle()
        machine.record(0.4)
        machine.advance(DAY)
        machine.record(0.3)
        machine.board.card_out()
        machine.box.tick(machine.board.now())

    def play(self, machine):
        machine.advance(DAY + 10)
        machine.board.card_in()
        machine.box.tick(machine.board.now())
        machine.settle()


class Recovery(Scenario):
    """Power fails in a call and again at every write of the start that follows."""

    def prepare(self, machine):
        machine.settle()
        machine.record(0.3)
        machine.accept()
        machine.run(1.5)
        machine.button(contract.BUTTON_MARK)
        machine.run(0.9)

    def play(self, machine):
        again = Machine(machine.board.media(), machine.board.seconds() + 5)
        again.settle()
        again.advance(3600)


class Busy(Scenario):
    """Three calls in a row: refused, recorded in two parts, recorded and withdrawn."""

    def play(self, machine):
        machine.lift()
        machine.run(0.14)
        machine.key("5")
        machine.hang_up()
        machine.accept()
        machine.run(0.4)
        machine.button(contract.BUTTON_MARK)
        machine.run(0.3)
        machine.hang_up()
        machine.accept()
        machine.run(0.3)
        machine.key("0")
        machine.hang_up()
        machine.settle()
        machine.advance(3600)


ALL = (
    Record, Long, Failing, Wide, Reuse, Stop, Withdraw, Sweep, Hold, Erase, Compaction, Rollover, Settings, Floor, Seeds, Away,
    Recovery, Busy,
)  # fmt: skip
