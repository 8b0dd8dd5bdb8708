"""Run a calculation over the elements of many tensors: in blocks, on all cores, in little room."""

from __future__ import annotations

import os
import threading
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Generic,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
)

from basicsr_weightcheck.compare.blocks import Block, split, whole
from basicsr_weightcheck.errors import CorruptCheckpointError, LimitExceededError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.tensors import UNTYPED_DTYPES, TensorSpec

# A function over many items on all cores; the results in the order of the items.
#
# The standard library's pool does the same and takes longer to import than to run here.

Item = TypeVar('Item')
Answer = TypeVar('Answer')

MOST = 8  # memory is not read faster by more, and each needs room of its own


def in_threads(
    run: Callable[[Item], Answer], items: Sequence[Item], workers: int = 0
) -> List[Answer]:
    """Return `run(item)` for each item; the calling thread works too.

    Args:
        run: called from several threads at once.
        items: taken one by one, the first ones first.
        workers: threads; 0 takes one for each core, at most `MOST`.

    Raises:
        Exception: what `run` raised on the first item on which it did.
    """
    left = list(range(len(items)))[::-1]
    results: Dict[int, Answer] = {}
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


if TYPE_CHECKING:
    from basicsr_weightcheck.compare.arrays import Kind, Room

BLOCK_ELEMENTS = 1 << 18  # handled at once; smaller blocks cost more in threads than in caches
BATCH_ELEMENTS = 1 << 21  # what a thread takes at once
CALLS = 1000  # a small tensor costs calls, not bytes: as much as this many elements
REPEATS = 64  # a tensor may show each element of its storage so often; files built to harm do more

Result = TypeVar('Result')
Group = Tuple[TensorSpec, ...]
Piece = Tuple[int, Block]  # index of the group, part of its tensors
Make = Callable[[int], Callable[[List[Any], List['Kind']], Result]]


class OpenFile(NamedTuple):
    """Where the bytes of one tensor of each group come from.

    Attributes:
        read_into: fills a buffer from an offset of the file.
        file: identity of the file; storages of one file are the same where their offsets are.
        order: '<' little endian, '>' big endian, which torch takes for typed storages only.
        widths: bytes of an element by dtype.
    """

    read_into: Callable[[int, memoryview], None]
    file: str
    order: str
    widths: Dict[str, int]

    def kind(self, spec: TensorSpec) -> Kind:
        """How the elements of a tensor lie in this file."""
        from basicsr_weightcheck.compare.arrays import Kind

        order = '<' if spec.dtype in UNTYPED_DTYPES else self.order
        return Kind(spec.dtype, self.widths[spec.dtype], order)


def run_over(
    groups: Sequence[Group],
    sources: Sequence[OpenFile],
    make: Make[Result],
    merge: Callable[[Result, Result], Result],
) -> List[Result]:
    """Return one result for each group.

    The results of blocks are merged in the order of the blocks, so that they never change.

    Args:
        groups: tensors of one shape with at least one element, one from each source.
        sources: where their bytes come from.
        make: called once in each thread with the ceiling of n; returns the function that turns
            one array of shape (n,) for each tensor of a group, and their kinds, into a result.
        merge: puts the results of two blocks of one group together.

    Raises:
        CorruptCheckpointError: a tensor reaches beyond its storage, or a file ends early.
        LimitExceededError: a tensor repeats its storage without measure.
    """
    local = _Local(make, merge)

    def run(batch: List[Piece]) -> List[Tuple[int, Result]]:
        return [(index, local.calculate(groups[index], part, sources)) for index, part in batch]

    batches = list(_batched(_pieces(groups, sources)))
    results: List[Optional[Result]] = [None] * len(groups)
    # Sums of floats hang on their order, and threads end in any: batches come back in order.
    for batch in in_threads(run, batches):
        for index, more in batch:
            known = results[index]
            results[index] = more if known is None else merge(known, more)
    return [result for result in results if result is not None]


class _Local(threading.local, Generic[Result]):
    """What each thread keeps from block to block: buffers, and the room of its calculation."""

    def __init__(self, make: Make[Result], merge: Callable[[Result, Result], Result]) -> None:
        from basicsr_weightcheck.compare.arrays import Room

        self._function, self._merge = make(BLOCK_ELEMENTS), merge
        self._rooms = (Room(), Room())  # a group has at most two tensors

    def calculate(self, group: Group, part: Block, sources: Sequence[OpenFile]) -> Result:
        """The result of a part of some tensors, block by block."""
        kinds = [source.kind(spec) for spec, source in zip(group, sources)]
        readers = [_reader(*one) for one in zip(group, sources, kinds, self._rooms)]
        result: Optional[Result] = None
        for block in split(part, BLOCK_ELEMENTS):
            arrays = [read(block, at) for at, read in enumerate(readers)]
            more = self._function(arrays, kinds)
            result = more if result is None else self._merge(result, more)
        assert result is not None
        return result


def _reader(
    spec: TensorSpec, source: OpenFile, kind: Kind, room: Room
) -> Callable[[Block, int], Any]:
    """What gives the elements of a block of one tensor, in the order of the block."""
    from basicsr_weightcheck.compare.arrays import elements

    assert spec.storage is not None and spec.storage.file_offset is not None
    start, width = spec.storage.file_offset, kind.width

    def read(block: Block, at: int) -> Any:
        buffer, flat = room.take(block.span(at), kind)
        source.read_into(start + block.starts[at] * width, buffer)
        return elements(flat, block, at)

    return read


def _pieces(groups: Sequence[Group], sources: Sequence[OpenFile]) -> Iterator[Piece]:
    for index, group in enumerate(groups):
        for spec, source in zip(group, sources):
            _refuse_outside(spec, source)
        for block in split(whole(group), BATCH_ELEMENTS):
            yield index, block


def _refuse_outside(spec: TensorSpec, source: OpenFile) -> None:
    """Check a tensor against its storage; raises as `run_over`."""
    assert spec.storage is not None
    if spec.stride is not None and len(spec.stride) != len(spec.shape):
        raise CorruptCheckpointError(phrase('strides-unfit', key=spec.key))
    block = whole([spec])
    held = spec.storage.byte_count // source.widths[spec.dtype]
    if block.starts[0] + block.span(0) > held:
        raise CorruptCheckpointError(phrase('beyond-storage', key=spec.key))
    # A stride of 0 shows one element a million times, for a few bytes of the file.
    if block.count > REPEATS * held:
        raise LimitExceededError(phrase('repeats-too-often', key=spec.key, times=REPEATS))


def _batched(pieces: Iterable[Piece]) -> Iterator[List[Piece]]:
    """What a thread takes at once."""
    batch: List[Piece] = []
    size = 0
    for piece in pieces:
        batch.append(piece)
        size += piece[1].count + CALLS
        if size >= BATCH_ELEMENTS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
