"""A firmware of thirty lines, to test the simulator without the real one (tests/system/test_sim_process.py).

It plays a ramp to the line and an echo of the far end to the ear, writes half a
kilobyte to the card ten times a second, echoes its serial line, and tells what
it sees as `state` events.
"""

from array import array

import vfs


class Box:
    def __init__(self, hal, observer=None):
        self.hal = hal
        self.tell = observer
        self.far = array("h", bytes(320))
        self.near = array("h", bytes(320))
        self.out = array("h", range(160))
        self.buf = bytearray(256)
        self.seen = (False, 0, 0)
        self.blocks = 0
        self.ticks = 0

    def boot(self):
        vfs.mount(vfs.VfsFat(self.hal.card()), "/sd")
        self.hal.relay(True)
        self.hal.lamp(1)
        self.say("booted " + self.hal.entropy(4).hex())

    def say(self, text):
        self.tell("state", {"state": text, "from": ""})

    def step(self):
        self.hal.feed_watchdog()
        lost = self.hal.read_block(self.far, self.near)
        if lost >= 0:
            self.block(lost)
        n = self.hal.link_read(self.buf)
        if n:
            self.hal.link_write(self.buf, n)
        return lost >= 0

    def block(self, lost):
        hal = self.hal
        self.blocks += 1
        hal.line_out(self.out)
        hal.ear_out(self.far)
        serial = hal.card_serial() if hal.card() else 0
        seen = (hal.off_hook(), hal.buttons(), serial)
        if seen != self.seen or lost:
            self.seen = seen
            self.say("hook %d buttons %d card %d lost %d" % (seen[0], seen[1], serial, lost))
        if seen[1] == 32:
            raise ValueError("the threat button breaks this firmware")
        if self.blocks % 5 == 0 and serial == 1:
            try:
                with open("/sd/LOG.BIN", "ab") as file:
                    file.write(bytes(512))
            except OSError as error:
                self.say("card %d" % error.errno)

    def idle(self):
        return True

    def tick(self, now):
        self.ticks += 1
        self.say("tick")

    def next_due(self):
        return (self.hal.now() // 3600 + 1) * 3600
