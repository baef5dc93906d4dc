"""Arguments of a request, checked as they are taken: whatever the host sends, a handler sees the right types or `Malformed`."""

from core.errors import Malformed


def take(request, name, kind, size=None):
    """The argument `name` of type `kind`, for bytes of exactly `size`; an int is a uint of at most 2**40."""
    value = request.get(name)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Malformed(name + " is missing or of another type")
    if size is not None and len(value) != size:
        raise Malformed(name + " has another length")
    if kind is int and not 0 <= value <= 1 << 40:
        raise Malformed(name + " is out of range")
    return value


def optional(request, name, kind, default):
    """As `take`, or `default` where the argument is absent."""
    return take(request, name, kind) if name in request else default


def optional_list(request, name, size, limit):
    """A list of at most `limit` byte strings of `size`; empty where the argument is absent."""
    items = optional(request, name, list, [])
    if len(items) > limit or not all(isinstance(item, bytes) and len(item) == size for item in items):
        raise Malformed(name + " is not a short list of keys or ids")
    return items
