"""The pages that make papers: access for somebody who was recorded (S26), and the report for an authority (S48). Each is a download."""

import tempfile
import time
from datetime import date
from typing import IO, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from press1.desk.pages import box_name, day_of, said
from press1.desk.passing import Passing
from press1.desk.web import desk, form, page, why
from press1.desk.words import LANGUAGES
from press1.errors import Gone, Press1Error, Usage
from press1.rights.access import Wanted
from press1.rights.bundle import VOICES
from press1.rights.leftovers import PREFIX

_FORMS = {"pdf": "application/pdf", "html": "text/html; charset=utf-8"}


async def access(request: Request) -> Response:
    """`/access`: whose call is it? `?call=` picks one before."""
    return await _access(request, picked=request.query_params.getlist("call"))


async def _access(request: Request, status: int = 200, **more: Any) -> Response:
    calls = await run_in_threadpool(desk(request).office.calls)
    picked = more.pop("picked", [])
    values = {"role": request.state.t("role_usual"), "wanted": request.state.t.language, "voices": "both", "bad": "", **more}
    return page(
        request, "access.html", status, calls=[(call, call.id in picked) for call in calls], picked=len(picked),
        box_name=lambda box: box_name(request, box), now=int(time.time()), **values,
    )  # fmt: skip


async def give(request: Request) -> Response:
    """The bundle, as a download."""
    data, t = await form(request), request.state.t
    picked, role = [str(value) for value in data.getlist("call")], said(data, "role")
    chosen = {"picked": picked, "role": role, "wanted": said(data, "language"), "voices": said(data, "voices")}
    if not picked or not role or chosen["wanted"] not in LANGUAGES or chosen["voices"] not in VOICES:
        return await _access(request, 422, bad=t("access_bad"), **chosen)
    try:
        number, file = await run_in_threadpool(
            _bundle, request, picked, Wanted(role, said(data, "language"), said(data, "voices"))
        )
    except Press1Error as error:
        return await _access(request, 409, bad=t("access_failed", why=why(t, error)), **chosen)
    return Passing(file, f"{t('access_file')}-{number}.zip", "application/zip")


def _bundle(request: Request, picked: list[str], wanted: Wanted) -> tuple[str, IO[bytes]]:
    """(case, the zip in a file that goes when it is closed)."""
    here = desk(request)
    calls = [call for call in reversed(here.office.calls()) if call.id in picked]  # oldest first
    if {call.id for call in calls} != set(picked):
        raise Gone("a call is not here any more")
    file = tempfile.TemporaryFile(prefix=PREFIX)  # noqa: SIM115 - the answer closes it
    try:
        return here.decisions.hand_over(calls, file, wanted).case, file
    except BaseException:
        file.close()
        raise


def _download(data: bytes, name: str, kind: str) -> Response:
    return Response(data, headers={"content-disposition": f'attachment; filename="{name}"'}, media_type=kind)


async def report(request: Request) -> Response:
    """`/report`: which period, which box?"""
    return await _report(request)


async def _report(request: Request, status: int = 200, **more: Any) -> Response:
    seen = await run_in_threadpool(desk(request).office.look)
    today = date.today()
    values = {"first": f"{today.year}-01-01", "last": today.isoformat(), "wanted": request.state.t.language, "bad": "", **more}
    boxes = [(row.box, box_name(request, row.box)) for _, row in seen if row.info]
    return page(
        request, "report.html", status, boxes=boxes, today=today.isoformat(), **{"chosen": boxes[0][0] if boxes else "", **values}
    )


async def make_report(request: Request) -> Response:
    """The report, as a download."""
    data, t = await form(request), request.state.t
    first, last = day_of(said(data, "first")), day_of(said(data, "last"))
    language, kind = said(data, "language"), said(data, "kind")
    chosen = {"first": said(data, "first"), "last": said(data, "last"), "wanted": language, "chosen": said(data, "box")}
    if first is None or last is None or first > last or language not in LANGUAGES or kind not in _FORMS:
        return await _report(request, 422, bad=t("report_bad"), **chosen)
    try:
        made = await run_in_threadpool(_report_bytes, request, chosen["chosen"], (first, last), language, kind)
    except Usage:
        return await _report(request, 422, bad=t("report_empty"), **chosen)
    except Press1Error as error:
        return await _report(request, 409, bad=t("report_failed", why=why(t, error)), **chosen)
    return _download(made, f"{t('report_file')}-{chosen['first']}-{chosen['last']}.{kind}", _FORMS[kind])


def _report_bytes(request: Request, box: str, period: tuple[int, int], language: str, kind: str) -> bytes:
    from press1.report import making, paper, source

    office = desk(request).office
    with office.link(box).session(office.key) as device:
        found = source.from_box(device)
    return paper.as_bytes(making.make(found, office.place.home, int(time.time()), language, *period), f".{kind}")
