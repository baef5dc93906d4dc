"""The line test on the host's side: its sections, the box's measurements, the verdict, the picture (docs/line-test.md)."""

from typing import Any

SILENT = (
    "consent by key cannot work on this phone: its line test found that the other party's keys do not arrive. Nobody could say yes, "
    "and nothing would be recorded. Load spoken-yes, or a policy of your own with a spoken yes, or use another phone"
)


def silent_phone(info: dict[str, Any]) -> bool:
    """Whether a box (`info` of docs/protocol.md) asks for a key that its phone does not pass on."""
    line = info.get("line")
    return info.get("consent") == "key" and isinstance(line, dict) and line.get("far_keys") is False
