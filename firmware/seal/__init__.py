"""Turns audio into sealed files (docs/format.md): randomness, envelopes, records, trailers."""
