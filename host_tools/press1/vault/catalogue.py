"""The catalogue: every question and every change, each change one transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from press1.errors import Usage
from press1.vault import schema as t
from press1.vault.entry import Entry, Hold, Purpose

Row = dict[str, Any]
_FEW = 500  # databases limit how many values a question may name


class Catalogue:
    """Recordings, holds and receipts in a database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    # Recordings

    def entries(self, *where: ColumnElement[bool]) -> list[Entry]:
        """Recordings by time; all of them without a condition."""
        with self._engine.connect() as db:
            rows = db.execute(select(t.recordings).where(*where).order_by(t.recordings.c.created, t.recordings.c.part)).mappings()
            found = [dict(row) for row in rows]
            ids = [row["id"] for row in found] if len(found) <= _FEW else None
            purposes, holds = _purposes(db, ids), _holds(db, ids)
        return [Entry(**row, purposes=tuple(purposes.get(row["id"], ())), hold=holds.get(row["id"])) for row in found]

    def get(self, ident: str) -> Entry | None:
        """One recording by its whole id."""
        found = self.entries(t.recordings.c.id == ident)
        return found[0] if found else None

    def named(self, text: str) -> list[Entry]:
        """Recordings whose id, or whose call's, begins so (hex)."""
        c = t.recordings.c
        return self.entries(or_(c.id.startswith(text), c.call.startswith(text)))

    def ids(self) -> set[str]:
        """Ids of all recordings."""
        with self._engine.connect() as db:
            return set(db.scalars(select(t.recordings.c.id)))

    def add(self, entry: Entry) -> None:
        """A new recording, with its hold if it has one."""
        row = {name: value for name, value in vars(entry).items() if name not in ("purposes", "hold")}
        with self._engine.begin() as db:
            db.execute(insert(t.recordings).values(row))
            _set_purposes(db, entry.id, entry.purposes)
            if entry.hold:
                db.execute(insert(t.holds).values(recording=entry.id, **vars(entry.hold)))

    def set_terms(self, ident: str, expires: int, purposes: Sequence[Purpose]) -> None:
        """Another end, other purposes."""
        with self._engine.begin() as db:
            db.execute(update(t.recordings).where(t.recordings.c.id == ident).values(expires=expires))
            _set_purposes(db, ident, purposes)

    def end_purposes(self, now: int) -> list[tuple[str, str]]:
        """Mark purposes whose end has come; (recording, purpose) of each."""
        c = t.purposes.c
        due = (c.end <= now, c.ended.is_(None))
        with self._engine.begin() as db:
            rows = [tuple(row) for row in db.execute(select(c.recording, c.purpose).where(*due))]
            db.execute(update(t.purposes).where(*due).values(ended=now))
        return rows

    # Holds

    def hold(self, ident: str, hold: Hold) -> None:
        """Add a hold."""
        with self._engine.begin() as db:
            db.execute(insert(t.holds).values(recording=ident, **vars(hold)))

    def release(self, ident: str, who: str, now: int) -> bool:
        """End all holds of a recording; whether there was one."""
        c = t.holds.c
        with self._engine.begin() as db:
            change = update(t.holds).where(c.recording == ident, c.released.is_(None)).values(released=now, released_by=who)
            return db.execute(change).rowcount > 0

    def unsettled_holds(self) -> list[Row]:
        """Holds in force, and those that a box has from here and does not know to be over; oldest first."""
        c = t.holds.c
        wanted = or_(c.released.is_(None), and_(c.told.is_not(None), c.told_end.is_(None)))
        with self._engine.connect() as db:
            return [dict(row) for row in db.execute(select(t.holds).where(wanted).order_by(c.id)).mappings()]

    def hold_told(self, ident: str, now: int) -> None:
        """The box has the hold in force; 0: it is being sent."""
        c = t.holds.c
        with self._engine.begin() as db:
            db.execute(update(t.holds).where(c.recording == ident, c.released.is_(None)).values(told=now))

    def release_told(self, ident: str, now: int) -> None:
        """The box knows that the holds before are over; where nothing else is left of the recording, they go."""
        c = t.holds.c
        over = (c.recording == ident, c.released.is_not(None), c.told_end.is_(None))
        with self._engine.begin() as db:
            db.execute(update(t.holds).where(*over).values(told_end=now))
            if db.scalar(select(t.recordings.c.id).where(t.recordings.c.id == ident)) is None:
                db.execute(delete(t.holds).where(c.recording == ident))

    # Receipts

    def bury(self, receipt: Row) -> None:
        """Replace a recording by its receipt; with the same receipt again, nothing. A hold stays that its box does not know to be over."""
        ident, c = receipt["id"], t.holds.c
        with self._engine.begin() as db:
            db.execute(delete(t.purposes).where(t.purposes.c.recording == ident))
            db.execute(delete(t.holds).where(c.recording == ident, or_(c.told.is_(None), c.told_end.is_not(None))))
            db.execute(delete(t.recordings).where(t.recordings.c.id == ident))
            _put(db, t.receipts, receipt)

    def receipts(self, *where: ColumnElement[bool]) -> list[Row]:
        """What this vault destroyed."""
        with self._engine.connect() as db:
            return [dict(row) for row in db.execute(select(t.receipts).where(*where).order_by(t.receipts.c.slot)).mappings()]

    def unfinished(self) -> list[Row]:
        """Receipts of recordings whose file is still in the store."""
        return self.receipts(t.receipts.c.file.is_(None))

    def removed(self, ident: str, now: int) -> None:
        """The file of a destroyed recording is gone."""
        with self._engine.begin() as db:
            db.execute(update(t.receipts).where(t.receipts.c.id == ident).values(file=now))

    def untold(self, box: str) -> list[Row]:
        """What the box has not heard of."""
        return self.receipts(t.receipts.c.box == box, t.receipts.c.told.is_(None))

    def told(self, ids: Iterable[str], now: int) -> None:
        """The box has heard of these."""
        with self._engine.begin() as db:
            db.execute(update(t.receipts).where(t.receipts.c.id.in_(list(ids))).values(told=now))

    def note_box(self, rows: Iterable[Row]) -> None:
        """What a box destroyed; a receipt that comes again replaces itself."""
        with self._engine.begin() as db:
            for row in rows:
                _put(db, t.box_receipts, row)

    def box_receipts(self, *where: ColumnElement[bool]) -> list[Row]:
        """What boxes destroyed."""
        with self._engine.connect() as db:
            return [dict(row) for row in db.execute(select(t.box_receipts).where(*where)).mappings()]

    # Boxes and facts

    def box(self, ident: str) -> Row:
        """How far a box's journal was read; 0 for a new one."""
        with self._engine.connect() as db:
            row = db.execute(select(t.boxes).where(t.boxes.c.id == ident)).mappings().first()
        return dict(row) if row else {"id": ident, "journal": 0, "synced": 0}

    def set_box(self, row: Row) -> None:
        """Remember how far."""
        with self._engine.begin() as db:
            _put(db, t.boxes, row)

    def boxes(self) -> list[Row]:
        """All boxes that were synchronised."""
        with self._engine.connect() as db:
            return [dict(row) for row in db.execute(select(t.boxes)).mappings()]

    def fact(self, name: str) -> str | None:
        """A small thing to remember."""
        with self._engine.connect() as db:
            found: str | None = db.scalar(select(t.facts.c.value).where(t.facts.c.name == name))
            return found

    def set_fact(self, name: str, value: str) -> None:
        """Remember it."""
        try:
            with self._engine.begin() as db:
                _put(db, t.facts, {"name": name, "value": value}, "name")
        except SQLAlchemyError as error:
            raise Usage("the catalogue cannot be written", "is its disk full, or read-only?") from error


