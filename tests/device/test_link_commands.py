"""Requests of an open session: the role table, arguments, and the pull."""

import hashlib

from link import commands
from link_fakes import Host, recording
from strict import eq

ID = b"\x04" * 16
ARGUMENTS = {
    "pull": {"id": b"\x00" * 16, "offset": 0, "window": 8},
    "secret": {"id": ID},
    "journal": {"since": 0, "limit": 9},
    "hold": {"id": ID, "until": 1_800_000_000, "reason": "dispute"},
    "release": {"id": ID},
    "erase": {"id": ID},
    "used": {"id": ID},
    "objection": {"id": ID, "ground": "stated"},
    "policy": {"policy": {"profile": "x"}},
    "prompt": {"id": "p", "offset": 0, "data": b"x"},
    "line": {"step": "status"},
}


def _ask(host, name, **change):
    return host.ask(dict(ARGUMENTS.get(name, {}), q=name, **change))


def test_role_table():
    for role in ("owner", "technician", "auditor"):
        host = Host()
        host.login(role)
        host.box.button = True
        for name, roles, _, _ in commands.TABLE:
            if name != "ack":
                eq((role, name, _ask(host, name).get("error")), (role, name, None if role in roles else "refused"))


def test_what_a_role_may_not_have_is_refused_and_journalled():
    host = Host()
    host.login("technician")
    eq(_ask(host, "policy")["error"], "refused")
    eq(host.box.noted[-1], ("refused", "technician", "policy"))


def test_during_a_call():
    host = Host()
    host.login()
    host.box.call = host.box.button = True
    for name, _, _, _ in commands.TABLE:
        if name != "ack":
            busy = name in ("format", "policy", "prompt", "selftest", "update")
            eq((name, _ask(host, name).get("error")), (name, "busy" if busy else None))
    eq(_ask(host, "time", set=5)["error"], "busy")


def test_update_in_pieces():
    host = Host()
    host.login("technician")
    eq(_ask(host, "update", offset=0, data=b"abc")["offset"], 3)
    eq(_ask(host, "update", offset=3, data=bytes(4097))["error"], "malformed")
    eq(_ask(host, "update")["offset"], 3)
    eq(_ask(host, "update", do="use")["r"], "update")
    eq(host.box.done, "use")


def test_selftest_by_parts():
    host = Host()
    host.login("technician")
    eq(_ask(host, "selftest")["parts"], ["one"])
    eq(_ask(host, "selftest", part="one")["rows"], [{"name": "a", "ok": True, "value": 1, "unit": "us"}])
    eq(_ask(host, "selftest", part="two")["error"], "malformed")


def test_steps_of_the_line_test():
    host = Host()
    host.login("technician")
    for step, more in (
        ("start", {}),
        ("section", {"n": 2}),
        ("result", {"n": 2}),
        ("store", {"profile": {"phone": "x"}}),
        ("end", {}),
    ):
        eq(_ask(host, "line", step=step, **more)["r"], "line")
    eq(host.box.noted[-4], ("line", "section", 2, "technician"))
    for wrong in (
        {"step": "record"},
        {"step": "section"},
        {"step": "result", "n": -1},
        {"step": "store", "profile": "x"},
        {"step": 1},
    ):
        eq(_ask(host, "line", **wrong)["error"], "malformed")


def test_format_needs_the_button():
    host = Host()
    host.login()
    eq(_ask(host, "format")["error"], "button")
    host.box.button = True
    eq(_ask(host, "format"), {"r": "format"})
    eq(host.box.formatted, 1)


def test_time_by_role():
    for role, far, near in (("owner", None, None), ("technician", "refused", None), ("auditor", "refused", "refused")):
        host = Host()
        host.login(role)
        eq(_ask(host, "time", set=host.box.clock + 1000).get("error"), far)
        eq(_ask(host, "time", set=host.box.clock + 100).get("error"), near)


