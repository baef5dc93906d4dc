"""Ways to break the firmware that the harness must see: one replacement in one file each, and the rule that it breaks."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mutation:
    """`old` stands exactly once in `file`; `scenario` run on the result breaks a rule whose text contains `rule`."""

    name: str
    file: str
    old: str
    new: str
    scenario: str
    rule: str
    every: int = 1


MUTATIONS = (
    Mutation(
        "unlink before slot destruction",
        "expire/sweep.py",
        "        self._slots.begin_erase(number, reason)\n",
        "        path = self._shelf.locate(self._slots.read(number).id, self._slots.read(number).filed_time)\n"
        "        if path:\n"
        "            self._shelf.unlink(path)\n"
        "        self._slots.begin_erase(number, reason)\n",
        "sweep",
        "no file goes before its key",
    ),
    Mutation(
        "target removed before the rename",
        "core/state.py",
        '        os.rename(path + "~", path)\n',
        '        try:\n            os.remove(path)\n        except OSError:\n            pass\n        os.rename(path + "~", path)\n',
        "settings",
        "the box is ready",
    ),
    Mutation(
        "missing flush",
        "seal/writer.py",
        "            self._file.flush()\n",
        "            pass\n",
        "long",
        "every flushed record opens",
        3,
    ),
    Mutation(
        "seed programmed after use",
        "seal/entropy.py",
        "        self.ready = True\n        self._turn()\n",
        "        self.ready = True\n        self._left = _BATCH\n",
        "hold",
        "no DRBG output is repeated",
    ),
    Mutation(
        "receipt before unlink",
        "expire/sweep.py",
        "        late = slot.receipted or self._in_journal(number)\n",
        "        late = slot.receipted or self._in_journal(number)\n"
        "        if not late:\n"
        "            self._receipt(slot, self._clock.now())\n"
        "            self._journal.flush(False)\n"
        "            late = True\n",
        "sweep",
        "no receipt for a file that is still there",
    ),
    Mutation(
        "index used again after a failed write",
        "seal/writer.py",
        "        if not (self._write() or self._rewrite()):\n            self.fault = True\n            return\n",
        "        if not (self._write() or self._rewrite()):\n            return\n",
        "failing",
        "encrypted twice",
        50,
    ),
    Mutation(
        "slot live before its file",
        "seal/parts.py",
        "        file = self._shelf.create(part.path)\n",
        "        self._slots.go_live(made.slot, part.expires, part.purposes)\n        file = self._shelf.create(part.path)\n",
        "record",
        "",
    ),
    Mutation(
        "copy live before the old slot has moved",
        "store/slots.py",
        "        self._clear(slot, rec.MOVED)\n",
        "        self._clear(new, rec.LIVE)\n        self._clear(slot, rec.MOVED)\n",
        "hold",
        "no two live slots",
    ),
    Mutation(
        "prepared slots survive a start",
        "store/slot_recovery.py",
        "    if old < 0:\n        table.zero(slot.number)\n",
        "    if old < 0:\n        pass\n",
        "hold",
        "",
    ),
    Mutation(
        "parts of a withdrawn call that the cut spared",
        "expire/sweep.py",
        "                self._kill(number, reason)\n        except OSError",
        "                pass\n        except OSError",
        "withdraw",
        "what was erased is gone",
    ),
    Mutation(
        "torn directory entries are used as they are",
        "store/card.py",
        "            for _ in repair.entries(device, self.rest):\n                yield\n",
        "            pass\n",
        "record",
        "",
    ),
    Mutation(
        "journal grows by the byte",
        "store/journal.py",
        "            jf.make_room(file, self._offset + len(data))\n",
        "            pass\n",
        "busy",
        "no hole in the journal",
        3,
    ),
)


def apply(mutation: Mutation, firmware: Path, target: Path) -> Path:
    """A copy of the firmware with the mutation in it; ValueError when its text no longer stands there once."""
    shutil.copytree(firmware, target, ignore=shutil.ignore_patterns("__pycache__"))
    path = target / mutation.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutation.old) != 1:
        raise ValueError(f"{mutation.name}: the text to replace stands {text.count(mutation.old)} times in {mutation.file}")
    path.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
    return target
