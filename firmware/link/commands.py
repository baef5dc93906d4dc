"""The requests of an open session: one handler each, and the table of docs/protocol.md, section 3, in front of them."""

from micropython import const

from core import cbor
from core.errors import Busy, ButtonNeeded, Malformed, Press1Error, Refused
from link.fields import optional, optional_list, take
from link.later import Later
from link.session import SECRET

_MAX_ITEMS = const(32)
_ROOM_BYTES = const(4500)  # of a reply's message, tag and head aside
_PIECE_BYTES = const(4096)
_JOURNAL_BYTES = const(4096)
_JOURNAL_DOMAIN = const(b"press1/v1/journal\x00")
_ALL = const(("owner", "technician", "auditor"))
_OWNER = const(("owner",))
_BENCH = const(("owner", "technician"))
_AUDIT = const(("owner", "auditor"))
_LAST_PIECE = (("offer", int), ("hash", bytes), ("text", str), ("language", str), ("samples", int))


class UnknownRequest(Press1Error):
    code = "unknown"


def info(server, request):
    return dict(server.services.info(), drops=server.drops())


def card(server, request):
    return server.services.card()


def ls(server, request):
    after, limit = optional(request, "after", bytes, b""), min(optional(request, "limit", int, _MAX_ITEMS), _MAX_ITEMS)
    if len(after) not in (0, 16) or limit < 1:
        raise Malformed("after is no id, or limit is 0")
    page = server.services.listing(after, limit)
    return Later(page, lambda: _listed(page))