def test_malformed_arguments():
    host = Host()
    host.login()
    for message in (
        {}, {"q": 3}, {"q": "pull"}, {"q": "pull", "id": b"x", "offset": 0, "window": 1},
        {"q": "pull", "id": ID, "offset": 70001, "window": 1}, {"q": "pull", "id": ID, "offset": -1, "window": 1},
        {"q": "pull", "id": ID, "offset": True, "window": 1}, {"q": "ls", "after": b"abc"}, {"q": "ls", "limit": 0},
        {"q": "time", "set": "now"}, {"q": "journal", "since": None, "limit": 1}, {"q": "policy", "policy": []},
        {"q": "prompt", "id": "../x", "offset": 0, "data": b""}, {"q": "receipts", "done": [3]},
        {"q": "receipts", "have": [b"short"]}, {"q": "receipts", "done": [ID], "why": []}, {"q": "receipts", "why": ["erased"]},
        {"q": "receipts", "done": [ID], "why": "erased"},
    ):  # fmt: skip
        eq((message, host.ask(message)["error"]), (message, "malformed"))
    eq(host.ask({"q": "erase_all"})["error"], "unknown")
    eq(_ask(host, "info")["r"], "info")


def test_a_reason_comes_with_each_id_or_is_erased():
    host = Host()
    host.login()
    two = b"\x05" * 16
    for why, said in (
        (None, ["erased", "erased"]), (["expired", "unused"], ["expired", "unused"]), (["withdrawn", "stopped"], ["withdrawn", "stopped"]),
        (["of a later version", 7], ["erased", "erased"]), (["moved", [1]], ["erased", "erased"]),
    ):  # fmt: skip
        message = {"q": "receipts", "done": [ID, two]}
        if why is not None:
            message["why"] = why
        eq(host.ask(message)["r"], "receipts")
        eq(host.box.noted[-1], ("done", list(zip([ID, two], said))))


def test_an_unforeseen_error_is_internal_and_keeps_its_text():
    host = Host()
    host.login()
    host.box.info = lambda: {}["secret"]
    reply = _ask(host, "info")
    eq((reply["error"], reply["say"]), ("internal", "KeyError"))
    host.box.card = lambda: open("/no/such/file")
    eq(_ask(host, "card")["error"], "nocard")


def test_ls_pages():
    host = Host(tuple(range(100)))
    host.login()
    ids, more, after = [], True, b""
    while more:
        reply = _ask(host, "ls", after=after, limit=32)
        ids += [item["id"] for item in reply["items"]]
        after, more = ids[-1], reply["more"]
    eq(ids, [bytes([i]) * 16 for i in range(100)])


def test_journal_head_is_signed():
    host = Host()
    host.login("auditor")
    reply = _ask(host, "journal", head=True)
    head = b"press1/v1/journal\x00" + (5).to_bytes(8, "big") + host.box.chain
    eq(reply["sig"], hashlib.sha256(head).digest() * 2)


def test_secret_is_encrypted_and_journalled():
    host = Host()
    host.login()
    bodies = host.run(host.sealed({"q": "secret", "id": ID}))
    eq(bodies[0][0], 3)
    slot = hashlib.sha256(ID).digest()
    assert slot not in bodies[0]
    eq(host.read(bodies[0])["slot"], slot)
    eq(host.box.noted[-1], ("pull", ID, b"o" * 16))


def test_gone():
    host = Host()
    host.login()
    eq(_ask(host, "pull", id=b"x" * 16)["error"], "gone")
    eq(_ask(host, "secret", id=b"x" * 16)["error"], "gone")


def _pull(host, id16, offset=0, window=4):
    """All data of a pull, every frame acknowledged; the largest number of frames that came unasked."""
    out, most = b"", 0
    bodies = host.run(host.sealed({"q": "pull", "id": id16, "offset": offset, "window": window}))
    reply = host.read(bodies.pop(0))
    eq(reply["offset"], offset)
    while True:
        most = max(most, len(bodies))
        for body in bodies:
            data = host.read(body)
            eq(data["o"], offset + len(out))
            out += data["d"]
        if offset + len(out) >= reply["size"]:
            return out, most
        bodies = host.run(host.sealed({"q": "ack", "o": offset + len(out)}))
        assert bodies


