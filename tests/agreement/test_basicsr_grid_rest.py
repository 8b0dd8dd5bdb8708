"""The second half of the grid of `test_basicsr_grid`."""

from __future__ import annotations

from typing import Any

import pytest

from basicsr_weightcheck.rehearsal.stage import Stage
from tests.agreement.networks import NETWORKS
from tests.agreement.test_basicsr_grid import assert_agreement, stage

__all__ = ['stage']
pytestmark = [pytest.mark.torch, pytest.mark.basicsr]


@pytest.mark.parametrize('network', sorted(NETWORKS)[1::2])
def test_check_and_framework_agree(
    network: str,
    tmp_path: Any,
    stage: Stage,
    repaired_basicsr: Any,  # noqa: F811
) -> None:
    assert_agreement(network, tmp_path, stage, repaired_basicsr)
