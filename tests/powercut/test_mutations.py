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


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name.replace(" ", "_"))
def test_the_harness_sees(mutation, tmp_path):
    firmware = apply(mutation, ROOT / "firmware", tmp_path / "firmware")
    result = cut(mutation.scenario, mutation.every, 1, firmware)
    assert result["problems"], f"not seen in {result['points']} points"
    assert mutation.rule in result["problems"][0], result["problems"][0]
