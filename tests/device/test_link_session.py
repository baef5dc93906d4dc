"""hello, auth and enrolment: who gets a session, and what ends one."""

from link_fakes import Host
from strict import eq

HELLO = {"q": "hello", "v": 1, "nonce": b"h" * 32}


def test_hello_is_signed_over_both_nonces():
    import hashlib

    host = Host()
    reply = host.ask(HELLO, 1)
    eq(reply["sig"], hashlib.sha256(b"press1/v1/hello\x00" + b"h" * 32 + reply["nonce"] + b"D" * 32).digest() * 2)
    eq((reply["v"], reply["provisioned"], reply["rate"]), (1, True, [8000, 1]))


def test_hello_of_an_unprovisioned_box():
    host = Host()
    host.box.box = {"box": b"", "box_key": b"", "dh_key": b""}
    reply = host.ask(HELLO, 1)
    eq((reply["provisioned"], reply["box"], reply["sig"]), (False, b"", b""))
    eq(host.ask({"q": "auth", "role": "owner", "key": bytes(16), "proof": bytes(32)}, 1)["error"], "unprovisioned")


def test_every_role_logs_in():
    for role in ("owner", "technician", "auditor"):
        host = Host()
        host.login(role)
        eq(host.ask({"q": "info"})["r"], "info")
        eq(host.box.noted[-1], ("session", role, True))


def test_a_wrong_proof_waits_a_second_and_spends_the_nonces():
    host = Host()
    host.box.keys["owner", b"o" * 16] = bytes(32)
    host.ask(HELLO, 1)
    wrong = {"q": "auth", "role": "owner", "key": b"o" * 16, "proof": bytes(32)}
    eq(host.run(host.plain(wrong), ms=80), [])
    bodies = host.run(ms=80)
    eq(len(bodies), 1)
    eq(host.read(bodies[0])["error"], "refused")
    eq(host.box.noted[-1], ("session", "owner", False, 1))
    eq(host.ask(wrong, 1)["error"], "session")


def test_a_key_of_another_role_is_refused():
    host = Host()
    host.box.keys["auditor", b"o" * 16] = bytes(32)
    host.ask(HELLO, 1)
    reply = host.ask({"q": "auth", "role": "owner", "key": b"o" * 16, "proof": bytes(32)}, 1, ms=200)
    eq(reply["error"], "refused")


def test_unknown_role_is_not_written_into_the_journal():
    host = Host()
    host.ask(HELLO, 1)
    host.ask({"q": "auth", "role": "x" * 99, "key": b"o" * 16, "proof": bytes(32)}, 1, ms=200)
    eq(host.box.noted[-1], ("session", "", False, 1))


def _wrong(host, role="owner"):
    """Shows a wrong proof; a second of the box's passes."""
    host.ask(HELLO, 1)
    host.ask({"q": "auth", "role": role, "key": b"w" * 16, "proof": bytes(32)}, 1, ms=100)


def _said(host):
    return [row for row in host.box.noted if row[0] == "session"]


def test_a_day_of_wrong_proofs_is_a_few_entries_and_none_is_uncounted():
    """8 MB of journal a day it was, for somebody at the plug who has no key."""
    host = Host()
    end = host.now_ms + 86_400_000
    shown = 0
    while host.now_ms < end:
        _wrong(host)
        shown += 1
        host.now_ms += 30_000
    eq(_said(host)[0], ("session", "owner", False, 1))
    assert 24 <= len(_said(host)) <= 32, len(_said(host))
    host.login("auditor")
    eq(sum(row[3] for row in _said(host)[:-1]), shown)
    eq(_said(host)[-1], ("session", "auditor", True))


def test_wrong_proofs_are_counted_by_role_and_the_wait_ends():
    host = Host()
    for role in ("owner", "owner", "auditor", "x"):
        _wrong(host, role)
    eq(_said(host), [("session", "owner", False, 1)])
    host.run(ms=6000)
    eq(sorted(_said(host)[1:]), [("session", "", False, 1), ("session", "auditor", False, 1), ("session", "owner", False, 1)])
    host.run(ms=12000)  # nothing came in the two minutes after that
    _wrong(host)
    eq(len(_said(host)), 5)


def test_a_session_message_without_session():
    host = Host()
    host.login()
    data = host.sealed({"q": "info"})
    host.server.end_session()
    eq(host.read(host.run(data)[0])["error"], "session")


def test_a_replayed_frame_ends_the_session():
    host = Host()
    host.login()
    data = host.sealed({"q": "info"})
    host.read(host.run(data)[0])
    eq(host.read(host.run(data)[0])["error"], "session")
    eq(host.server.session, None)


def test_a_wrong_tag_ends_the_session():
    host = Host()
    host.login()
    host.h2b.mac = bytes(32)
    eq(host.ask({"q": "info"})["error"], "session")


def test_ten_minutes_of_silence_end_the_session():
    host = Host()
    host.login()
    host.now_ms += 599_000
    eq(host.ask({"q": "info"})["r"], "info")
    host.now_ms += 601_000
    eq(host.ask({"q": "info"})["error"], "session")


def test_hello_ends_the_session_and_its_pull():
    host = Host()
    host.login()
    host.run(host.sealed({"q": "pull", "id": b"\x04" * 16, "offset": 0, "window": 2}))
    host.ask(HELLO, 1)
    eq(host.server.session, None)
    assert not host.server.stream.ready()


def test_kind_three_both_ways():
    host = Host()
    host.login()
    eq(host.ask({"q": "info"}, 3)["time"], host.box.clock)


def _enrol(**change):
    message = {"q": "enrol", "owners": [b"o" * 32], "technician": b"t" * 32, "auditor": b"a" * 32}
    message.update({"time": 1_795_000_000, "entropy": b"e" * 32})
    message.update(change)
    return message


def test_enrolment_needs_the_button_and_no_call():
    host = Host()
    eq(host.ask(_enrol(), 1)["error"], "button")
    host.box.button = host.box.call = True
    eq(host.ask(_enrol(), 1)["error"], "busy")


def test_enrolment_waits_then_is_done():
    host = Host()
    host.box.button = True
    eq(host.ask(_enrol(), 1, steps=1)["wait"], True)
    eq(host.ask(_enrol(time=1_795_000_001), 1, steps=1)["wait"], True)
    eq(host.ask(HELLO, 1, steps=1).get("error"), "busy")
    host.run()
    eq(host.ask(_enrol(), 1), {"r": "enrol"})
    eq(host.box.noted[-1][0], "enrol")


def test_enrolment_tells_its_error_once():
    host = Host()
    host.box.button = True
    host.ask(_enrol(entropy=bytes(32)), 1)
    eq(host.ask(_enrol(entropy=bytes(32)), 1)["error"], "refused")
    host.ask(HELLO, 1)


def test_malformed_enrolments():
    host = Host()
    host.box.button = True
    for change in ({"owners": []}, {"owners": [b"x"]}, {"owners": [b"o" * 32] * 9}, {"technician": 3}, {"time": -1}):
        eq(host.ask(_enrol(**change), 1)["error"], "malformed")