def _listed(page):
    items, more, after = page.items, page.more, page.after
    while len(cbor.encode(items)) > _ROOM_BYTES:
        items, more = items[: len(items) * 3 // 4], True
        after = items[-1]["id"]
    return {"items": items, "more": more, "after": after if more else b""}


def pull(server, request):
    id16, offset, window = take(request, "id", bytes, 16), take(request, "offset", int), take(request, "window", int)
    file, size = server.services.open_recording(id16)
    if offset > size:
        file.close()
        raise Malformed("offset is beyond the end")
    server.stream.begin(id16, file, size, offset, window)
    return {"size": size, "offset": offset}


def ack(server, request):
    server.stream.ack(request.get("o"))


def secret(server, request):
    server.reply_kind = SECRET
    return {"slot": server.services.slot_secret(take(request, "id", bytes, 16), server.session.key)}


def time(server, request):
    services = server.services
    if "set" in request:
        if server.session.role not in ("owner", "technician"):
            raise Refused("this role reads the clock only")
        if services.in_call():
            raise Busy("a call is in progress")
        services.set_time(take(request, "set", int), server.session.role, optional(request, "confirm", bool, False))
    return services.time()


def journal(server, request):
    services = server.services
    if optional(request, "head", bool, False):
        return _journal_head(services)
    frames, more = services.journal(take(request, "since", int), take(request, "limit", int), _JOURNAL_BYTES)
    return {"frames": frames, "more": more}


def _journal_head(services):
    n, chain = services.journal_head()
    job = services.sign(_JOURNAL_DOMAIN + n.to_bytes(8, "big") + chain)
    return Later(job, lambda: {"n": n, "chain": chain, "sig": job.result})


_TOLD = const(("expired", "withdrawn", "stopped", "erased", "unused"))  # reasons a vault may give


def receipts(server, request):
    done, have = (optional_list(request, name, 16, _MAX_ITEMS) for name in ("done", "have"))
    why = optional(request, "why", list, ["erased"] * len(done))
    if len(why) != len(done):
        raise Malformed("a reason for each id")
    told = [(id16, reason if reason in _TOLD else "erased") for id16, reason in zip(done, why)]
    return {"items": server.services.receipts(told, have)}


def policy(server, request):
    return {"hash": server.services.load_policy(take(request, "policy", dict))}


def prompt(server, request):
    name, offset, data = take(request, "id", str), take(request, "offset", int), take(request, "data", bytes)
    if not 0 < len(name) <= 60 or "/" in name or len(data) > _PIECE_BYTES:
        raise Malformed("no name of a prompt, or too long a piece")
    last = {key: take(request, key, kind) for key, kind in _LAST_PIECE} if "hash" in request else None
    return {"offset": server.services.put_prompt(name, offset, data, last)}


_REASONS = const(("erased", "withdrawn", "unused", "moved"))


def hold(server, request):
    until, reason = take(request, "until", int), take(request, "reason", str)
    if not 0 < until < 0xFFFFFFFF or not 0 < len(reason) <= 120:
        raise Malformed("review date or reason")
    server.services.hold(take(request, "id", bytes, 16), until, reason)
    return {}


def release(server, request):
    server.services.release(take(request, "id", bytes, 16))
    return {}


def erase(server, request):
    reason = optional(request, "reason", str, "erased")
    if reason not in _REASONS:
        raise Malformed("reason")
    server.services.erase(take(request, "id", bytes, 16), reason)
    return {}


def used(server, request):
    server.services.used(take(request, "id", bytes, 16))
    return {}


def objection(server, request):
    ground = take(request, "ground", str)
    if not 0 < len(ground) <= 120:
        raise Malformed("ground")
    server.services.objection(take(request, "id", bytes, 16), ground)
    return {}


def format(server, request):
    server.stream.end()
    server.services.format_card()
    return {}


def update(server, request):
    services = server.services
    if "data" in request:
        data = take(request, "data", bytes)
        if len(data) > _PIECE_BYTES:
            raise Malformed("too long a piece")
        job = services.put_update(take(request, "offset", int), data, server.session.role)
        return Later(job, services.update_status)
    if "do" in request:
        services.do_update(take(request, "do", str))
    return services.update_status()


def selftest(server, request):
    if "part" not in request:
        return {"parts": server.services.selftest_parts()}
    job = server.services.selftest(take(request, "part", str))
    return Later(job, lambda: {"rows": job.result})


_LINE_STEPS = const(("start", "status", "section", "result", "store", "end"))


def line(server, request):
    step = take(request, "step", str)
    if step not in _LINE_STEPS:
        raise Malformed("no such step")
    argument = None
    if step in ("section", "result"):
        argument = take(request, "n", int)
    elif step == "store":
        argument = take(request, "profile", dict)
    return server.services.line(step, argument, server.session.role)


# (request, roles, `busy` during a call, consent button needed): constants, which stand in flash. The handler is the function so called.
TABLE = const((
    ("info", _ALL, False, False),
    ("card", _ALL, False, False),
    ("ls", _OWNER, False, False),
    ("pull", _OWNER, False, False),
    ("ack", _OWNER, False, False),
    ("secret", _OWNER, False, False),
    ("time", _ALL, False, False),
    ("journal", _AUDIT, False, False),
    ("format", _OWNER, True, True),
    ("policy", _OWNER, True, False),
    ("prompt", _OWNER, True, False),
    ("update", _BENCH, True, False),
    ("selftest", _BENCH, True, False),
    ("line", _BENCH, False, False),
    ("hold", _OWNER, False, False),
    ("release", _OWNER, False, False),
    ("erase", _OWNER, False, False),
    ("used", _OWNER, False, False),
    ("objection", _OWNER, False, False),
    ("receipts", _OWNER, False, False),
))  # fmt: skip


def _row(name):
    for row in TABLE:
        if row[0] == name:
            return row
    raise UnknownRequest("no such request")


def answer(server, request):
    """-> the result map of `request`, a Later, or None where no reply is due. Raises what the host is to hear."""
    name, roles, idle, button = _row(take(request, "q", str))
    if server.session.role not in roles:
        server.services.refused(server.session.role, name)
        raise Refused("not for this role")
    if idle and server.services.in_call():
        raise Busy("a call is in progress")
    if button and not server.services.button_held():
        raise ButtonNeeded("hold the consent button and repeat")
    return globals()[name](server, request)
