"""Long public-key work in bounded steps, so that an off-hook never waits for it."""


class Job:
    """Runs a generator that yields between steps and returns the result."""

    # Multiplications of 255 bits with reduction; 15,000 instructions each on the chip, so a step
    # is 7 ms there.
    STEP_MULTIPLICATIONS = 50

    def __init__(self, steps):
        self._steps = steps
        self.result = None

    def step(self):
        """Run one step; True when done. After that `result` holds; more steps change nothing."""
        if self._steps is None:
            return True
        try:
            next(self._steps)
            return False
        except StopIteration as stop:
            self.result = stop.value
            self._steps = None
            return True

    def run(self):
        """Run to the end and give the result: for tests and for idle time."""
        while not self.step():
            pass
        return self.result
