"""Cryptographic primitives, one file each, in the order of their specifications."""
