"""Images for the boards: bytecode, file system, partition table, bill of materials, and signed updates; the same bytes every time."""
