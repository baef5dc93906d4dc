"""The page about cases: what people asked or objected to, what was weighed, and how it was decided."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from press1.desk.pages import first, note, said
from press1.desk.web import desk, form, go, page, why
from press1.errors import Usage
from press1.rights.cases import Case


async def cases(
    request: Request, status: int = 200, bad: str = "", number: str = "", written: FormData | None = None
) -> Response:
    """`/cases`: the open ones first, then the newest. `written`: what a form held that was refused, so that it stands there still."""
    found = await run_in_threadpool(desk(request).office.log.cases)
    found = [case for case in found if case.kind != "used"]  # each listening is one: too many for a person
    found.sort(key=lambda case: (case.open, case.opened, case.number), reverse=True)
    role = request.state.t("role_usual")
    return page(
        request, "cases.html", status, note=note(request), role=role, bad=bad, bad_case=number, written=written or {},
        **first(request, "cases", found),
    )  # fmt: skip


async def open_case(request: Request) -> Response:
    """Somebody objects, and there is no recording of it here."""
    data, t = await form(request), request.state.t
    ground, role = said(data, "ground"), said(data, "role")
    if not ground or not role:
        return await cases(request, 422, t("object_bad"), "new", data)
    desk(request).office.log.add("objection", "opened", role, text=ground)
    return go("/cases?done=done_case")


def _objection(request: Request) -> Case:
    case = desk(request).office.log.get(request.path_params["case"])
    if case.kind != "objection" or not case.open:
        raise Usage("that case is closed")
    return case


async def assess(request: Request) -> Response:
    """Note what was weighed."""
    data, case, t = await form(request), _objection(request), request.state.t
    text, role = said(data, "text"), said(data, "role")
    if not text or not role:
        return await cases(request, 422, t("object_bad"), case.number, data)
    desk(request).office.log.add("objection", "assessed", role, case.number, text=text)
    return go("/cases?done=done_case")


async def decide(request: Request) -> Response:
    """Uphold or dismiss it, once it has been assessed."""
    data, case, t = await form(request), _objection(request), request.state.t
    text, role, outcome = said(data, "text"), said(data, "role"), said(data, "outcome")
    if not text or not role or outcome not in ("upheld", "dismissed") or case.steps[-1].step != "assessed":
        return await cases(request, 422, t("object_bad"), case.number, data)
    if outcome == "upheld" and said(data, "word").upper() != t("erase_word"):
        return await cases(request, 422, t("erase_wrong", word=t("erase_word")), case.number, data)
    fault = await run_in_threadpool(desk(request).decisions.decide, case, outcome == "upheld", text, role)
    if fault is None:
        return go("/cases?done=done_case")
    return page(request, "told.html", text=t("done_box", why=why(t, fault)))
