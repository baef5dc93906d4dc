"""`press1 sim`: play call scripts on a simulated box, make an empty one, press its buttons."""

import time
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from press1.cli.context import settings
from press1.errors import Usage
from press1.sim import folder

app = typer.Typer(no_args_is_help=True, help="Simulated boxes: play call scripts, press buttons.")

Box = Annotated[Path, typer.Option("--box", help="Folder of the simulated box.")]
Rate = Annotated[str, typer.Option(help="True sample rate of a new box in Hz, such as 8000 or 15625/2.")]


def _rate(text: str) -> Fraction:
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise Usage(f"{text!r} is no sample rate", hint="such as 8000 or 15625/2") from error
    if not 7_800 <= rate <= 16_000:
        raise Usage(f"{text} Hz is no rate of a box", hint="7800 to 16000 Hz")
    return rate


@app.command()
def run(
    script: Annotated[Path, typer.Argument(help="Call script (TOML).")],
    box: Box,
    out: Annotated[Path, typer.Option("--out", help="Folder for line.wav, ear.wav and events.jsonl.")],
    rate: Rate = "8000",
) -> None:
    """Play a call script; a box that does not exist is made and provisioned first."""
    from press1.sim.run import run as play  # late: numpy and soxr take long to load

    play(script, box, out, _rate(rate), tell=typer.echo)
    typer.echo(f"{out / 'line.wav'}\n{out / 'ear.wav'}\n{out / 'events.jsonl'}")


@app.command()
def new(box: Box, rate: Rate = "8000") -> None:
    """Make a box that nobody has provisioned, its clock at this computer's time."""
    from press1.sim import demonstration

    if box.exists():
        raise Usage(f"{box} exists", hint="name a folder that does not")
    demonstration.new(box, int(time.time()), _rate(rate))


@app.command()
def button(
    name: Annotated[str, typer.Argument(help="consent, stop_erase, pause, mark, object or threat.")],
    box: Box,
    seconds: Annotated[float, typer.Option(min=0.1, max=3600, help="How long it is held.")] = 10.0,
) -> None:
    """Hold a button of a box that another command serves now."""
    folder.press(box, name, seconds)


@app.command(name="line-test")
def line_test(
    context: typer.Context,
    phone: Annotated[str, typer.Option(help="Model of the phone, as in docs/simulator.md.")],
    box: Box,
    out: Annotated[Path, typer.Option("--out", help="Folder for line-test.json, line-test.png and the run's outputs.")],
) -> None:
    """Play a technician's line test of a modelled phone."""
    from press1.linetest import rehearsal

    if phone not in rehearsal.MODELS:
        raise Usage(f"no phone {phone!r}", hint=f"models: {', '.join(rehearsal.MODELS)}")
    given = settings(context).identity
    rehearsal.rehearse(phone, box, out, typer.echo, given / "technician.pem" if given and given.is_dir() else given)


def register(parent: typer.Typer) -> None:
    """Hang `sim` under the main command."""
    parent.add_typer(app, name="sim")
