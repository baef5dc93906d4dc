"""`make firmware`: build the images of one board, or of all."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from press1 import publisher
from press1.errors import Press1Error, Usage
from press1.images import boards, build
from press1.images.build import Sources

Given = Annotated[Path | None, typer.Option()]


def main(
    board: Annotated[str, typer.Argument(help="Name of the board; all, if left out.")] = "",
    out: Path = Path("build/images"),
    micropython: Given = None,
    library: Given = None,
    publisher_key: Given = None,
    unpinned: bool = False,
) -> None:
    """Build into OUT/BOARD."""
    if micropython and not board:
        raise Usage("MICROPYTHON_BIN is for one board", "name it: BOARD=...")
    key = publisher.load_public(publisher_key) if publisher_key else b""
    for name in [board] if board else boards.names():
        image = build.build(boards.load(name), Sources(build.FIRMWARE, micropython, library, key, unpinned))
        image.write(out / name)
        _tell(out / name, image)


def _tell(folder: Path, image: build.Image) -> None:
    about = image.manifest
    print(
        f"{about['board']}: version {about['version']}, {len(about['files'])} files in {about['used_bytes'] // 1024} KiB of flash"
    )
    for row in about["segments"]:
        print(f"  {row['offset']:#09x} {row['bytes']:9d}  {row['sha256'][:16]}  {folder / row['file']}")
    if "micropython.bin" in image.files and not about["micropython"]["pinned"]:
        print(f"  around MicroPython {about['micropython']['version']}, whatever it is: for a trial only")
    if about["missing"]:
        print(f"  not in it: {', '.join(about['missing'])} (docs/technician.md, section 1)")


if __name__ == "__main__":
    try:
        typer.run(main)
    except Press1Error as error:
        print(f"firmware: {error}{os.linesep + '  hint: ' + error.hint if error.hint else ''}", file=sys.stderr)
        sys.exit(error.exit_code)
