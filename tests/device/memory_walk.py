"""How much RAM a tree of our objects takes: buffers exactly, the rest as it would be with 32-bit words.

Buffers (bytearray, array) have the same size on the chip. Of objects, a 32-bit MicroPython gives each heap block 16 bytes
(py/gc.c, MICROPY_BYTES_PER_GC_BLOCK with 4-byte words): instance and dict 16 (py/objtype.h, py/obj.h) and 8 an entry of a
table that grows by py/map.c, list 16 + 4 a slot, tuple 8 + 4 an item, bound method 12 (py/objboundmeth.c).
Integers over 30 bits and byte strings are counted with their length; code and constants are in flash.

A module is a context of 16 (py/bc.h) and a dict; a function 16 (py/objfun.h) and 4 a default; a class 64 (py/objtype.c: 20
and 10 or 11 slots) and a dict. The same modules, frozen in a MicroPython built for 32 bits, took 3 % more.
"""

import sys

_BLOCK = 16
_WORD = 4
_CLASS = 64
_TABLES = (0, 2, 4, 6, 8, 10, 12, 17, 23, 29, 37, 47, 59, 73, 97, 127, 167, 223, 293, 389, 521)  # py/map.c


def _blocks(n):
    return -(-n // _BLOCK) * _BLOCK


def _allocated(count):
    """Slots of a list that has grown to `count`."""
    return max(4, count + count // 4)


def _table(count):
    """Bytes of a dict's or an instance's table with `count` names."""
    return _blocks(2 * _WORD * min(size for size in _TABLES if size >= count))


class Walk:
    """`buffers`, `objects`: bytes so far. `skip`: types that are not ours, or stand for what has no heap on the chip."""

    def __init__(self, skip=()):
        self.buffers = self.objects = 0
        self.found = []  # (bytes, path) of buffers
        self._seen = set()
        self._skip = (bool, str, type, type(sys)) + tuple(skip)

    def pass_over(self, value):
        """Somebody else's: not counted, and not looked into."""
        self._seen.add(id(value))

    def add(self, value, path=""):
        """Count a value and all it leads to, once."""
        if value is None or isinstance(value, self._skip) or (callable(value) and not hasattr(value, "__dict__")):
            return
        if isinstance(value, int):
            self.objects += 0 if -(1 << 30) <= value < 1 << 30 else _BLOCK
            return
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        self._count(value, path)

    def _count(self, value, path):
        if isinstance(value, memoryview):
            self.objects += _BLOCK  # somebody else's bytes
        elif isinstance(value, bytearray) or type(value).__name__ == "array":
            size = len(value) * _itemsize(value)
            self.buffers += _blocks(size)
            self.objects += _BLOCK
            self.found.append((size, path))
        elif isinstance(value, bytes):
            self.objects += _blocks(8) + _blocks(len(value) + 1)
        elif isinstance(value, tuple):
            self.objects += _blocks(8 + _WORD * len(value))
            for i, item in enumerate(value):
                self.add(item, "%s[%d]" % (path, i))
        elif isinstance(value, (list, set)):
            self.objects += _BLOCK + _blocks(_WORD * _allocated(len(value)))
            for i, item in enumerate(value):
                self.add(item, "%s[%d]" % (path, i))
        else:
            self._map(value, path)

    def _map(self, value, path):
        entries = value if isinstance(value, dict) else getattr(value, "__dict__", None)
        if entries is None:
            self.objects += _BLOCK
            return
        self.objects += _BLOCK + _table(len(entries))
        for name in entries:
            self.add(entries[name], "%s.%s" % (path, name))


def _itemsize(value):
    if isinstance(value, bytearray):
        return 1
    return {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "l": 4, "L": 4}[repr(value)[7]]


def modules(prefixes, walk):
    """RAM of the loaded modules below `prefixes` but the simulator's, with what `walk` has not met yet of their data."""
    seen, size, before = set(), 0, walk.objects + walk.buffers
    for name, module in sys.modules.items():
        if name.split(".")[0] in prefixes and not name.startswith("hal.sim"):
            size += 2 * _BLOCK + 2 * _WORD + _BLOCK * _defaults(module.__file__)  # the second: its entry in sys.modules
            size += _names(module.__dict__, module.__name__, walk, seen, name)
    return size + walk.objects + walk.buffers - before


def _names(entries, owner, walk, seen, path):
    size = _table(len(entries))
    for one in entries:
        size += _member(entries[one], owner, walk, seen, path + "." + one)
    return size


def _member(value, owner, walk, seen, path):
    if isinstance(value, bytes) and len(value) > 127:
        return _BLOCK + _blocks(len(value) + 1)  # so long only where the module computes them
    if isinstance(value, (type(sys), bytes, tuple, int, str)) or id(value) in seen:
        return 0  # constants are frozen with the code
    if isinstance(value, type) and value.__dict__.get("__module__") != owner:
        return 0  # counted where it is made
    seen.add(id(value))
    if isinstance(value, type):
        return _CLASS + _BLOCK + _names(value.__dict__, owner, walk, seen, path)
    if callable(value) and not hasattr(value, "__dict__"):
        return _BLOCK
    walk.add(value, path)
    return 0


def _defaults(path):
    """Functions with default values in a source file: one block more each."""
    with open(path) as source:
        return sum(1 for line in source if line.strip().startswith("def ") and "=" in line)
