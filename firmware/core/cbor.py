"""CBOR, the deterministic subset of docs/format.md: RFC 8949 sections 3 and 4.2.1.

Types: int, bytes, str, list (a tuple is written as one), dict, bool, None. Decoding is strict: a longer-than-needed integer, an
indefinite length, unsorted or repeated map keys, a float or a tag raise `Malformed`, so one value has one encoding.
"""

from micropython import const

from core.errors import Malformed

_UINT = const(0)
_NEGATIVE = const(1)
_BYTES = const(2)
_TEXT = const(3)
_ARRAY = const(4)
_MAP = const(5)
_SIMPLE = const(7)
_FALSE = const(20)
_TRUE = const(21)
_NULL = const(22)
_MAX_DEPTH = const(8)
_MAX_UINT = const(0xFFFFFFFFFFFFFFFF)


def encode(value):
    """The one encoding of `value` as bytes."""
    out = bytearray()
    _write(out, value)
    return bytes(out)


def _head(out, major, number):
    """Section 3: initial byte and the shortest argument."""
    major <<= 5
    if number < 24:
        out.append(major | number)
        return
    if number > _MAX_UINT:
        raise Malformed("integer over 64 bits")
    size = 1 if number < 0x100 else 2 if number < 0x10000 else 4 if number < 0x100000000 else 8
    out.append(major | {1: 24, 2: 25, 4: 26, 8: 27}[size])
    out.extend(number.to_bytes(size, "big"))


def _write(out, value):
    if value is None or value is True or value is False:
        out.append(_SIMPLE << 5 | (_NULL if value is None else _TRUE if value else _FALSE))
    elif isinstance(value, int):
        _head(out, _UINT if value >= 0 else _NEGATIVE, value if value >= 0 else -1 - value)
    elif isinstance(value, str):
        text = value.encode()
        _head(out, _TEXT, len(text))
        out.extend(text)
    elif isinstance(value, (bytes, bytearray, memoryview)):
        _head(out, _BYTES, len(value))
        out.extend(value)
    elif isinstance(value, (list, tuple)):
        _head(out, _ARRAY, len(value))
        for item in value:
            _write(out, item)
    elif isinstance(value, dict):
        _write_map(out, value)
    else:
        raise Malformed("type has no encoding")


def _write_map(out, value):
    """Section 4.2.1: keys in bytewise order of their encoding."""
    _head(out, _MAP, len(value))
    for key, item in sorted((encode(key), item) for key, item in value.items()):
        out.extend(key)
        _write(out, item)


def decode(data):
    """The value that `data` (bytes-like) encodes, all of it; `Malformed` otherwise."""
    value, end = _read(memoryview(data), 0, 0)
    if end != len(data):
        raise Malformed("bytes after the value")
    return value


def _argument(data, at):
    """(major, number, offset after the head)."""
    if at >= len(data):
        raise Malformed("ends too soon")
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    if info < 24 or major == _SIMPLE:
        return major, info, at
    if info > 27:
        raise Malformed("reserved or indefinite length")
    size = 1 << (info - 24)
    if at + size > len(data):
        raise Malformed("ends too soon")
    number = int.from_bytes(bytes(data[at : at + size]), "big")
    if number < 24 or (size > 1 and number >> (4 * size) == 0):
        raise Malformed("integer longer than needed")
    return major, number, at + size


def _read(data, at, depth):
    if depth > _MAX_DEPTH:
        raise Malformed("nested too deep")
    major, number, at = _argument(data, at)
    if major == _UINT:
        return number, at
    if major == _NEGATIVE:
        return -1 - number, at
    if major == _BYTES or major == _TEXT:
        return _string(data, at, number, major == _TEXT)
    if major == _ARRAY:
        return _array(data, at, number, depth)
    if major == _MAP:
        return _map(data, at, number, depth)
    if major == _SIMPLE and _FALSE <= number <= _NULL:
        return (False, True, None)[number - _FALSE], at
    raise Malformed("float, tag or unknown simple value")


def _string(data, at, size, text):
    if size > len(data) - at:
        raise Malformed("ends too soon")
    raw = bytes(data[at : at + size])
    if not text:
        return raw, at + size
    try:
        return raw.decode(), at + size
    except UnicodeError:
        raise Malformed("text is not UTF-8") from None


def _array(data, at, count, depth):
    if count > len(data) - at:  # each item takes a byte at least: bounds the work before it begins
        raise Malformed("ends too soon")
    items = []
    for _ in range(count):
        item, at = _read(data, at, depth + 1)
        items.append(item)
    return items, at


def _map(data, at, count, depth):
    if count > len(data) - at:
        raise Malformed("ends too soon")
    out = {}
    last = b""
    for _ in range(count):
        start = at
        key, at = _read(data, at, depth + 1)
        raw = bytes(data[start:at])
        if raw <= last or not isinstance(key, (int, str, bytes)) or isinstance(key, bool):
            raise Malformed("map keys out of order")
        last = raw
        out[key], at = _read(data, at, depth + 1)
    return out, at
