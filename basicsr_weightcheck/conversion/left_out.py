"""What a file holds beside the tables that are converted."""

from __future__ import annotations

from typing import Iterator, Sequence, Tuple

from basicsr_weightcheck.records.tensors import CheckpointHeader, Mapping, TensorSpec, summary


def left_out(header: CheckpointHeader, taken: Sequence[str]) -> Tuple[Tuple[str, str], ...]:
    """(dotted place, what it is) of everything that is no tensor of a taken table, in file order.

    Nested values that hold nothing of a taken table are one entry.
    """
    if not isinstance(header.root, Mapping):
        return ()
    return tuple(_of(header.root, '', tuple(taken)))


def _of(table: Mapping, place: str, taken: Tuple[str, ...]) -> Iterator[Tuple[str, str]]:
    for key, value in table.entries:
        name = f'{place}.{key}' if place else key
        if isinstance(value, TensorSpec) and place in taken:
            continue
        if isinstance(value, Mapping) and _reaches(name, taken):
            yield from _of(value, name, taken)
        else:
            yield name, summary(value)


def _reaches(name: str, taken: Tuple[str, ...]) -> bool:
    return any(one == name or one.startswith(name + '.') for one in taken)
