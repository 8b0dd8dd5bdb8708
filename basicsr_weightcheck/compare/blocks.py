"""Cut tensors into blocks of bounded size, whatever their strides."""

from __future__ import annotations

from math import prod
from typing import Iterator, List, NamedTuple, Sequence, Tuple

from basicsr_weightcheck.records.tensors import TensorSpec

Ints = Tuple[int, ...]


class Block(NamedTuple):
    """A box of elements of several tensors of one shape.

    Attributes:
        shape: of the box, with the dimensions reordered and merged.
        strides: for each tensor, in elements.
        starts: for each tensor, element of its storage at which the box begins.
    """

    shape: Ints
    strides: Tuple[Ints, ...]
    starts: Ints

    @property
    def count(self) -> int:  # type: ignore[override]  # hides tuple.count
        return prod(self.shape)

    def span(self, tensor: int) -> int:
        """Elements of the storage from the first to the last that the box uses."""
        steps = zip(self.shape, self.strides[tensor])
        return 1 + sum((size - 1) * step for size, step in steps)


def whole(tensors: Sequence[TensorSpec]) -> Block:
    """Every element of the tensors once, in an order that suits the first of them.

    The order of the elements is not that of the tensor's indices: what is computed from the blocks
    must not depend on it (sums, maxima, equality do not).

    Args:
        tensors: of one shape without empty dimension; several are cut alike.
    """
    starts = tuple(one.storage_offset for one in tensors)
    if all(one.stride is None for one in tensors):
        return Block((tensors[0].count,), ((1,),) * len(tensors), starts)
    shape, strides = _merged(*_reordered(tensors[0].shape, [one.strides for one in tensors]))
    return Block(shape, strides, starts)


def repeats(tensors: Sequence[TensorSpec]) -> int:
    """How often all of the tensors show each element of `whole`: more than once by strides of 0."""
    return tensors[0].count // whole(tensors).count


def split(block: Block, ceiling: int) -> Iterator[Block]:
    """Blocks that together hold every element of one block once.

    Args:
        block: what is cut.
        ceiling: elements of a block, and of the stretch of storage that it needs.
    """
    if block.strides.count((1,)) == len(block.strides):
        return _slices(block, ceiling)
    return _boxes(block, ceiling)


def _slices(block: Block, ceiling: int) -> Iterator[Block]:
    """Of a block in one stretch: equal ones, a small rest would cost as much as a large one."""
    (count,) = block.shape
    thick = -(-count // -(-count // ceiling))
    for first in range(0, count, thick):
        starts = tuple(start + first for start in block.starts)
        yield Block((min(thick, count - first),), block.strides, starts)


def _boxes(block: Block, ceiling: int) -> Iterator[Block]:
    waiting = [block]
    while waiting:
        box = waiting.pop()
        sizes = [box.count, *(box.span(tensor) for tensor in range(len(box.strides)))]
        worst = max(range(len(sizes)), key=sizes.__getitem__)
        # Cut along whatever is too large: the elements, or the stretch of one of the storages.
        if sizes[worst] <= ceiling or box.count == 1:
            yield box
            continue
        steps = (1,) * len(box.shape) if worst == 0 else box.strides[worst - 1]
        reach = [size * abs(step) if size > 1 else 0 for size, step in zip(box.shape, steps)]
        at = reach.index(max(reach))
        waiting += reversed(list(_cut_dimension(box, at, ceiling)))


def _cut_dimension(box: Block, at: int, ceiling: int) -> Iterator[Block]:
    """Slices along one dimension: as thick as the ceiling allows, at least two of them."""
    inner = max(box.count // box.shape[at], *(abs(strides[at]) for strides in box.strides))
    thick = max(1, min(ceiling // max(inner, 1), (box.shape[at] + 1) // 2))
    for first in range(0, box.shape[at], thick):
        size = min(thick, box.shape[at] - first)
        shape = box.shape[:at] + (size,) + box.shape[at + 1 :]
        starts = tuple(s + first * strides[at] for s, strides in zip(box.starts, box.strides))
        yield Block(shape, box.strides, starts)


def _reordered(shape: Ints, strides: List[Ints]) -> Tuple[Ints, List[Ints]]:
    """Dimensions in the storage order of the first tensor; a repeat in all of them counts once."""
    kept = [d for d in range(len(shape)) if shape[d] > 1 and any(one[d] for one in strides)]
    # In the order of the bytes: what is read at once then lies together.
    kept.sort(key=lambda d: tuple(-one[d] for one in strides))
    return tuple(shape[d] for d in kept), [tuple(one[d] for d in kept) for one in strides]


def _merged(shape: Ints, strides: List[Ints]) -> Tuple[Ints, Tuple[Ints, ...]]:
    """Neighbouring dimensions that run through every storage as one."""
    sizes: List[int] = []
    steps: List[List[int]] = [[] for _ in strides]
    for d, size in enumerate(shape):
        if sizes and all(mine[-1] == one[d] * size for mine, one in zip(steps, strides)):
            size *= sizes.pop()
            for mine in steps:
                mine.pop()
        sizes.append(size)
        for mine, one in zip(steps, strides):
            mine.append(one[d])
    return tuple(sizes), tuple(map(tuple, steps))
