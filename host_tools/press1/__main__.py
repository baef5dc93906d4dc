"""The command `press1`: errors become one line, a hint and an exit code, here and nowhere else."""

import sys
from collections.abc import Sequence

from press1.errors import Press1Error

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:] if arguments is None else list(arguments)))


def run(arguments: Sequence[str]) -> int:
    """Run the command line; its exit code. Ctrl-C ends it in one line at any moment, while its parts are being loaded too."""
    try:
        code = _run(arguments)
    except KeyboardInterrupt:
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        _tell("stopped")
    return code


def _run(arguments: Sequence[str]) -> int:
    import typer

    from press1.cli import app

    command = typer.main.get_command(app)
    try:
        result = command.main(args=list(arguments), prog_name="press1", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except Press1Error as error:
        _tell(str(error), error.hint)
        return error.exit_code
    except typer.Abort:
        return _INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader left; there is nobody to tell
        return 1
    except Exception as error:  # the outermost edge: a person gets a line, not a traceback
        return _unforeseen(error)


def _unforeseen(error: Exception) -> int:
    """Typer's own complaints are usage; the rest is our fault."""
    from press1.cli.context import debugging

    if callable(getattr(error, "format_message", None)):
        text = error.format_message()  # type: ignore[attr-defined]
        if text:  # empty after the help page of a bare command
            _tell(text[:1].lower() + text[1:].rstrip("."), "`press1 --help`, or --help after a verb")
        return 2
    if debugging():
        raise error
    _tell(f"internal fault: {type(error).__name__}: {error}", "PRESS1_DEBUG=1 shows where; please report it")
    return 1


def _tell(message: str, hint: str = "") -> None:
    print(f"press1: {message}", file=sys.stderr)
    if hint:
        print(f"  hint: {hint}", file=sys.stderr)


if __name__ == "__main__":
    main()
