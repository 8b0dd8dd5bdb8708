"""After the load: is every tensor that should have come from the file equal to its bytes there?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Mapping, Sequence, Tuple

from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.checkpoint.tensor_bytes import ByteReader
from basicsr_weightcheck.compare.structure import stripped
from basicsr_weightcheck.records.tensors import CheckpointHeader, TensorSpec

BLOCK_ELEMENTS = 1 << 20


@dataclass(frozen=True)
class Verification:
    """What was found.

    Attributes:
        equal: keys that hold the file's values (after the cast that `copy_` makes).
        different: keys that should and do not.
        unread: keys whose bytes the container keeps where they cannot be read.
        touched: keys that should have been left alone and were not.
    """

    equal: Tuple[str, ...]
    different: Tuple[str, ...]
    unread: Tuple[str, ...]
    touched: Tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Everything is as the load should have left it."""
        return not (self.different or self.unread or self.touched)


def keep(network: Any, keys: Sequence[str]) -> Dict[str, Any]:
    """Copies, in main memory, of the tensors that the load should leave alone."""
    state = network.state_dict()
    return {key: state[key].detach().to('cpu', copy=True) for key in keys if key in state}


def verify(
    network: Any,
    header: CheckpointHeader,
    table: str,
    loaded: Sequence[str],
    kept: Mapping[str, Any],
) -> Verification:
    """Compare the live tensors with the file, bit by bit after the cast of dtypes.

    Args:
        network: the bare network, after the load.
        header: of the file.
        table: name of the mapping that was read.
        loaded: keys of the network that should hold the file's values.
        kept: from `keep`, before the load.

    Raises:
        CheckpointError: the file cannot be read any more.
    """
    state = network.state_dict()
    specs = _specs(header, table)
    equal: List[str] = []
    different: List[str] = []
    unread: List[str] = []
    buffer = bytearray(0)
    with ByteReader(header.path) as reader:
        for key in loaded:
            spec = specs.get(key)
            if spec is None or spec.storage is None or spec.storage.file_offset is None:
                unread.append(key)
                continue
            if len(buffer) < _span(spec):
                buffer = bytearray(_span(spec))
            same = all(
                same_bits(mine, theirs)
                for mine, theirs in _blocks(state[key].detach(), spec, reader, buffer)
            )
            (equal if same else different).append(key)
    touched = [key for key, before in kept.items() if not same_bits(state[key].cpu(), before)]
    return Verification(tuple(equal), tuple(different), tuple(unread), tuple(touched))


def _specs(header: CheckpointHeader, table: str) -> Dict[str, TensorSpec]:
    """{name in the network: tensor of the file}; a stripped name replaces a plain one."""
    tensors = header.tables[table].tensors if table in header.tables else ()
    plain = {spec.key: spec for spec in tensors if stripped(spec.key) == spec.key}
    return {**plain, **{stripped(s.key): s for s in tensors if stripped(s.key) != s.key}}


def _blocks(
    live: Any, spec: TensorSpec, reader: ByteReader, buffer: bytearray
) -> Iterator[Tuple[Any, Any]]:
    """Pairs of 1-dim tensors: the live values and the file's, cast to their dtype."""
    import torch

    assert spec.storage is not None and spec.storage.file_offset is not None
    if not spec.count:
        return
    dtype = getattr(torch, spec.dtype)
    width = WIDTH[spec.dtype]
    start = spec.storage.file_offset + spec.storage_offset * width
    mine = live.reshape(-1)
    if spec.stride is not None:
        view = memoryview(buffer)[: _span(spec)]
        reader.read_into(start, view)
        flat = torch.frombuffer(view, dtype=dtype)
        theirs = flat.as_strided(spec.shape, spec.stride).reshape(-1)
        yield mine, theirs.to(mine.device, mine.dtype)
        return
    for first in range(0, spec.count, BLOCK_ELEMENTS):
        count = min(BLOCK_ELEMENTS, spec.count - first)
        view = memoryview(buffer)[: count * width]
        reader.read_into(start + first * width, view)
        theirs = torch.frombuffer(view, dtype=dtype)
        yield mine[first : first + count], theirs.to(mine.device, mine.dtype)


def _span(spec: TensorSpec) -> int:
    """Bytes that one reading of the tensor needs."""
    if spec.stride is None:
        return min(spec.count, BLOCK_ELEMENTS) * WIDTH[spec.dtype]
    reach = sum((size - 1) * step for size, step in zip(spec.shape, spec.stride))
    return (1 + reach) * WIDTH[spec.dtype]


def same_bits(one: Any, other: Any) -> bool:
    """Equal shape, dtype and bits: NaN equals NaN here, and 0.0 is not -0.0."""
    import torch

    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    integers = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
    if one.is_complex():
        one, other = torch.view_as_real(one), torch.view_as_real(other)
    kind = integers[one.element_size()]
    return bool(torch.equal(one.contiguous().view(kind), other.contiguous().view(kind)))
