"""What the world is told of the gate: whether audio of the call is being stored just now."""

from hal import contract


class Gate:
    """Fields: open (as last told), paused (by the employee)."""

    def __init__(self, box):
        """`box`: main.Box, of which tell and lamp are used."""
        self._box = box
        self.reset()

    def reset(self):
        self.open = self.paused = False

    def watch(self, recorder, sample, reason):
        """Tell when storing begins, and when it ends before call sample `sample`, with the reason."""
        storing = recorder.is_open and recorder.part is not None
        if storing == self.open:
            return
        self.open = storing
        if storing:
            self._box.tell("gate", {"open": True, "sample": recorder.part.first_sample})
            self._box.lamp(contract.LAMP_RECORDING)
            return
        self._box.tell("gate", {"open": False, "sample": sample, "reason": "pause" if self.paused else reason})
        if recorder.is_open:
            self._box.lamp(contract.LAMP_PAUSED if self.paused else contract.LAMP_WARNING)
