"""The gate: decides which blocks become a recording, and in which part."""
