"""The pages about recordings: list, one call, its sound, and what can be done with it."""

import time
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from press1.desk import warnings, wave
from press1.desk.calls import Call
from press1.desk.link import Link, Seen
from press1.desk.web import desk, form, go, page, why
from press1.desk.words import Words
from press1.errors import NoBox, Press1Error

_HOLD_DAYS = 182
_DAY_S = 86_400
_SHOWN = 50  # of a list at once
_MANY = 15  # beyond so many calls a day can be picked
_NOTES = ("erase_done", "done_hold", "done_release", "done_name", "done_object", "done_case", "clock_set")


def note(request: Request) -> str:
    """What the last form did, by the name in the address."""
    name = request.query_params.get("done", "")
    return str(request.state.t(name)) if name in _NOTES else ""


def box_name(request: Request, box: str) -> str:
    """As people call it."""
    t: Words = request.state.t
    return desk(request).names.of(box) or (t("box_n", id=box[:4]) if box else t("box"))


def all_warnings(request: Request, seen: list[tuple[Link, Seen]], calls: list[Call]) -> list[dict[str, Any]]:
    """Ready for the template: text, and the box whose clock a button may set."""
    t: Words = request.state.t
    found = [one for _, row in seen for one in warnings.of_box(row, box_name(request, row.box))]
    here = desk(request)
    found += [*warnings.of_reviews(here.decisions.due(calls)), *warnings.of_cases(here.office.log.cases())]
    rows = [{"text": _said(t, one), "box": one.box, "link": _link(one)} for one in found]
    away = [row for _, row in seen if at_fault_here(row)]
    return rows + [{"text": f"{box_name(request, row.box)}: {at_fault(t, row)}.", "box": "", "link": ""} for row in away]


def at_fault_here(seen: Seen) -> bool:
    """It is plugged in, and something keeps us from it."""
    return seen.fault is not None and not isinstance(seen.fault, NoBox)


def at_fault(t: Words, seen: Seen) -> str:
    """Why nothing newer is known of a box that is plugged in."""
    return why(t, seen.fault, "why_box") if seen.fault else ""


def _link(one: warnings.Warning) -> str:
    """Where to do something about it."""
    if "call" in one.values:
        return f"/call/{one.values['call']}"
    return "/cases" if "case" in one.values else ""


def _said(t: Words, one: warnings.Warning) -> str:
    values = dict(one.values)
    if "free" in values:
        values["free"] = t.size(values["free"])
    if "when" in values:
        values["when"] = t.when(values["when"])
    if "day" in values:
        values["day"] = t.day(values["day"])
    if "room" in values:
        values["room"] = t.room(values["room"])
    return t(one.name, **values)


async def listing(request: Request) -> Response:
    """`/`: everything, newest first."""
    office = desk(request).office

    def look() -> tuple[list[tuple[Link, Seen]], list[Call]]:
        seen = office.look()
        return seen, office.calls()

    seen, calls = await run_in_threadpool(look)
    new = [(row.box, sum(1 for call in calls if call.box == row.box and call.on_box and not call.whole)) for _, row in seen]
    day = request.query_params.get("day", "")
    shown = [call for call in calls if not day or date.fromtimestamp(call.created).isoformat() == day]
    return page(
        request, "calls.html", new=[(box, count) for box, count in new if count], note=note(request),
        warnings=all_warnings(request, seen, calls), now=int(time.time()), plugged=any(row.info or at_fault_here(row) for _, row in seen),
        box_name=lambda box: box_name(request, box), day=day, find=day or len(calls) > _MANY, **first(request, "calls", shown),
    )  # fmt: skip


def first(request: Request, name: str, rows: list[Any]) -> dict[str, Any]:
    """The first rows of a long list, as many as `?show=` says; `left`: how many more there are, `more`: the address that shows them."""
    asked = request.query_params.get("show", "")
    count = max(_SHOWN, min(int(asked), len(rows))) if asked.isdecimal() and asked.isascii() and len(asked) < 7 else _SHOWN
    query = urlencode({**request.query_params, "show": count + _SHOWN})
    return {name: rows[:count], "left": max(0, len(rows) - count), "more": f"?{query}", "shown": count}


async def _call(request: Request) -> Call:
    return await run_in_threadpool(desk(request).office.call, request.path_params["call"])


async def call(request: Request) -> Response:
    """One call."""
    return await _show(request, await _call(request), note=note(request))


