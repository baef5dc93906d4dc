"""The verbs of a call script that are not audio, one method a verb. Never on a board."""

from hal.sim_link import NoLink, PtyLink, say
from hal.sim_run import _WAIT_MS, fill


class Script:
    """Carries out the timeline of a job: rows of [sample, verb, arguments]; docs/simulator.md lists the verbs."""

    def __init__(self, stage, events, control):
        self._stage = stage
        self._hal = stage.hal
        self._events = events
        self._control = control

    def run(self, rows, end):
        """Play all rows, then line time until sample `end`."""
        for row in rows:
            self._stage.run_to(row[0])
            getattr(self, "do_" + row[1])(**row[2])
            self._hal.save()
        self._stage.run_to(end)
        self._stage.settle()
        self._events.tell("sim", {"what": "end", "off_hook": self._hal.off_hook()})

    def do_off_hook(self):
        """Lift the handset."""
        self._hal.lift(True)

    def do_on_hook(self):
        """Put it down."""
        self._hal.lift(False)

    def do_button(self, name, hold_ms):
        """Hold a button from now."""
        self._hal.press(name, hold_ms)

    def do_card_out(self):
        """Pull the card."""
        self._hal.card_out()

    def do_card_in(self):
        """Put it back."""
        self._hal.card_in()

    def do_card_full(self):
        """Fill the card; without power or card there is nothing to do."""
        if self._hal.powered and self._hal.card():
            try:
                fill(self._hal.card())
            except OSError as error:  # not FAT
                self._events.tell("sim", {"what": "card_full", "failed": str(error)})

    def do_card_stall(self, ms):
        """The next card write takes longer."""
        self._hal.faults.stall(ms)

    def do_power_cut(self, write=None, torn=0):
        """Now, or at the given write."""
        if not self._hal.powered:
            return
        if write is None:
            self._stage.cut("script")
        else:
            self._hal.faults.cut(write, torn)

    def do_power_on(self):
        """Boot, if it is off."""
        self._stage.power_on()

    def do_clock_lost(self):
        """The battery of the clock fails."""
        self._hal.lose_clock()

    def do_advance(self, seconds):
        """Skip time while on-hook."""
        self._events.tell("sim", {"what": "advance", "seconds": seconds})
        self._stage.advance(seconds)
        self._events.tell("sim", {"what": "advanced"})

    def do_host(self, number, args):
        """Let the supervisor run a host command against this box while line time stands still."""
        self._stage.settle()
        self._hal.link = PtyLink()
        say("host", number=number)
        order = self._serve()
        self._hal.link = NoLink()
        self._stage.settle()
        self._events.tell("sim", {"what": "host", "args": args, "code": order["code"], "output": order["output"]})

    def _serve(self):
        """Step the firmware's link until the supervisor reports the end of the command."""
        self._hal.line.limit = self._hal.line.pos
        link = self._hal.link
        while True:
            order = self._control.next()
            if order and order.get("do") == "host":
                return order
            link.active = False
            if self._stage.box:
                self._stage.step()
            if not link.active and self._stage.resting():
                self._control.wait(_WAIT_MS)