def _put(db: Connection, table: Any, row: Row, key: str = "id") -> None:
    """Insert, or replace the row of the same key: portable, inside one transaction."""
    db.execute(delete(table).where(table.c[key] == row[key]))
    db.execute(insert(table).values(row))


def _set_purposes(db: Connection, ident: str, purposes: Sequence[Purpose]) -> None:
    db.execute(delete(t.purposes).where(t.purposes.c.recording == ident))
    db.execute(insert(t.purposes), [{"recording": ident, **vars(row)} for row in purposes])


def _purposes(db: Connection, ids: list[str] | None) -> dict[str, list[Purpose]]:
    c = t.purposes.c
    out: dict[str, list[Purpose]] = {}
    query = select(c.recording, c.purpose, c.basis, c.end, c.ended).order_by(c.purpose)
    for recording, *rest in db.execute(query if ids is None else query.where(c.recording.in_(ids))):
        out.setdefault(recording, []).append(Purpose(*rest))
    return out


def _holds(db: Connection, ids: list[str] | None) -> dict[str, Hold]:
    """The newest hold in force of each recording."""
    c = t.holds.c
    query = select(c.recording, c.reason, c.who, c.since, c.review, c.told).where(c.released.is_(None)).order_by(c.id)
    rows = db.execute(query if ids is None else query.where(c.recording.in_(ids)))
    return {recording: Hold(*rest) for recording, *rest in rows}
