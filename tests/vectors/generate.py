"""Makes tests/vectors/p1r: recordings good and broken, each with a description. `--check` only compares.

    python tests/vectors/generate.py [--check]

Two cases come from the firmware itself, run on MicroPython with fixed secrets.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import cases  # beside this file
from writer import OWNER

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FOLDER = HERE / "p1r"


def firmware() -> dict[str, Any]:
    """What tests/vectors/firmware.mpy.py writes on MicroPython."""
    interpreter = os.environ.get("MICROPYTHON") or str(Path(sys.executable).parent / "micropython")
    environ = {**os.environ, "MICROPYPATH": f"{ROOT / 'firmware'}:{ROOT / 'tests/device'}:.frozen"}
    command = [interpreter, "-X", "heapsize=8M", str(HERE / "firmware.mpy.py")]
    done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT, env=environ, text=True)
    return json.loads(done.stdout)


def files() -> dict[str, bytes]:
    """Every file of the folder by name."""
    out: dict[str, bytes] = {}
    for case in cases.all_cases():
        recording = case.recording
        about = {
            **case.expected, "file_secret": recording.file_secret.hex(), "slot_secret": recording.slot_secret.hex(),
            "owner": OWNER.private_bytes_raw().hex(), "key_file": recording.key_file().hex(),
        }  # fmt: skip
        _add(out, case.name, recording.build(), about)
    for name, made in firmware().items():
        data = bytes.fromhex(made.pop("data"))
        _add(out, name, data, made)
    return out


def _add(out: dict[str, bytes], name: str, data: bytes, about: dict[str, Any]) -> None:
    about["sha256"] = hashlib.sha256(data).hexdigest()
    out[name + ".p1r"] = data
    out[name + ".json"] = (json.dumps(about, indent=1, sort_keys=True) + "\n").encode()


def check(wanted: dict[str, bytes]) -> list[str]:
    """Names that differ from what stands in the folder."""
    there = {path.name: path.read_bytes() for path in FOLDER.iterdir()} if FOLDER.is_dir() else {}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write(wanted: dict[str, bytes]) -> None:
    """Make the folder hold exactly the wanted files."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, data in wanted.items():
        (FOLDER / name).write_bytes(data)


def main() -> int:
    """Exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    wanted = files()
    if not parser.parse_args().check:
        write(wanted)
        print(f"vectors: {len(wanted) // 2} recordings in {FOLDER.relative_to(ROOT)}")
        return 0
    differing = check(wanted)
    print(
        f"vectors: {', '.join(differing)} differ: run make vectors" if differing else f"vectors: {len(wanted) // 2} are as made"
    )
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
