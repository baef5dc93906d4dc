"""The partition table as the chip's boot loader reads it."""

from mp_image_tool_esp32.partition_table import NAME_TO_TYPE, PART_MAGIC, PART_NAME_LEN, SUBTYPES, PartitionEntry, PartitionTable

from press1.images.boards import Board, Part

OFFSET = 0x8000


def build(board: Board) -> bytes:
    """The table's 4,096 bytes, check sum included."""
    table = PartitionTable(board.flash_bytes)
    table.extend(_entry(part) for part in board.parts)
    table.check()
    return bytes(table.to_bytes())


def _entry(part: Part) -> PartitionEntry:
    kind = NAME_TO_TYPE[part.kind]
    subtype = SUBTYPES[part.subtype][1] if part.subtype in SUBTYPES else int(part.subtype, 0)
    return PartitionEntry(PART_MAGIC, kind, subtype, part.offset, part.size, part.name.encode().ljust(PART_NAME_LEN, b"\0"), 0)


def read(data: bytes) -> list[tuple[str, int, int]]:
    """(name, offset, size) of every partition in a table."""
    return [(part.name, part.offset, part.size) for part in PartitionTable.from_bytes(data)]
