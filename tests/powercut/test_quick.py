"""A part of `make powercut` that fits into `make test`: every scenario, a fraction of its points."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from run import ROOT, SCENARIOS, cut

EVERY = 61  # prime, so that the points do not follow the rhythm of the writes

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs the unix port"),
    pytest.mark.timeout(120),
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_is_lost_and_nothing_stays(scenario):
    result = cut(scenario, EVERY if scenario not in ("hold", "erase") else 7, 3, ROOT / "firmware")
    assert not result["problems"], "\n".join(result["problems"]) + result["trace"]
    assert result["points"] > 5
