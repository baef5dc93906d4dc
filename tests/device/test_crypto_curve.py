"""X25519 and Ed25519 against their specifications, and the bound on every step."""

from binascii import unhexlify

from core.errors import Malformed
from crypto import ed25519, field, x25519
from crypto.job import Job
from strict import eq, raises, vectors

SEED = bytes(range(32))


def fields(case):
    return {key: unhexlify(value) for key, value in case.items() if key not in ("source", "error", "iterations")}


class CountingModulus:
    """Stands in for P and counts the reductions: one per field multiplication."""

    count = 0

    def __rmod__(self, value):
        CountingModulus.count += 1
        return value % PRIME

    def __sub__(self, value):
        return PRIME - value


PRIME = field.P


def worst_step(make):
    """(most multiplications in one step, steps) of a job made and run with a counting modulus."""
    modules = (field, x25519, ed25519)
    for module in modules:
        module.P = CountingModulus()
    try:
        job, worst, steps, done = make(), 0, 0, False
        while not done:
            CountingModulus.count = 0
            done = job.step()
            worst, steps = max(worst, CountingModulus.count), steps + 1
    finally:
        for module in modules:
            module.P = PRIME
    return worst, steps


def check_bound(make, result):
    worst, steps = worst_step(make)
    assert worst <= Job.STEP_MULTIPLICATIONS == 50, worst
    assert worst > 30 and steps > 50, (worst, steps)  # or the counter counts nothing
    eq(make().run(), result)


def test_x25519_vectors():
    for name, case in vectors("rfc/x25519_"):
        part = fields(case)
        k, u = part["scalar"], part["u"]
        for _ in range(case.get("iterations", 1)):
            k, u = x25519.x25519(k, u), k
        eq((name, k), (name, part["output"]))


def test_x25519_refuses_an_all_zero_secret():
    refused = 0
    for _, case in vectors("rfc/x25519_small_order_"):
        job = x25519.X25519Job(unhexlify(case["scalar"]), unhexlify(case["u"]))
        with raises(Malformed):
            job.run()
        refused += 1
    eq(refused, 4)


def test_x25519_both_sides_agree():
    ours, theirs = bytes(range(32)), bytes(range(50, 82))
    one = x25519.X25519Job(ours, x25519.public_key(theirs)).run()
    other = x25519.X25519Job(theirs, x25519.public_key(ours)).run()
    eq(one, other)


def test_x25519_refuses_wrong_lengths():
    with raises(Malformed):
        x25519.x25519(SEED, bytes(31))
    with raises(ValueError):
        x25519.x25519(bytes(33), x25519.BASE)


def test_x25519_steps_are_bounded():
    peer = x25519.public_key(bytes(range(50, 82)))
    shared = x25519.x25519(SEED, peer)
    check_bound(lambda: x25519.X25519Job(SEED, peer), shared)


def test_ed25519_vectors():
    signed = 0
    for name, case in vectors("rfc/ed25519_rfc"):
        part = fields(case)
        eq((name, ed25519.public_key(part["seed"])), (name, part["public"]))
        eq((name, ed25519.sign(part["seed"], part["message"])), (name, part["signature"]))
        job = ed25519.SignJob(part["seed"], part["message"], part["public"])
        eq((name, job.run()), (name, part["signature"]))
        ed25519.verify(part["public"], part["message"], part["signature"])
        signed += 1
    eq(signed, 5)


def test_ed25519_refuses_what_is_altered():
    refused = 0
    for _, case in vectors("rfc/ed25519_"):
        if "error" in case:
            part = fields(case)
            with raises(Malformed):
                ed25519.verify(part["public"], part["message"], part["signature"])
            refused += 1
    eq(refused, 8)


def test_ed25519_refuses_a_wrong_seed_length():
    with raises(ValueError):
        ed25519.sign(bytes(31), b"")


def test_ed25519_steps_are_bounded():
    public = ed25519.public_key(SEED)
    signature = ed25519.sign(SEED, b"message")
    check_bound(lambda: ed25519.PublicJob(SEED), public)
    check_bound(lambda: ed25519.SignJob(SEED, b"message", public), signature)
    check_bound(lambda: ed25519.SignJob(SEED, b"message"), signature)
    check_bound(lambda: ed25519.VerifyJob(public, b"message", signature), None)


def test_a_job_stays_done():
    job = ed25519.PublicJob(SEED)
    result = job.run()
    assert job.step()
    eq(job.result, result)
