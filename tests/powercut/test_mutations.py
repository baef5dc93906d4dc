"""The harness is proved by breaking the firmware: each mutation must be seen, and the firmware as it is must not be blamed."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from mutations import MUTATIONS, apply
from run import ROOT, cut

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs the unix port"),
    pytest.mark.timeout(120),
]
LONG = ("target removed before the rename", "receipt before unlink")  # seen late, after many points


def _param(mutation):
    marks = [pytest.mark.slow] if mutation.name in LONG else []
    return pytest.param(mutation, marks=marks, id=mutation.name.replace(" ", "_"))


@pytest.mark.parametrize("mutation", [_param(mutation) for mutation in MUTATIONS])
def test_the_harness_sees(mutation, tmp_path):
    firmware = apply(mutation, ROOT / "firmware", tmp_path / "firmware")
    result = cut(mutation.scenario, mutation.every, 1, firmware)
    assert result["problems"], f"not seen in {result['points']} points"
    assert mutation.rule in result["problems"][0], result["problems"][0]
