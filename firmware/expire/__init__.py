"""What must go, when, and in which order; and the clock that may be believed when deciding so."""
