"""Named background jobs: resumable work in bounded steps, first come first served.

A job has `step() -> bool`, True when it is done; one step is at most 10 ms on the chip. A job that raises is dropped and its
error handed to `on_error(name, error)`: what fails in the background must never stop the line.
"""


class Jobs:
    def __init__(self, on_error):
        self._queue = []
        self._on_error = on_error

    def add(self, name, job):
        """Queues `job`; urgent work (a signature) and slow work (envelopes) share one queue."""
        self._queue.append((name, job))

    def __len__(self):
        return len(self._queue)

    def has(self, name):
        return any(queued == name for queued, _ in self._queue)

    def step(self):
        """One slice of the first job; False when there is nothing to do."""
        if not self._queue:
            return False
        name, job = self._queue[0]
        try:
            if job.step():
                self._queue.pop(0)
        except Exception as error:  # a job is the boundary: its failure is reported, the loop goes on
            self._queue.pop(0)
            self._on_error(name, error)
        return True
