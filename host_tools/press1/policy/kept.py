"""What this host keeps of a policy that it brought to a box: the file and the prompts' words, found by the hashes in the journal (S48)."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from press1.errors import Usage

if TYPE_CHECKING:
    from press1.prompts import Prompt  # loads the speech stack


def keep(home: Path, digest: bytes, text: str, prompts: "Iterable[Prompt]") -> None:
    """Keep a policy file's text by the hash that the box journals, and each prompt's words by the hash of its sound."""
    _write(home / "policies" / f"{digest.hex()}.toml", text)
    for prompt in prompts:
        about = {
            "id": prompt.id,
            "language": prompt.language,
            "text": prompt.text,
            "samples": prompt.samples,
            "offer": prompt.offer,
        }
        _write(home / "prompts" / f"{prompt.hash.hex()}.json", json.dumps(about, ensure_ascii=False, indent=2) + "\n")


def policy(home: Path, digest: bytes) -> str | None:
    """TOML of the policy with that hash, or None where it was loaded from another computer."""
    return _read(home / "policies" / f"{digest.hex()}.toml")


def prompt(home: Path, digest: bytes) -> dict[str, Any] | None:
    """`id`, `language`, `text`, `samples` and `offer` of the prompt with that hash, or None."""
    text = _read(home / "prompts" / f"{digest.hex()}.json")
    return dict(json.loads(text)) if text else None


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Usage(f"cannot write {path}: {error.strerror}", "set PRESS1_HOME to a folder you may write in") from error
