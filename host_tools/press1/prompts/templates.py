"""Prompt templates: sentences in two languages, each marked with the elements that it carries (S47)."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from press1.policy import Policy, elements
from press1.policy.elements import ELEMENTS

_MARKED = re.compile(r"\[([a-z_ ]+)\] (.+)")


@dataclass(frozen=True)
class Sentence:
    """`text` still has its {placeholders}."""

    elements: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Template:
    """`ask`: everything up to the offer; `tail`: what is said after it, may be empty."""

    ask: tuple[Sentence, ...]
    tail: str

    @property
    def elements(self) -> set[str]:
        """What has been said when the offer is reached."""
        return {name for sentence in self.ask for name in sentence.elements}

    @property
    def asked(self) -> str:
        """The words up to the offer, placeholders not filled in."""
        return " ".join(sentence.text for sentence in self.ask)


def template(policy: Policy, language: str, rest: bool = False) -> Template:
    """The template of the policy's case."""
    table = _load(f"templates/{elements.case(policy, rest).name}.toml")[language]
    unused = "accept" if policy.spoken else "yes"
    ask = tuple(sentence for sentence in sentences(table["ask"].strip().splitlines()) if unused not in sentence.elements)
    return Template(ask, table.get("tail", ""))


def sentences(lines: Iterable[str]) -> list[Sentence]:
    """Marked lines; ValueError for one without marks, or with marks that nobody knows."""
    found = []
    for line in lines:
        marked = _MARKED.fullmatch(line.strip())
        names = tuple(marked[1].split()) if marked else ()
        if not marked or not set(names) <= set(ELEMENTS):
            raise ValueError(f"no known marks: {line}")
        found.append(Sentence(names, marked[2]))
    return found


def voice(language: str) -> dict[str, Any]:
    """How a language is spoken."""
    return dict(_load("voices.toml")[language])


@cache
def _load(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("press1.prompts").joinpath(name).read_text(encoding="utf-8"))
