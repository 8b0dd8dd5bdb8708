"""Files whose every element says where it is from, and networks read off by their values.

Each element of each file is an odd number of its own, from 513 upwards; whatever a network starts
with by itself is smaller than 64. So one look at a value tells its file, tensor and place, also
after a cast to half (below 2048) and after a multiplication by 1/2, 1/4 or 1/8.
"""

from __future__ import annotations

import bisect
from typing import Any, Dict, FrozenSet, List, NamedTuple, Tuple

from basicsr_weightcheck.records.sources import DERIVED, INITIAL, PART, WHOLE, FileTensor

FIRST = 513
LARGEST_INITIAL = 64
HALVINGS = 4


class Truth(NamedTuple):
    """What the values of one tensor of a network say.

    Attributes:
        kind: as `TensorSource.kind`.
        origins: for each tensor of a file that something is from, the names that it has there.
        elements: how many are from files.
        is_cut: all of it comes unchanged from one tensor, but is not that tensor as it is
            (a slice, another order): 'whole' and 'derived' both say so.
    """

    kind: str
    origins: FrozenSet[FrozenSet[FileTensor]] = frozenset()
    elements: int = 0
    is_cut: bool = False


class Values:
    """Hands out values, and knows whose they are."""

    def __init__(self) -> None:
        self._next = FIRST
        self._starts: List[int] = []
        self._owners: List[List[FileTensor]] = []
        self._counts: List[int] = []

    def tensor(self, name: FileTensor, shape: Tuple[int, ...], dtype: Any = None) -> Any:
        """A tensor of fresh values."""
        import torch

        count = 1
        for size in shape:
            count *= size
        values = torch.arange(count, dtype=torch.float64) * 2 + self._next
        self._starts.append(self._next)
        self._owners.append([name])
        self._counts.append(count)
        self._next += 2 * count
        return values.reshape(shape).to(dtype or torch.float32)

    def also(self, name: FileTensor, other: FileTensor) -> None:
        """The tensor that is called `name` has another name in its file."""
        next(owner for owner in self._owners if name in owner).append(other)

    def of(self, tensor: Any) -> Truth:
        """Where a network's tensor has its values from.

        Raises:
            ValueError: a value that no file and no initialisation can have given.
        """
        import torch

        found = tensor.detach().reshape(-1).to(torch.float64)
        if not bool(torch.isfinite(found).all()):
            raise ValueError('a value that is no number')
        owners: List[Tuple[int, int, int]] = []
        for value in found[found.abs() >= LARGEST_INITIAL].tolist():
            owners.append(self._owner(value))
        if not owners:
            return Truth(INITIAL)
        indices = {index for index, _, _ in owners}
        origins = frozenset(frozenset(self._owners[index]) for index in indices)
        if len(owners) < found.numel():
            return Truth(PART, origins, len(owners))
        plain = len(indices) == 1 and not any(halvings for _, _, halvings in owners)
        places = [place for _, place, _ in owners]
        if plain and places == list(range(self._counts[next(iter(indices))])):
            return Truth(WHOLE, origins, len(owners))
        return Truth(DERIVED, origins, len(owners), plain)

    def _owner(self, value: float) -> Tuple[int, int, int]:
        for halvings in range(HALVINGS):
            number = value * 2**halvings
            if number != int(number) or int(number) % 2 == 0:
                continue
            index = bisect.bisect_right(self._starts, int(number)) - 1
            place = (int(number) - self._starts[index]) // 2 if index >= 0 else -1
            if 0 <= place < self._counts[index]:
                return index, place, halvings
        raise ValueError(f'the value {value} is nobody’s')


def networks_of(model: Any) -> Dict[str, Any]:
    """{attribute: network} of a model that has been constructed."""
    import torch

    return {k: v for k, v in vars(model).items() if isinstance(v, torch.nn.Module)}


def flat_name(network: str, key: str) -> str:
    """One name, however a network's parts and wrappers are counted."""
    return f'{network}.{key}'.replace('.module.', '.', 1)
