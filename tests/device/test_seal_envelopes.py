"""The stock of envelope sets."""

from core.errors import NotReady
from seal.envelopes import TARGET, EnvelopeStock
from sealbox import DEPUTY, OWNER, FixedHal, SealBox, run
from strict import eq, raises


def test_four_sets_stand_ready_and_are_all_different():
    box = SealBox(owners=(OWNER, DEPUTY))
    eq(box.stock.ready, 0)
    box.fill(TARGET)
    eq(box.stock.job(), None)
    sets = [box.stock.take() for _ in range(TARGET)]
    for field in ("id", "file_secret", "slot_secret", "slot"):
        eq(len({getattr(made, field) for made in sets}), TARGET)
    eq(len({row["sealed"] for made in sets for row in made.envelopes}), 2 * TARGET)
    for made in sets:
        eq([box.slots.read(made.slot).state, box.slots.read(made.slot).id], ["prepared", made.id])
    with raises(NotReady):
        box.stock.take()
    box.unmount()


def test_one_job_at_a_time_in_many_small_steps():
    box = SealBox()
    job = box.stock.job()
    eq(box.stock.job(), None)
    steps = 0
    while not job.step():
        steps += 1
    assert steps > 50, steps
    eq(box.stock.ready, 1)
    assert box.stock.job()
    box.unmount()


def test_no_owner_key_no_stock():
    with raises(NotReady):
        EnvelopeStock(None, [], None, bytes(16))


def test_without_a_slot_the_problem_is_said_and_retried():
    box = SealBox(FixedHal(pages=5))  # one page of 63 slots
    while not box.stock.problem:
        run(box.stock.job())
        if box.stock.ready:
            box.stock.take()
    eq(box.stock.problem, "full")
    eq(box.stock.job(), None)
    box.stock.retry()
    assert box.stock.job()
    box.unmount()


def test_a_source_that_dies_while_sealing_leaves_no_secret_behind():
    box = SealBox()
    job = box.stock.job()
    job.step()
    slot = job._set.slot
    box.entropy.ready = False
    run(job)
    eq((box.stock.problem, box.stock.ready), ("entropy", 0))
    assert not any(job._set.file_secret)
    assert not any(bytes(box.hal.keyflash.cells[slot * 64 + 16 : slot * 64 + 48]))
    box.unmount()


def test_wipe_forgets_the_secrets():
    box = SealBox()
    box.fill(2)
    sets = list(box.stock._sets)
    box.stock.wipe()
    for made in sets:
        assert not any(made.file_secret) and not any(made.slot_secret)
    eq(box.stock.ready, 0)
    box.unmount()
