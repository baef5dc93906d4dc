"""Where pulled recordings are kept: sealed, with an end of their own, and with keys that erasure destroys."""
