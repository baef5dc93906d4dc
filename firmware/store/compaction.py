"""Reclaiming key-slot pages, one erase a step and only between calls. Live slots are moved by `change`, never copied by hand."""

from micropython import const

from store.region import UNITS

_RESERVE = const(126)  # slots kept free by moving live ones together: two pages, a day of calls


def tidy(table):
    """Erases one page that holds nothing any more, or, when slots run short, empties one first. True when it erased."""
    for page in table.pages:
        if table.counts(page) == (0, 0, 0, UNITS - 1):
            _erase(table, page)
            return True
    if table.free() >= _RESERVE:
        return False
    page = _best(table)
    if page < 0:
        return False
    _empty(table, page)
    _erase(table, page)
    return True


def _erase(table, page):
    table.headers.erase(page)
    table.recount(page)


def _best(table):
    """The full page with most finished slots whose live ones fit elsewhere and which nobody holds by number, or -1."""
    best = -1
    most = 0
    room = table.free()
    for page in table.pages:
        unused, live, prepared, finished = table.counts(page)
        movable = unused == 0 and prepared == 0 and live + finished == UNITS - 1 and live <= room
        if movable and finished > most:
            best, most = page, finished
    return best


def _empty(table, page):
    numbers = [number for number in table.live(page * UNITS) if number // UNITS == page]
    for number in numbers:
        table.change(number)
