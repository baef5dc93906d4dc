"""The pages about boxes: how they are, fetching from them, their clock, their names, and their policy in plain words."""

import re
import time
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from press1.desk.fetch import Fetch
from press1.desk.link import Link
from press1.desk.pages import all_warnings, at_fault, box_name, note
from press1.desk.web import desk, form, go, page, why
from press1.desk.words import Words
from press1.errors import NoBox, Usage


async def boxes(request: Request) -> Response:
    """`/boxes`."""
    office = desk(request).office
    seen = await run_in_threadpool(office.look)
    calls = await run_in_threadpool(office.calls)
    there = [row for _, row in seen if row.info or not isinstance(row.fault, NoBox) or not row.provisioned]
    rows = [
        {"seen": row, "new": _new(calls, row.box), "busy": _busy(office, row.box), "fault": at_fault(request.state.t, row)}
        for row in there
    ]
    return page(
        request, "boxes.html", rows=rows, public=office.public, note=note(request),
        now=int(time.time()), warnings=all_warnings(request, seen, calls),
        box_name=lambda box: box_name(request, box),
    )  # fmt: skip


def _new(calls: list[Any], box: str) -> int:
    return sum(1 for call in calls if call.box == box and call.on_box and not call.whole)


def _busy(office: Any, box: str) -> bool:
    run = office.fetched(box)
    return run is not None and not run.done


async def fetch(request: Request) -> Response:
    """Begin to fetch."""
    await form(request)
    box = request.path_params["box"]
    await run_in_threadpool(desk(request).office.fetch, box)
    return go(f"/boxes/{box}/fetch")


async def fetching(request: Request) -> Response:
    """How far it is; without JavaScript the page loads itself again each second."""
    box = request.path_params["box"]
    run = desk(request).office.fetched(box)
    if run is None:
        return go("/boxes")
    return page(request, "fetch.html", run=run, box=box, said=_progress(request.state.t, run))


async def progress(request: Request) -> Response:
    """The same for the page's script."""
    run = desk(request).office.fetched(request.path_params["box"])
    if run is None:
        return JSONResponse({}, 404)
    return JSONResponse({"done": run.done, "moved": run.moved, "total": run.total, "said": _progress(request.state.t, run)})


def _progress(t: Words, run: Fetch) -> str:
    if run.fault is not None:
        return t("fetch_failed", why=why(t, run.fault))
    if run.done:
        return t("fetch_done_one") if run.new == 1 else t("fetch_done", n=run.new)
    said = [t("fetch_progress", moved=t.size(run.moved), total=t.size(run.total)), t("fetch_rate", rate=t.size(run.rate))]
    if run.left_s is not None:
        said.append(t("fetch_left", left=t.length(run.left_s)))
    return ", ".join(said)


async def clock(request: Request) -> Response:
    """Set a box's clock to this computer's."""
    await form(request)
    office, box = desk(request).office, request.path_params["box"]

    def put() -> None:
        link: Link = office.link(box)
        with link.session(office.key) as device:
            device.time(int(time.time()), True)
        link.stale()

    await run_in_threadpool(put)
    return go("/boxes?done=clock_set")


async def rename(request: Request) -> Response:
    """Give a box a name."""
    data = await form(request)
    desk(request).names.give(request.path_params["box"], str(data.get("name", "")))
    return go("/boxes?done=done_name")


async def policy(request: Request) -> Response:
    """`/policy`: what happens in a call, in sentences."""
    office, t = desk(request).office, request.state.t

    def read() -> list[dict[str, Any]]:
        rows = [(link, seen) for link, seen in office.look() if seen.info]
        return [_explained(t, office, link, seen.info.get("profile", ""), box_name(request, seen.box)) for link, seen in rows]

    return page(request, "policy.html", rows=await run_in_threadpool(read))


def _plain(text: str, profile: str, name: str) -> str:
    """Without the numbers of rules and the commands that only the command line knows."""
    text = re.sub(r" \(S\d+\)", "", text)
    return re.sub(r"; `press1 [^`]*`[^.]*", "", text).replace(f" {profile} ", f" »{name}« ")


def _explained(t: Words, office: Any, link: Link, profile: str, box: str) -> dict[str, Any]:
    from press1 import boxes as known
    from press1 import profiles, prompts
    from press1.policy import kept
    from press1.policy.explain import explain
    from press1.policy.read import parse_text
    from press1.policy.rules import check

    row: dict[str, Any] = {"box": box, "profile": profile, "sections": [], "findings": [], "own": False, "unknown": False}
    digest = link.seen.info.get("policy")
    text = kept.policy(known.home(link.port), digest) if digest else None
    try:
        if not text and profile not in profiles.shipped():  # a box names profiles, not files
            return {**row, "unknown": True}
        found = parse_text(text, Path(f"{profile}.toml")) if text else profiles.load(profile)
    except Usage:
        return {**row, "unknown": True}
    sections: dict[str, list[str]] = {}
    for sentence in explain(found, t.language, prompts.texts(found)):
        sections.setdefault(sentence.section, []).append(_plain(sentence.text, profile, t.of("profile", profile)))
    return {**row, "sections": list(sections.items()), "findings": check(found), "own": bool(text)}
