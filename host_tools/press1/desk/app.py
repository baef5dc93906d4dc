"""The application: its addresses, its templates, and the housekeeping beside the pages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from press1.desk import box_pages, case_pages, door, pages, paper_pages
from press1.desk.access import Access
from press1.desk.decisions import Decisions
from press1.desk.names import Names
from press1.desk.office import Office
from press1.desk.place import Place
from press1.desk.web import BadForm, Desk, Gate, on_bad_form, on_missing, on_press1_error
from press1.errors import Press1Error

IDLE_S = 600.0
_TIDY_S = 2.0
_HERE = Path(__file__).parent

ROUTES = [
    Route("/begin", door.begin_page),
    Route("/begin", door.begin, methods=["POST"]),
    Route("/unlock", door.unlock_page),
    Route("/unlock", door.unlock, methods=["POST"]),
    Route("/lock", door.lock, methods=["POST"]),
    Route("/language/{code}", door.language),
    Route("/", pages.listing),
    Route("/call/{call}", pages.call),
    Route("/call/{call}/listen", pages.listen),
    Route("/call/{call}/sound.wav", pages.audio),
    Route("/call/{call}/hold", pages.hold, methods=["POST"]),
    Route("/call/{call}/release", pages.release, methods=["POST"]),
    Route("/call/{call}/erase", pages.erase_asked),
    Route("/call/{call}/erase", pages.erase, methods=["POST"]),
    Route("/call/{call}/object", pages.object_to, methods=["POST"]),
    Route("/access", paper_pages.access),
    Route("/access", paper_pages.give, methods=["POST"]),
    Route("/report", paper_pages.report),
    Route("/report", paper_pages.make_report, methods=["POST"]),
    Route("/cases", case_pages.cases),
    Route("/cases/open", case_pages.open_case, methods=["POST"]),
    Route("/cases/{case}/assess", case_pages.assess, methods=["POST"]),
    Route("/cases/{case}/decide", case_pages.decide, methods=["POST"]),
    Route("/boxes", box_pages.boxes),
    Route("/boxes/{box}/fetch", box_pages.fetching),
    Route("/boxes/{box}/fetch", box_pages.fetch, methods=["POST"]),
    Route("/boxes/{box}/progress", box_pages.progress),
    Route("/boxes/{box}/clock", box_pages.clock, methods=["POST"]),
    Route("/boxes/{box}/name", box_pages.rename, methods=["POST"]),
    Route("/policy", box_pages.policy),
    Mount("/static", StaticFiles(directory=_HERE / "static")),
]


def create(place: Place, idle_s: float = IDLE_S) -> Starlette:
    """The desk as an ASGI application."""
    app = Starlette(
        routes=ROUTES,
        middleware=[Middleware(Gate)],
        exception_handlers={Press1Error: on_press1_error, BadForm: on_bad_form, 404: on_missing},
        lifespan=_lifespan,
    )
    office = Office(place)
    app.state.desk = Desk(office, Access(idle_s), Decisions(office), Names(place.home))
    app.state.templates = Jinja2Templates(directory=_HERE / "templates")
    app.state.templates.env.trim_blocks = app.state.templates.env.lstrip_blocks = True
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    here: Desk = app.state.desk
    keeping = asyncio.create_task(_keep(here))
    try:
        yield
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        await run_in_threadpool(here.office.lock)


async def _keep(here: Desk) -> None:
    """Lock when nobody is there, close what nobody uses, destroy what is due."""
    while True:
        await asyncio.sleep(_TIDY_S)
        if here.office.private is not None and here.access.deserted and not here.office.fetching:
            here.access.lock()
            await run_in_threadpool(here.office.lock)
        with suppress(Press1Error):  # it is tried again, and the pages say what is wrong
            await run_in_threadpool(here.office.tidy)
