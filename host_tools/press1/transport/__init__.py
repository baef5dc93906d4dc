"""Ways to a box's serial line: a device, or a simulated box that is started for the occasion."""

from press1.transport.base import Transport, open_port

__all__ = ["Transport", "open_port"]
