"""`press1 prompt`: make the spoken prompts of a policy, check them (S47), listen to them."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from press1 import player, profiles
from press1.cli.context import Json, paper, print_json, wants_json
from press1.cli.policy import Language, Source, known_language, show_findings
from press1.errors import Usage
from press1.policy import Policy, PolicyRefused
from press1.policy.model import OwnPrompt

verbs = typer.Typer(no_args_is_help=True, help="Make, check and hear the spoken prompts of a policy.")

Wav = Annotated[Path | None, typer.Option(help="A recording of your own, said instead of the speech.")]
Words = Annotated[str | None, typer.Option("--text", help="Words of your own up to the key offer; needed with --wav.")]
Offer = Annotated[
    float, typer.Option(min=0, max=60, help="Second of the WAV at which the key offer has been spoken; 0: its end.")
]
Own = Annotated[str, typer.Option("--language", "-l", help="Language of --wav and --text: da or en.")]


def _policy(source: str, wav: Path | None, text: str | None, offer: float, language: str) -> Policy:
    """The policy, with the owner's own prompt in it where one is given."""
    policy = profiles.load(source)
    if wav is None and text is None:
        return policy
    if not text:
        raise Usage("what does the recording say?", "--text with its words: they are checked and kept as evidence")
    own = OwnPrompt(known_language(language), text=text, wav=str(wav.resolve()) if wav else "", offer_seconds=offer)
    if own.language not in policy.languages:
        raise Usage(f"profile {policy.profile} has no prompt in {language}", f"languages: {', '.join(policy.languages)}")
    others = tuple(other for other in policy.prompts if (other.language, other.rest) != (own.language, False))
    return replace(policy, prompts=(*others, own))


@verbs.command()
def build(
    source: Source,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for <id>.wav and <id>.txt.")] = Path(),
    wav: Wav = None,
    text: Words = None,
    offer_seconds: Offer = 0.0,
    language: Own = "da",
) -> None:
    """Speak every prompt of a policy into WAV files, with its words beside it. Refuses what S47 refuses."""
    import soundfile

    from press1 import prompts
    from press1.prompts.check import check_all, check_words

    policy = _policy(source, wav, text, offer_seconds, language)
    findings = check_words(policy)  # before anything is spoken
    clips = [] if findings else prompts.build_all(policy)
    findings = findings or check_all(policy, clips)
    if findings:
        raise PolicyRefused(policy.profile, findings)
    _folder(out)
    for clip in clips:
        soundfile.write(out / f"{clip.id}.wav", clip.decode(), round(clip.rate))
        (out / f"{clip.id}.txt").write_text(clip.text + "\n", encoding="utf-8")
        paper.print(
            f"{out / clip.id}.wav  {clip.samples / clip.rate:.1f} s, offer at {clip.offer / clip.rate:.1f} s", soft_wrap=True
        )


def _folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Usage(f"cannot make {out}: {error.strerror}", "name another --out") from error


@verbs.command()
def check(
    context: typer.Context,
    source: Source,
    wav: Wav = None,
    text: Words = None,
    offer_seconds: Offer = 0.0,
    language: Own = "da",
    json: Json = False,
) -> None:
    """Check that each prompt says what its case requires and can be heard: length, level, silence, clipping, no key in it."""
    from press1.prompts.check import check_all

    policy = _policy(source, wav, text, offer_seconds, language)
    try:
        findings = check_all(policy)
    except PolicyRefused as refused:
        findings = refused.findings
    if wants_json(context, json):
        print_json([{"row": finding.row, "what": finding.what, "write": finding.write} for finding in findings])
    elif findings:
        show_findings(findings)
    else:
        paper.print(f"{policy.profile}: every prompt says what it must, and can be heard")
    if findings:
        raise PolicyRefused(policy.profile, findings)


@verbs.command()
def play(
    source: Source,
    language: Language = "da",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write a WAV instead of playing.")] = None,
) -> None:
    """Hear the prompt as the caller will hear it."""
    import soundfile

    from press1 import prompts

    clip = prompts.build(source, known_language(language))
    paper.print(clip.text, soft_wrap=True)
    if out:
        _folder(out.parent)
        soundfile.write(out, clip.decode(), round(clip.rate), format="WAV")
        return
    with player.passing("prompt.wav") as path:
        soundfile.write(path, clip.decode(), round(clip.rate))
        player.play(path, "--out FILE.wav writes it instead")


def register(app: typer.Typer) -> None:
    """Hang `prompt` under the main command."""
    app.add_typer(verbs, name="prompt")