async def _show(request: Request, found: Call, status: int = 200, **more: Any) -> Response:
    office = desk(request).office
    uses, head = await run_in_threadpool(lambda: (office.uses(found), office.head(found)))
    values = {
        "call": found, "uses": uses, "head": head, "now": int(time.time()), "sound": None, "wave": None,
        "role": request.state.t("role_usual"), "purpose": "", "box_name": lambda box: box_name(request, box),
        "review": date.fromtimestamp(time.time() + _HOLD_DAYS * _DAY_S).isoformat(),
        "tomorrow": date.fromtimestamp(time.time() + _DAY_S).isoformat(),
    }  # fmt: skip
    return page(request, "call.html", status, **{**values, **more})


def _purpose(request: Request) -> str:
    return request.query_params.get("for", "")


async def listen(request: Request) -> Response:
    """One call, opened for a purpose."""
    found, purpose = await _call(request), _purpose(request)
    try:
        sound = await run_in_threadpool(desk(request).office.sound, found, purpose)
    except Press1Error as error:
        return await _show(request, found, 409, fault=why(request.state.t, error))
    return await _show(request, found, sound=sound, wave=wave.draw(sound), purpose=purpose)


async def audio(request: Request) -> Response:
    """The opened call as WAV, or the piece of it that the player asks for."""
    sound = await run_in_threadpool(desk(request).office.sound, await _call(request), _purpose(request))
    size = sound.wav_bytes
    asked = _range(request.headers.get("range", ""), size)
    start, end = asked or (0, size)
    headers = {"accept-ranges": "bytes"}
    if asked:
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    return Response(sound.wav(start, end), 206 if asked else 200, headers, "audio/wav")


def _range(text: str, size: int) -> tuple[int, int] | None:
    """(start, end) of a single byte range, or None for the whole."""
    first, dash, last = text.removeprefix("bytes=").partition("-")
    if not text.startswith("bytes=") or not dash or not first.isdigit() or not (last.isdigit() or last == ""):
        return None
    start, end = int(first), min(int(last) + 1 if last else size, size)
    return (start, end) if start < end else None


async def hold(request: Request) -> Response:
    """Keep it longer."""
    data, found = await form(request), await _call(request)
    reason, role = said(data, "reason"), said(data, "role")
    review = day_of(said(data, "review"))
    if not reason or not role or review is None or review <= time.time():
        return await _show(request, found, 422, bad=request.state.t("hold_bad"), written={"reason": reason, "role": role})
    fault = await run_in_threadpool(desk(request).decisions.hold, found, reason, role, review)
    return await _done(request, found, fault, "done_hold")


def said(data: FormData, name: str) -> str:
    """A field of a form."""
    return str(data.get(name, "")).strip()


def day_of(text: str) -> int | None:
    """A date of a form as the time at which it begins, or None."""
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


async def release(request: Request) -> Response:
    """End the hold."""
    data = await form(request)
    found, role = await _call(request), said(data, "role") or request.state.t("role_usual")
    return await _done(request, found, await run_in_threadpool(desk(request).decisions.release, found, role), "done_release")


async def object_to(request: Request) -> Response:
    """Open an objection."""
    data, found, t = await form(request), await _call(request), request.state.t
    ground, role = said(data, "ground"), said(data, "role")
    if not ground or not role:
        return await _show(request, found, 422, bad_objection=t("object_bad"), written={"ground": ground, "objector": role})
    return await _done(
        request, found, await run_in_threadpool(desk(request).decisions.object_to, found, ground, role), "done_object"
    )


async def _done(request: Request, found: Call, fault: Press1Error | None, name: str) -> Response:
    if fault is None:
        return go(f"/call/{found.id}?done={name}")
    t = request.state.t
    text = "done_object_box" if name == "done_object" else "done_box"  # the box hears of all else when it is met
    return await _show(request, await _call(request), note=t(text, why=why(t, fault)))


async def erase_asked(request: Request) -> Response:
    """Are you sure?"""
    return page(request, "erase.html", call=await _call(request), role=request.state.t("role_usual"))


async def erase(request: Request) -> Response:
    """Destroy it, if the word was written."""
    data, found, t = await form(request), await _call(request), request.state.t
    reason, role = said(data, "reason"), said(data, "role")
    if said(data, "word").upper() != t("erase_word") or not reason or not role:
        return page(request, "erase.html", 422, call=found, role=role, reason=reason, bad=t("erase_wrong", word=t("erase_word")))
    fault = await run_in_threadpool(desk(request).decisions.erase, found, reason, role)
    if fault is None:
        return go("/?done=erase_done")
    return page(request, "told.html", text=t("erase_done_box", why=why(t, fault)))
