"""Compares what a detector heard with what was pressed."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher

from press1.bench.dtmf_corpus import Clip
from press1.bench.dtmf_peers import Heard
from press1.bench.dtmf_voices import RATE

_LATE = RATE // 16  # a decision up to 62 ms after the end still belongs to the press


@dataclass
class Tally:
    """Counts over clips; latencies in ms from onset."""

    pressed: int = 0
    heard: int = 0
    false: int = 0
    twice: int = 0
    seconds: float = 0.0
    latency: list[float] = field(default_factory=list)

    def add(self, clip: Clip, heard: Heard) -> None:
        """Count one clip. A press that must not be taken is counted in `pressed` and, if taken, in `heard`."""
        self.pressed += len(clip.presses)
        self.seconds += len(clip.samples) / RATE
        if any(sample is None for _, sample in heard):
            self._by_order(clip, "".join(digit for digit, _ in heard))
        else:
            self._by_time(clip, heard)

    def _by_time(self, clip: Clip, heard: Heard) -> None:
        taken: set[int] = set()
        for digit, sample in heard:
            assert sample is not None
            i = next((i for i, p in enumerate(clip.presses) if p.onset <= sample <= p.end + _LATE and p.key == digit), None)
            if i is None:
                self.false += 1
            elif i in taken:
                self.twice += 1
            else:
                taken.add(i)
                self.heard += 1
                self.latency.append((sample - clip.presses[i].onset) * 1000 / RATE)

    def _by_order(self, clip: Clip, digits: str) -> None:
        pressed = "".join(p.key for p in clip.presses)
        matcher = SequenceMatcher(None, pressed, digits, autojunk=False)
        matched: set[int] = set()
        for block in matcher.get_matching_blocks():
            self.heard += block.size
            matched.update(range(block.b, block.b + block.size))
        for i, digit in enumerate(digits):
            if i not in matched:
                if i and digits[i - 1] == digit:
                    self.twice += 1
                else:
                    self.false += 1
