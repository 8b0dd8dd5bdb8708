"""Values of tensor pairs: settled by checksums where possible, otherwise read in pieces."""

from __future__ import annotations

import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import (
    TYPE_CHECKING,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Sequence,
    Tuple,
)

from basicsr_weightcheck.compare.blocks import Block, cut, split
from basicsr_weightcheck.errors import CorruptCheckpointError, LimitExceededError
from basicsr_weightcheck.records.comparisons import (
    DIFFERENT,
    IDENTICAL,
    NOT_FINITE,
    TINY,
    UNREAD,
    ValueDifference,
)
from basicsr_weightcheck.records.tensors import TensorSpec

if TYPE_CHECKING:
    from basicsr_weightcheck.compare.measure import Kind, Sums

BLOCK_ELEMENTS = 1 << 18  # measured at once; smaller ones cost more in threads than in caches
BATCH_ELEMENTS = 1 << 21  # what a thread takes at once
REPEATS = 64  # a tensor may show each element of its storage so often; files built to harm do more

ReadInto = Callable[[int, memoryview], None]
Pair = Tuple[TensorSpec, TensorSpec]
Piece = Tuple[int, Block]  # index of the pair


@dataclass(frozen=True)
class Source:
    """Where the bytes of one side come from.

    Attributes:
        read_into: fills a buffer from an offset of the file.
        file: identity of the file; storages of one file are the same where their offsets are.
        order: '<' little endian, '>' big endian.
        widths: bytes of an element by dtype.
    """

    read_into: ReadInto
    file: str
    order: str
    widths: Dict[str, int]


def compare_values(
    pairs: Sequence[Pair],
    one: Source,
    other: Source,
    tolerance: float,
    exact: bool = False,
    workers: int = 0,
) -> Tuple[ValueDifference, ...]:
    """Return one entry for each pair, in their order.

    Args:
        pairs: tensors of equal shape; the key of the first names the pair.
        one, other: where their bytes come from.
        tolerance: a largest difference below it is 'tiny'.
        exact: read everything, trust no checksum.
        workers: threads; 0 takes one for each core.

    Raises:
        CorruptCheckpointError: a tensor reaches beyond its storage, or a file ends early.
        LimitExceededError: a tensor repeats its storage without measure.
    """
    results: List[Optional[ValueDifference]] = [
        _settled(pair, one.file == other.file, exact) for pair in pairs
    ]
    open_pairs = [index for index, result in enumerate(results) if result is None]
    if open_pairs:
        sums = _read_all([(index, pairs[index]) for index in open_pairs], one, other, workers)
        for index in open_pairs:
            results[index] = _judged(pairs[index][0], sums[index], tolerance)
    return tuple(result for result in results if result is not None)


def _settled(pair: Pair, same_file: bool, exact: bool) -> Optional[ValueDifference]:
    """What is known without reading a tensor."""
    a, b = pair
    alike = a.dtype == b.dtype
    if alike and not a.count:
        return ValueDifference(a.key, 0, IDENTICAL, 'empty')
    if a.storage is None or b.storage is None:
        return ValueDifference(a.key, a.count, UNREAD)
    alike = alike and (a.stride, a.storage_offset) == (b.stride, b.storage_offset)
    place = a.storage.file_offset
    if same_file and alike and place is not None and place == b.storage.file_offset:
        return ValueDifference(a.key, a.count, IDENTICAL, 'storage')
    checksum = a.storage.crc32
    sealed = alike and checksum is not None and a.storage.byte_count == b.storage.byte_count
    if sealed and not exact and checksum == b.storage.crc32:
        return ValueDifference(a.key, a.count, IDENTICAL, 'crc32')
    if place is None or b.storage.file_offset is None:
        return ValueDifference(a.key, a.count, UNREAD)
    if not a.count:
        return ValueDifference(a.key, 0, TINY, max_abs=0.0)
    return None


class _Scratch(threading.local):
    """Room for one block in each thread, used again for every block."""

    def __init__(self) -> None:
        from basicsr_weightcheck.compare.measure import Meter

        self.meter = Meter(BLOCK_ELEMENTS)
        self._kept: Dict[int, bytearray] = {}

    def buffer(self, side: int, size: int) -> memoryview:
        if len(self._kept.get(side, b'')) < size:
            self._kept[side] = bytearray(size)
        return memoryview(self._kept[side])[:size]


