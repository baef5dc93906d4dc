"""Strict test runner for MicroPython: `micropython strict.py FILE [NAME...]`.

Tests are functions `test_*`, and methods `test_*` of classes `Test*`; an async
test runs under asyncio. Every test prints one line `@strict {json}` with name,
ok, ms and trace. The exit status is non-zero when a test fails, when none ran,
when the file does not import, and when a test leaves a coroutine that never ran.
"""

import asyncio
import gc
import io
import json
import os
import sys
import time

import micropython

MARK = "@strict "
_ASYNC_S = int(os.getenv("STRICT_ASYNC_S") or 60)  # an async test may take this long
_SHOWN = 200  # characters of a value shown by `eq`


def eq(got, want):
    """Fail unless `got == want`; show both."""
    if got != want:
        raise AssertionError("got %s, want %s" % (repr(got)[:_SHOWN], repr(want)[:_SHOWN]))


class raises:
    """Context manager: the block must raise `kind`; the exception is `.value`."""

    def __init__(self, kind):
        self.kind = kind
        self.value = None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if value is None:
            raise AssertionError("did not raise " + self.kind.__name__)
        self.value = value
        return isinstance(value, self.kind)


class no_alloc:
    """Context manager: any allocation inside the block is a MemoryError.

    Make the object before the block: `lock = no_alloc()`, then `with lock:`.
    """

    def __enter__(self):
        micropython.heap_lock()

    def __exit__(self, kind, value, trace):
        micropython.heap_unlock()


def vector(path):
    """One case from tests/vectors, as parsed JSON; the working directory is the repository."""
    with open("tests/vectors/" + path) as file:
        return json.load(file)


def vectors(prefix):
    """Every case below tests/vectors that begins with `prefix`, such as "rfc/x25519_", by name.

    Gives (name, case); fails when there is none, so that a moved folder is not a pass.
    """
    folder, _, start = prefix.rpartition("/")
    names = sorted(name for name in os.listdir("tests/vectors/" + folder) if name.startswith(start))
    if not names:
        raise AssertionError("no vectors " + prefix)
    for name in names:
        yield name, vector(folder + "/" + name)


def _emptied():
    pass


async def _coroutine():
    pass


_FUNCTION = type(_emptied)
_ASYNC = type(_coroutine)
_PENDING = type(_coroutine())


async def _watch(call):
    """Await the test; a task that nothing will ever wake cannot be cancelled, so poll."""
    ended = []

    async def finish():
        try:
            await call()
            ended.append(None)
        except Exception as error:
            ended.append(error)

    task = asyncio.create_task(finish())
    start = time.ticks_ms()
    while not ended and time.ticks_diff(time.ticks_ms(), start) < _ASYNC_S * 1000:
        await asyncio.sleep_ms(1)
    if not ended:
        raise AssertionError("async test never ran to its end: " + repr(task))
    if ended[0]:
        raise ended[0]


def _run_async(call):
    try:
        asyncio.run(_watch(call))
    finally:
        asyncio.new_event_loop()  # tasks left behind must not run in the next test


def _run_sync(call):
    left = call()
    if isinstance(left, _PENDING):
        raise AssertionError("returned a coroutine or generator that never ran")
    if left is not None:
        raise AssertionError("returned a value: " + repr(left)[:_SHOWN])


def _release_heap():
    """Unlock a heap that a failed test left locked (unlocking an unlocked one is undefined)."""
    for _ in range(10):
        try:
            bytearray(32)
            return
        except MemoryError:
            micropython.heap_unlock()


def _trace(error):
    text = io.StringIO()
    sys.print_exception(error, text)
    return text.getvalue()


def _outcome(function, call):
    """Trace of the failure, or an empty string."""
    try:
        if isinstance(function, _ASYNC):
            _run_async(call)
        else:
            _run_sync(call)
        bytearray(32)  # a heap left locked fails here
        return ""
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit in a test is a failure too
        _release_heap()
        return _trace(error)


def _report(name, ms, trace):
    print(MARK + json.dumps({"name": name, "ok": not trace, "ms": ms, "trace": trace}))


def _run(name, function, call):
    gc.collect()
    start = time.ticks_ms()
    trace = _outcome(function, call)
    _report(name, time.ticks_diff(time.ticks_ms(), start), trace)
    return not trace


def _is_test(name, value):
    return name.startswith("test_") and isinstance(value, (_FUNCTION, _ASYNC))


def _methods(cls):
    """(name, function, call) of every test method; each gets an object of its own."""
    for name in sorted(dir(cls)):
        function = getattr(cls, name)
        if _is_test(name, function):
            yield cls.__name__ + "." + name, function, lambda n=name: getattr(cls(), n)()


def _tests(module):
    for name in sorted(dir(module)):
        value = getattr(module, name)
        if _is_test(name, value):
            yield name, value, value
        elif name.startswith("Test") and isinstance(value, type):
            yield from _methods(value)


def _load(path):
    folder, _, file = path.rpartition("/")
    sys.path.insert(0, folder or ".")
    return __import__(file[:-3] if file.endswith(".py") else file)


def main(args):
    """Run the tests of a file, or only those named; the exit status."""
    try:
        module = _load(args[0])
    except BaseException as error:  # SystemExit at import is a failure too
        _report("import", 0, _trace(error))
        return 2
    passed = failed = 0
    for name, function, call in _tests(module):
        if len(args) > 1 and name not in args[1:]:
            continue
        if _run(name, function, call):
            passed += 1
        else:
            failed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
