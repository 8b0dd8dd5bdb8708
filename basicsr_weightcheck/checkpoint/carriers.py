"""Which containers of an unpickled object hold a tensor, however deep."""

from __future__ import annotations

from array import array
from typing import Any, Iterable, List, Set

from basicsr_weightcheck.checkpoint.limits import Limits
from basicsr_weightcheck.checkpoint.problems import exceeded
from basicsr_weightcheck.checkpoint.stand_ins import RawTensor

CONTAINERS = (dict, list, tuple, set, frozenset)
_BEARING = (*CONTAINERS, RawTensor)  # a RawTensor is a tuple as well: it is asked first
SMALL = 16  # items of a container that is rather looked through again than remembered
PASSES = 32  # one is enough for what is no cycle of cycles


def members(container: Any) -> Iterable[Any]:
    """What lies in a container: the values of a dict, the items of anything else."""
    # dict.values, not container.values: a pickle can plant an attribute of that name.
    return dict.values(container) if isinstance(container, dict) else container


def _inner(container: Any) -> List[Any]:
    return [one for one in members(container) if isinstance(one, _BEARING)]


def carriers(root: Any, limits: Limits) -> Set[int]:
    """The `id` of every container from which a tensor can be reached, cycles included.

    Every container is looked through once, whatever refers to it; nothing here is recursive.

    Raises:
        NotUnderstoodError: cycles through cycles without end.
    """
    found: Set[int] = set()
    above, below = array('Q'), array('Q')  # a container, and one that lies in it
    seen: Set[int] = set()
    waiting = [root] if isinstance(root, CONTAINERS) else []
    while waiting:
        container = waiting.pop()
        own = id(container)
        if own in seen:
            continue
        inner = _inner(container)
        if inner or len(container) > SMALL:
            seen.add(own)
        for one in inner:
            if isinstance(one, RawTensor):
                found.add(own)
            elif one:
                above.append(own)
                below.append(id(one))
                waiting.append(one)
    _spread(found, above, below, limits)
    return found


def _spread(found: Set[int], above: array[int], below: array[int], limits: Limits) -> None:
    """Add what holds something found. What was met later mostly lies deeper, so it comes first."""
    for _ in range(PASSES):
        before = len(found)
        for at in range(len(below) - 1, -1, -1):
            if below[at] in found:
                found.add(above[at])
        if len(found) == before:
            return
    raise exceeded('nodes', limits.nodes, len(below))
