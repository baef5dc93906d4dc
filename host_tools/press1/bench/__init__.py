"""Measurements behind `make bench`: each part prints its table and adds to build/bench.json."""
