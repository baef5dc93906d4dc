"""What a boot does to the key slots: finish whatever was begun, so that a second boot finds nothing to do."""

from store import slot_scan as scan
from store.region import UNITS


def recover(table):
    """Sets every slot and page header right; the number of slots touched. Programs, and erases a page whose erase was torn."""
    touched = 0
    for page in table.pages:
        touched += _recover_page(table, page)
    for page in table.pages:
        _check_header(table, page)
    table.refresh()
    return touched


def _recover_page(table, page):
    touched = 0
    unit = 0
    while True:
        table.load(page)  # anew each time: setting one slot right reads other pages
        unit = scan.next_odd(table.page, unit + 1)
        if unit < 0:
            return touched
        _settle(table, table.read(page * UNITS + unit))
        touched += 1


def _settle(table, slot):
    if slot.state == "prepared":
        _settle_prepared(table, slot)
    elif slot.state == "moved":
        _settle_moved(table, slot)
    elif slot.state == "live":
        _settle_live(table, slot)
    else:  # torn program, or erasing, or bits left in the secret
        table.zero(slot.number)


def _settle_prepared(table, slot):
    """A prepared slot dies with the RAM that knew its recording, unless it is the copy of a change already marked."""
    old = _moved_twin(table, slot.id) if slot.good else -1
    if old < 0:
        table.zero(slot.number)
    else:
        table.finish_change(old, slot.number, slot.expiry)


def _settle_moved(table, slot):
    copy = table.find(slot.id)
    if copy >= 0 and table.read(copy).state == "prepared":
        table.finish_change(slot.number, copy, table.read(copy).expiry)
    else:
        table.zero(slot.number)


def _settle_live(table, slot):
    """Erasure had begun (a reason is there), or the terms are unreadable: without a readable end it must not stay."""
    table.begin_erase(slot.number, slot.reason or "erased")
    table.zero(slot.number)


def _moved_twin(table, id16):
    for page in table.pages:
        table.load(page)
        unit = scan.find_id(table.page, id16, *scan.SUPERSEDED)
        if unit > 0:
            return page * UNITS + unit
    return -1


def _check_header(table, page):
    """A header is missing after a torn erase; only a page that nothing depends on is erased again."""
    table.recount(page)
    if table.headers.good(table.page):
        return
    unused, _, _, finished = table.counts(page)
    blank = scan.blank(table.page, 0)
    if blank and unused == UNITS - 1:
        return  # never used
    table.headers.lost(page)
    if unused + finished == UNITS - 1:
        table.headers.erase(page)
    elif blank:
        table.headers.put(page)
