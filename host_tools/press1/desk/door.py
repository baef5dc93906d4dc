"""Coming in and going out: first run, unlocking, locking, and the language."""

import asyncio

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from press1.desk.place import SHORTEST_PASSPHRASE
from press1.desk.web import LANGUAGE_COOKIE, desk, form, go, page, remember
from press1.desk.words import LANGUAGES
from press1.errors import WrongKey

_YEAR_S = 31_536_000


async def begin_page(request: Request) -> Response:
    """First run."""
    if not desk(request).office.place.fresh:
        return go("/unlock")
    return page(request, "begin.html", shortest=SHORTEST_PASSPHRASE)


async def begin(request: Request) -> Response:
    """Make the key and the vault under the new passphrase."""
    data, here, t = await form(request), desk(request), request.state.t
    if not here.office.place.fresh:
        return go("/unlock")
    first, again = str(data.get("passphrase", "")), str(data.get("again", ""))
    bad = t("begin_short", n=SHORTEST_PASSPHRASE) if len(first) < SHORTEST_PASSPHRASE else ""
    bad = bad or (t("begin_differ") if first != again else "")
    if bad:
        return page(request, "begin.html", 422, shortest=SHORTEST_PASSPHRASE, bad=bad)
    try:
        with here.access.entering():
            await run_in_threadpool(here.office.begin, first)
            return _enter(request)
    except WrongKey:  # a key was here before, under another passphrase
        return page(request, "begin.html", 422, shortest=SHORTEST_PASSPHRASE, bad=t("unlock_wrong"))


async def unlock_page(request: Request) -> Response:
    """Ask for the passphrase."""
    here = desk(request)
    if here.office.place.fresh:
        return go("/begin")
    if here.access.open(request.state.visit):
        return go("/")
    idle = here.office.private is None and "idle" in request.query_params
    return page(request, "unlock.html", idle=round(here.access.idle_s / 60) if idle else 0)


async def unlock(request: Request) -> Response:
    """Open with the right passphrase; a wrong one is answered later each time."""
    data, here = await form(request), desk(request)
    try:
        with here.access.entering():
            await run_in_threadpool(here.office.unlock, str(data.get("passphrase", "")))
            return _enter(request)
    except WrongKey:
        await asyncio.sleep(here.access.wrong())
        return page(request, "unlock.html", 403, bad=request.state.t("unlock_wrong"), idle=0)


def _enter(request: Request) -> Response:
    answer = go("/")
    remember(answer, desk(request).access.unlock())
    return answer


async def lock(request: Request) -> Response:
    """Forget the key."""
    await form(request)
    here = desk(request)
    here.access.lock()
    await run_in_threadpool(here.office.lock)
    return go("/unlock")


async def language(request: Request) -> Response:
    """Remember the language, and go back to where the visitor was."""
    code, back = request.path_params["code"], request.query_params.get("back", "/")
    if not back.startswith("/") or back.startswith(("//", "/\\")):
        back = "/"
    answer = RedirectResponse(back, 303)
    if code in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, code, max_age=_YEAR_S, samesite="lax", path="/")
    return answer
