"""May we record? One state table, one dialogue, one evidence record."""
