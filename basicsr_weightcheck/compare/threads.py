"""A function over many items on all cores; the results in the order of the items.

The standard library's pool does the same and takes longer to import than to run here.
"""

from __future__ import annotations

import os
import threading
from typing import Callable, Dict, List, Sequence, TypeVar

Item = TypeVar('Item')
Result = TypeVar('Result')

MOST = 8  # memory is not read faster by more, and each needs room of its own


def in_threads(
    run: Callable[[Item], Result], items: Sequence[Item], workers: int = 0
) -> List[Result]:
    """Return `run(item)` for each item; the calling thread works too.

    Args:
        run: called from several threads at once.
        items: taken one by one, the first ones first.
        workers: threads; 0 takes one for each core, at most `MOST`.

    Raises:
        Exception: what `run` raised on the first item on which it did.
    """
    left = list(range(len(items)))[::-1]
    results: Dict[int, Result] = {}
    errors: Dict[int, BaseException] = {}
    lock = threading.Lock()

    def work() -> None:
        while not errors:
            with lock:
                if not left:
                    return
                number = left.pop()
            try:
                results[number] = run(items[number])
            except BaseException as error:  # raised again below, in the calling thread
                errors[number] = error

    count = workers or min(os.cpu_count() or 1, MOST)
    others = [threading.Thread(target=work) for _ in range(count - 1)]
    for thread in others:
        thread.start()
    try:
        work()
        for thread in others:
            thread.join()
    finally:
        left.clear()  # after an interrupt the others end with what they have in hand
    if errors:
        raise errors[min(errors)]
    return [results[number] for number in range(len(results))]
