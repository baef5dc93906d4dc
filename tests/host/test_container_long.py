"""Recordings longer than one read: 64 records are read at a time, so counters, order and faults are tried around that."""

import io
from pathlib import Path

import pytest
import vault_rig as rig

from press1 import container
from press1.container import Audio
from press1.errors import Damaged
from press1.head import UNIT

SECONDS = 40  # about 158 records
MADE = rig.recording("long", seconds=SECONDS)
DATA = MADE.build()
HEAD = container.verify(io.BytesIO(DATA)).head.length


def opened(data: bytes, report: container.Report) -> bytes:
    secret = container.file_secret(report.head, rig.writer.OWNER)
    contents = container.Contents(io.BytesIO(data), report, secret, MADE.slot_secret)
    return b"".join(item.data for item in contents if isinstance(item, Audio))


def test_it_opens_to_what_went_in():
    report = container.verify(io.BytesIO(DATA))
    assert report.records > 128 and report.state == container.COMPLETE
    assert opened(DATA, report) == rig.writer.audio(8000 * SECONDS)


@pytest.mark.parametrize("record", [0, 62, 63, 64, 65, 127, 128, 150])
def test_an_altered_record_is_named_wherever_it_stands(record):
    report = container.verify(io.BytesIO(DATA))
    at = HEAD + record * UNIT + 1000
    bad = DATA[:at] + bytes([DATA[at] ^ 1]) + DATA[at + 1 :]
    with pytest.raises(Damaged):
        container.verify(io.BytesIO(bad))
    with pytest.raises(Damaged, match=f"record {record} is altered"):
        opened(bad, report)  # altered after it had been checked


@pytest.mark.parametrize("records", [63, 64, 65, 128])
def test_records_that_are_swapped_or_missing_are_told(records):
    at = HEAD + (records - 1) * UNIT
    swapped = DATA[:at] + DATA[at + UNIT : at + 2 * UNIT] + DATA[at : at + UNIT] + DATA[at + 2 * UNIT :]
    for bad in (swapped, DATA[:at] + DATA[at + UNIT :], DATA[: at + UNIT], DATA[: at + UNIT + 99]):
        with pytest.raises(Damaged):
            container.verify(io.BytesIO(bad))
    cut = container.verify(io.BytesIO(DATA[: at + UNIT]), salvage=True)
    assert cut.records == records and len(opened(DATA[: at + UNIT], cut)) == records * 4056


@pytest.mark.parametrize("stray", [1, UNIT, 70 * UNIT])
def test_nothing_may_follow_the_trailer(stray):
    with pytest.raises(Damaged, match="follow the trailer"):
        container.verify(io.BytesIO(DATA + bytes(stray)))


def test_memory_stays_flat(tmp_path: Path):
    """Never more than a read and a record at once."""

    class Watched(io.BytesIO):
        largest = 0

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None and size >= 0
            Watched.largest = max(Watched.largest, size)
            return super().read(size)

    report = container.verify(Watched(DATA))
    contents = container.Contents(Watched(DATA), report, container.file_secret(report.head, rig.writer.OWNER), MADE.slot_secret)
    assert sum(1 for _ in contents) == report.records and Watched.largest <= 64 * UNIT
