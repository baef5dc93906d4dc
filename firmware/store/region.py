"""Layout of the key partition (docs/memory.md): 4,096-byte pages of 64-byte units, so that a unit is one program."""

from micropython import const

PAGE_BYTES = const(4096)
UNIT_BYTES = const(64)
UNITS = const(64)  # units in a page
SEED_PAGE = const(0)  # two pages: DRBG seed log
FLOOR_PAGE = const(2)  # two pages: last known time and journal head
SLOT_PAGE = const(4)  # from here to the end: key slots; unit 0 of each page is its header


def page_count(keyflash):
    """Pages in the partition, 128 for 512 KiB."""
    return keyflash.size // PAGE_BYTES
