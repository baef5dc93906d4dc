"""The catalogue's database: opened by URL, and brought to the present version by itself."""

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from press1.errors import Usage

VERSION = "0002"  # of the newest migration


def connect(url: str) -> Engine:
    """An engine whose tables are those of VERSION; Usage where the URL or the server is no good."""
    try:
        place = make_url(url)
        if place.drivername == "postgresql":
            place = place.set(drivername="postgresql+psycopg")
        engine = create_engine(place)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _sqlite)
        _upgrade(engine)
        return engine
    except ModuleNotFoundError as error:
        raise Usage(f"this needs the Python package {error.name}", "pip install 'press1[postgres]'") from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise Usage("the catalogue's URL is none that SQLAlchemy knows") from error
    except SQLAlchemyError as error:
        raise Usage(f"the catalogue does not open: {_reason(error)}", "is the server there, and the URL right?") from error


def _reason(error: SQLAlchemyError) -> str:
    """One line; the database's own text names hosts and files, never passwords."""
    return str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()[0]


def _sqlite(connection: object, _: object) -> None:
    """What is committed is on the disk; what is deleted is overwritten."""
    for pragma in ("journal_mode=DELETE", "synchronous=FULL", "secure_delete=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]


def _found(engine: Engine) -> str | None:
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        row: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return row


def _upgrade(engine: Engine) -> None:
    found = _found(engine)
    if found == VERSION:
        return
    if found is not None and found > VERSION:
        raise Usage("the catalogue is of a newer press1", "use that version, or a newer one")
    from alembic import command  # here, because it is seldom needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "press1.vault:migrations")
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
