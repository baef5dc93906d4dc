"""What every request passes: only this computer, only this page's own forms, only while unlocked; and what every answer carries."""

from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import URL, FormData, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from press1.desk import words
from press1.desk.access import Access
from press1.desk.decisions import Decisions
from press1.desk.names import Names
from press1.desk.office import Office
from press1.desk.words import Words
from press1.errors import Press1Error

COOKIE = "press1_desk"
LANGUAGE_COOKIE = "press1_language"
OPEN_TO_ALL = ("/unlock", "/begin", "/language/", "/static/")
_LOCAL = ("127.0.0.1", "localhost")
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_MAX_FORM = 20_000


class BadForm(Exception):
    """A form that is not this page's own, or older than its session."""


@dataclass
class Desk:
    """What handlers share."""

    office: Office
    access: Access
    decisions: Decisions
    names: Names


def desk(request: Request) -> Desk:
    """The application's desk."""
    found: Desk = request.app.state.desk
    return found


def why(t: Words, error: BaseException, *groups: str) -> str:
    """A reason in the reader's language; `groups` of texts go before the common ones."""
    for kind in type(error).__mro__:
        name = kind.__name__.lower()
        for group in (*groups, "why"):
            text = t.of(group, name)
            if text != name:
                return text
    return str(error)


class Gate:
    """Outermost: the host that was asked for, headers, who may pass."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        refusal = self._refusal(request)
        store = "no-store" if not request.url.path.startswith("/static/") else "max-age=60"

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers["cache-control"] = store
            await send(message)

        await (refusal or self._app)(scope, receive, marked)

    def _refusal(self, request: Request) -> Response | None:
        if (request.headers.get("host") or "").rsplit(":", 1)[0] not in _LOCAL:
            return PlainTextResponse("this page is only for this computer", 400)
        here = desk(request)
        request.state.visit = here.access.visit(request.cookies.get(COOKIE))
        accepted = request.headers.get("accept-language", "")
        request.state.t = Words(words.chosen(request.cookies.get(LANGUAGE_COOKIE), accepted))
        if request.url.path.startswith(OPEN_TO_ALL):
            return None
        if here.access.open(request.state.visit):
            if request.headers.get("x-press1") != "watching":  # the page asking for news is nobody at the desk
                here.access.touch()
            return None
        return RedirectResponse("/unlock", 303)


async def form(request: Request) -> FormData:
    """A form of this page; BadForm otherwise."""
    origin = request.headers.get("origin")
    if origin not in (None, "null") and origin.split("//", 1)[-1] != request.headers.get("host"):
        raise BadForm
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise BadForm
    if int(request.headers.get("content-length") or 0) > _MAX_FORM:
        raise BadForm
    data = await request.form()
    if not desk(request).access.genuine(request.state.visit, str(data.get("token", ""))):
        raise BadForm
    return data


def page(request: Request, name: str, status: int = 200, **values: Any) -> Response:
    """A template, with what all of them use; the visitor's cookie goes along."""
    here, t = desk(request), request.state.t
    more = {
        "t": t,
        "languages": words.NAMES,
        "path": request.url.path,
        "back": _here(request),
        "token": here.access.token(request.state.visit),
        "unlocked": here.access.open(request.state.visit),
        "names": here.names,
        "now": values.get("now", 0),
    }
    templates = request.app.state.templates
    answer: Response = templates.TemplateResponse(request, name, {**more, **values}, status_code=status)
    remember(answer, request.state.visit)
    return answer


def _here(request: Request) -> str:
    """Where a change of language leads back to: this page, or the one whose form was sent."""
    at = request.url if request.method == "GET" else URL(request.headers.get("referer", "/"))
    return at.path + (f"?{at.query}" if at.query else "")


def remember(answer: Response, visit: str) -> None:
    """Give the visitor this cookie, until the browser closes."""
    answer.set_cookie(COOKIE, visit, httponly=True, samesite="strict", path="/")


def go(path: str) -> Response:
    """To another page, after a form."""
    return RedirectResponse(path, 303)


async def on_press1_error(request: Request, error: Exception) -> Response:
    """What the box or the vault refuses, in words."""
    assert isinstance(error, Press1Error)
    t = request.state.t
    return page(request, "fault.html", 409, text=why(t, error), detail=str(error))


async def on_bad_form(request: Request, _: Exception) -> Response:
    """A form of another page, or too old."""
    return page(request, "fault.html", 403, text=request.state.t("fault_form"), detail="")


async def on_missing(request: Request, _: Exception) -> Response:
    """No such page."""
    return page(request, "fault.html", 404, text=request.state.t("fault_gone"), detail="")


__all__ = [
    "BadForm",
    "Desk",
    "Gate",
    "Starlette",
    "desk",
    "form",
    "go",
    "on_bad_form",
    "on_missing",
    "on_press1_error",
    "page",
    "why",
]
