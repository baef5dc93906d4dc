"""The hardware seam: the contract, and one backend a kind of board (the simulator among them)."""