def test_pull_every_size_and_offset():
    host = Host((0, 1, 23, 24, 255, 256, 4095, 4096, 4097, 70000))
    host.login()
    for number, size in enumerate((0, 1, 23, 24, 255, 256, 4095, 4096, 4097, 70000)):
        for offset in (0, size // 2, size):
            data, most = _pull(host, bytes([number]) * 16, offset)
            eq(data, recording(number, size)[offset:])
            assert most <= 4


def test_the_window_is_kept_while_nothing_is_acknowledged():
    host = Host()
    host.login()
    bodies = host.run(host.sealed({"q": "pull", "id": ID, "offset": 0, "window": 3}), steps=50)
    eq(len(bodies), 1 + 3)


def test_a_stalled_line_loses_nothing():
    host = Host()
    host.login()
    host.pipe.accept = 7
    bodies = host.run(host.sealed({"q": "pull", "id": ID, "offset": 0, "window": 3}), steps=5000)
    eq(b"".join(host.read(body).get("d", b"") for body in bodies), recording(4, 70000)[:12288])
    host.pipe.accept = 0
    eq(host.run(host.sealed({"q": "ack", "o": 8192}), steps=50), [])
    host.pipe.accept = 4000
    eq(len(host.run(steps=50)), 2)


def test_a_recording_erased_meanwhile_is_gone():
    host = Host()
    host.login()
    host.run(host.sealed({"q": "pull", "id": ID, "offset": 0, "window": 1}))
    host.b2h.counter += 2
    host.server.drop(b"\x01" * 16)
    host.server.drop(ID)
    bodies = host.run(host.sealed({"q": "ack", "o": 4096}))
    eq(host.read(bodies[0])["error"], "gone")
    eq(_ask(host, "info")["r"], "info")


def test_a_card_that_goes_away_ends_the_pull():
    class Dead:
        def seek(self, _):
            pass

        def readinto(self, _):
            raise OSError(5)

        def close(self):
            raise OSError(5)

    host = Host()
    host.login()
    host.box.open_recording = lambda _: (Dead(), 70000)
    bodies = host.run(host.sealed({"q": "pull", "id": ID, "offset": 0, "window": 1}))
    host.read(bodies[0])
    eq(host.read(bodies[1])["error"], "nocard")


def test_prompt_in_pieces():
    host = Host()
    host.login()
    data = recording(9, 5000)
    eq(_ask(host, "prompt", data=data[:4000])["offset"], 4000)
    last = {"offer": 4000, "hash": hashlib.sha256(data).digest(), "text": "t", "language": "da", "samples": 5000}
    eq(_ask(host, "prompt", offset=4000, data=data[4000:], **last)["offset"], 5000)
    eq(_ask(host, "prompt", offset=1, data=b"x")["error"], "malformed")


def test_an_unplugged_port_is_only_counted():
    host = Host()
    host.login()
    drops = host.server.drops()
    host.pipe.error = OSError(5)
    host.run()
    eq(host.server.drops(), drops + 12)
    host.pipe.error = None
    eq(_ask(host, "info")["drops"], drops + 12)


def test_rights_name_a_live_recording_and_say_why():
    host = Host()
    host.login()
    for name in ("hold", "release", "erase", "used", "objection"):
        eq((name, _ask(host, name, id=b"x" * 16)["error"]), (name, "gone"))
        eq((name, _ask(host, name, id=b"x")["error"]), (name, "malformed"))
    for bad in ({"until": 0}, {"until": 1 << 40}, {"reason": ""}, {"reason": "x" * 121}):
        eq(_ask(host, "hold", **bad)["error"], "malformed")
    eq(_ask(host, "objection", ground="")["error"], "malformed")
    eq(_ask(host, "erase", reason="because")["error"], "malformed")
    eq(_ask(host, "erase", reason="unused").get("error"), None)
    eq(host.box.noted[-1], ("erase", ID, "unused"))
    eq(_ask(host, "erase", reason="moved").get("error"), None)
    eq(host.box.noted[-1], ("erase", ID, "moved"))
