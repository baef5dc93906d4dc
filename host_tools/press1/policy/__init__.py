"""Policies on the host: read an owner's TOML, check it against the guidance, say what it does, bring it to a box.

S-numbers are the rows of docs/guidance.md; docs/policy.md is normative for both forms.
"""

from press1.policy.findings import Finding, PolicyRefused
from press1.policy.model import Policy, Purpose
from press1.policy.read import parse, read
from press1.policy.rules import check

__all__ = ["Finding", "Policy", "PolicyRefused", "Purpose", "check", "parse", "read"]
