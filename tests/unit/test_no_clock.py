"""No result of the suite depends on how busy the machine is."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, settings

from tests.helpers import ROOT

CLOCK = re.compile(r'\b(monotonic|perf_counter|time\.time|datetime\.now)(_ns)?\(')
SHORT = re.compile(r'timeout\s*=\s*\d')


def test_no_test_reads_a_clock_or_gives_up_early() -> None:
    """Hang guards are `HANG_S`; tests/hostile counts processor time, with a wide margin."""
    for path in sorted((ROOT / 'tests').rglob('*.py')):
        text = path.read_text(encoding='utf-8')
        if path.name != 'test_no_clock.py':
            assert not CLOCK.search(text) and not SHORT.search(text), path


def test_hypothesis_has_no_deadline() -> None:
    default = settings()
    assert default.deadline is None
    assert HealthCheck.too_slow in default.suppress_health_check
