"""Work on all cores comes back in order, and so does what went wrong."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from basicsr_weightcheck.compare.streams import in_threads
from basicsr_weightcheck.rehearsal.processes import Warm
from tests.helpers import HANG_S


@pytest.mark.parametrize('workers', [0, 1, 2, 5])
def test_results_are_in_the_order_of_the_items(workers: int) -> None:
    def late_first(item: int) -> int:
        time.sleep(0.002 * (item % 3 == 0))
        return item * item

    assert in_threads(late_first, list(range(20)), workers) == [i * i for i in range(20)]
    assert in_threads(late_first, [], workers) == []


def test_the_first_error_is_raised_and_nothing_new_is_begun() -> None:
    both = threading.Barrier(2)
    begun = []

    def fail(item: int) -> None:
        begun.append(item)
        both.wait()
        time.sleep(0.05 * (item == 0))  # the second item fails before the first
        raise ValueError(str(item))

    with pytest.raises(ValueError, match='0'):
        in_threads(fail, list(range(50)), 2)
    assert sorted(begun) == [0, 1]


def test_what_threads_have_begun_ends_with_an_interrupt_and_nothing_is_begun_after_it(
    tmp_path: Path,
) -> None:
    with pytest.raises(KeyboardInterrupt), Warm() as warm:
        child, ended = (warm.alone(sys.executable, str(tmp_path)) for _ in range(2))
        warm.forget(ended)  # its thread ends it
        raise KeyboardInterrupt
    with pytest.raises(SystemExit):
        warm.alone(sys.executable, str(tmp_path))
    assert child.wait(HANG_S) != 0 and ended.poll() is None
    ended.kill()
    for one in (child, ended):
        one.communicate()
