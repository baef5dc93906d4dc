"""Press1 host tools: pull, check and open recordings; provision boxes; run the simulator."""

__version__ = "0.1.0"
