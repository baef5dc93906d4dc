"""What is wrong with a policy or a prompt: the row of the guidance, what is missing, and what to write."""

from collections.abc import Sequence
from dataclasses import dataclass

from press1.errors import Usage


@dataclass(frozen=True)
class Finding:
    """One reason to refuse. `row` is empty where the file's form, not the guidance, is at fault."""

    row: str  # "S17"
    what: str
    write: str = ""  # what to write so that it is accepted

    def __str__(self) -> str:
        return f"{self.row + ': ' if self.row else ''}{self.what}" + (f"; {self.write}" if self.write else "")


class PolicyRefused(Usage):
    """A policy or prompt that the guidance refuses; `findings` has every reason, the message the first."""

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        first, *more = findings
        also = f" (and {len(more)} more: press1 policy check)" if more else ""
        super().__init__(f"{name}: {first.row + ': ' if first.row else ''}{first.what}{also}", first.write)
        self.findings = list(findings)
