"""The hardware seam: the contract every board fulfils, and the backends that fulfil it."""
