"""Strict CBOR: exactly the deterministic encoding of docs/format.md, nothing that only means the same."""

from typing import Any

import cbor2

from press1.errors import Damaged

_MAX_DEPTH = 8
_PLAIN = (int, bytes, str, bool, type(None))


def dumps(value: Any) -> bytes:
    """Deterministic encoding; our maps have text keys only, where cbor2's canonical order is that of RFC 8949."""
    return cbor2.dumps(value, canonical=True)


def loads(data: bytes) -> Any:
    """Decode all of `data`; Damaged for anything but deterministic CBOR of plain types."""
    try:
        value = cbor2.loads(data)
        _check(value, 0)
        again = dumps(value)
    except Damaged:
        raise
    except Exception as error:  # cbor2 lets tag handlers raise whatever they like
        raise Damaged("CBOR that does not decode") from error
    if again != data:
        raise Damaged("CBOR that is not deterministically encoded")
    return value


def _check(value: Any, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise Damaged("CBOR nested too deep")
    if type(value) is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise Damaged("CBOR map key that is no text")
            _check(item, depth + 1)
    elif type(value) is list:
        for item in value:
            _check(item, depth + 1)
    elif type(value) not in _PLAIN or (type(value) is int and not -(1 << 64) <= value < 1 << 64):
        raise Damaged("CBOR type that the format does not use")