def _read_all(
    pairs: Sequence[Tuple[int, Pair]], one: Source, other: Source, workers: int
) -> Dict[int, Sums]:
    # With many threads each BLAS call would start threads of its own.
    os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
    from basicsr_weightcheck.compare.measure import elements

    by_index = dict(pairs)
    scratch = _Scratch()

    def fetch(side: int, source: Source, piece: Piece, kind: Kind) -> memoryview:
        spec = by_index[piece[0]][side]
        assert spec.storage is not None and spec.storage.file_offset is not None
        size = piece[1].span(side) * kind.width
        view = scratch.buffer(side, size)
        source.read_into(spec.storage.file_offset + piece[1].starts[side] * kind.width, view)
        return view

    def run(batch: List[Piece]) -> List[Tuple[int, Sums]]:
        done = []
        for index, block in ((i, b) for i, whole in batch for b in split(whole, BLOCK_ELEMENTS)):
            kinds = _kind(by_index[index][0], one), _kind(by_index[index][1], other)
            arrays = [
                elements(fetch(side, source, (index, block), kinds[side]), block, side, kinds[side])
                for side, source in enumerate((one, other))
            ]
            done.append((index, scratch.meter.measure(arrays[0], arrays[1], kinds)))
        return done

    sums: Dict[int, Sums] = {}
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        for batch in pool.map(run, _batches(_pieces(pairs, one, other))):
            for index, more in batch:  # in the order of the pieces, so that sums never change
                sums[index] = sums[index].merged(more) if index in sums else more
    return sums


def _kind(spec: TensorSpec, source: Source) -> Kind:
    from basicsr_weightcheck.compare.measure import Kind

    return Kind(spec.dtype, source.widths[spec.dtype], source.order)


def _pieces(pairs: Iterable[Tuple[int, Pair]], one: Source, other: Source) -> Iterator[Piece]:
    for index, pair in pairs:
        for spec, source in zip(pair, (one, other)):
            _refuse_outside(spec, source)
        for block in cut(pair, BATCH_ELEMENTS):
            yield index, block


def _refuse_outside(spec: TensorSpec, source: Source) -> None:
    assert spec.storage is not None
    if spec.stride is not None and len(spec.stride) != len(spec.shape):
        raise CorruptCheckpointError(f'{spec.key} has strides that do not fit its shape.')
    whole = next(cut([spec], 1 << 62))
    held = spec.storage.byte_count // source.widths[spec.dtype]
    if whole.starts[0] + whole.span(0) > held:
        raise CorruptCheckpointError(f'{spec.key} reaches beyond its storage.')
    if whole.count > REPEATS * held:
        raise LimitExceededError(
            f'{spec.key} shows each element of its storage more than {REPEATS} times.'
        )


def _batches(pieces: Iterable[Piece]) -> Iterator[List[Piece]]:
    batch: List[Piece] = []
    size = 0
    for piece in pieces:
        batch.append(piece)
        size += piece[1].count + 1000  # a small tensor costs calls, not bytes
        if size >= BATCH_ELEMENTS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _judged(spec: TensorSpec, sums: Sums, tolerance: float) -> ValueDifference:
    if sums.equal_bits:
        return ValueDifference(spec.key, spec.count, IDENTICAL, 'bytes', not_finite=sums.not_finite)
    if sums.largest is None:
        state = NOT_FINITE if any(sums.not_finite) else DIFFERENT
        return ValueDifference(spec.key, spec.count, state, not_finite=sums.not_finite)
    state = TINY if sums.largest < tolerance else DIFFERENT
    return ValueDifference(
        spec.key,
        spec.count,
        NOT_FINITE if any(sums.not_finite) else state,
        max_abs=sums.largest,
        mean_abs=_finite(sums.absolute / sums.measured),
        relative=_ratio(sums.absolute, sums.absolute_one),
        relative_l2=_ratio(math.sqrt(sums.square), math.sqrt(sums.square_one)),
        cosine=_cosine(sums),
        not_finite=sums.not_finite,
    )


def _ratio(part: float, whole: float) -> Optional[float]:
    return _finite(part / whole) if whole else None if part else 0.0


def _cosine(sums: Sums) -> Optional[float]:
    """From |a - b|^2 = |a|^2 + |b|^2 - 2 ab: the product ab needs no pass of its own."""
    lengths = math.sqrt(sums.square_one) * math.sqrt(sums.square_other)
    if not lengths:
        return 1.0 if not sums.square_one and not sums.square_other else 0.0
    product = (sums.square_one + sums.square_other - sums.square) / 2
    return _finite(max(-1.0, min(1.0, product / lengths)))


def _finite(value: float) -> Optional[float]:
    return value if math.isfinite(value) else None
