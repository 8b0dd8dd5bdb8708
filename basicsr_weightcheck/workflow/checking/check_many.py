"""Many trainings at once: each has a check of its own, on all cores; they share the imports."""

from __future__ import annotations

import os
import queue
import threading
from typing import Callable, Dict, Iterator, Optional, Sequence, Tuple

from basicsr_weightcheck.errors import WeightCheckError, defect
from basicsr_weightcheck.records.reports import Checked, CheckReport
from basicsr_weightcheck.rehearsal.processes import Warm

# Trainings whose YAMLs and files are read while others import, or are rehearsed.
AHEAD = 62

Check = Callable[[str, Optional[Warm]], Optional[CheckReport]]
Arrival = Tuple[int, Checked]


def check_many(paths: Sequence[str], check: Check, jobs: int = 0) -> Iterator[Checked]:
    """The checks in the order of the YAMLs, each as soon as those before it are there.

    A YAML that cannot be checked is told like the others. One YAML alone gets a process of its own.

    Args:
        paths: of the YAMLs.
        check: called with a YAML and what the checks share, from several threads.
        jobs: rehearsals at once; 0 takes one for each core.
    """
    if len(paths) < 2:
        yield from (_checked(path, check, None) for path in paths)
        return
    seats = jobs or os.cpu_count() or 1
    numbers = iter(range(len(paths)))  # C code: each number goes to one thread
    arrived: queue.Queue[Arrival] = queue.Queue()
    with Warm(seats) as warm:

        def work() -> None:
            for number in numbers:
                if warm.is_closed:  # interrupted
                    return
                arrived.put((number, _checked(paths[number], check, warm)))

        for _ in range(min(seats + AHEAD, len(paths))):
            threading.Thread(target=work, daemon=True).start()
        waiting: Dict[int, Checked] = {}
        for number in range(len(paths)):
            while number not in waiting:
                waiting.update([arrived.get()])
            yield waiting.pop(number)


def _checked(path: str, check: Check, warm: Optional[Warm]) -> Checked:
    try:
        return Checked(path, check(path, warm))
    except WeightCheckError as error:
        return Checked(path, error=error)
    except Exception as error:  # ours; what is said of the other YAMLs is right all the same
        return Checked(path, error=defect(error))
