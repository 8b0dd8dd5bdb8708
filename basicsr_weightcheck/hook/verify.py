"""After the load: is every tensor that should have come from the file equal to its bytes there?"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
import threading
import weakref
from dataclasses import dataclass
from typing import Any, Callable, Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple

from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.checkpoint.values.tensor_bytes import ByteReader
from basicsr_weightcheck.look.untouched import refuse_spread
from basicsr_weightcheck.records.comparisons import Health, TensorHealth
from basicsr_weightcheck.records.names import stripped
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.records.tensors import (
    STORED_FORMS,
    UNTYPED_DTYPES,
    CheckpointHeader,
    TensorSpec,
)
from basicsr_weightcheck.rehearsal.following.replay import named_tensors
from basicsr_weightcheck.rehearsal.network import bare_network, has_shape

BLOCK_ELEMENTS = 1 << 18  # a block stays in the core's cache between reading and comparing


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
    names: Optional[Mapping[str, str]] = None,
) -> Verification:
    """Compare the live tensors with the file, bit by bit after the cast of dtypes.

    Args:
        network: the bare network, after the load.
        header: of the file.
        table: name of the mapping that was read.
        loaded: keys of the network that should hold the file's values.
        kept: from `keep`, before the load.
        names: {key of the network: name in the table} where they differ.

    Raises:
        CheckpointError: the file cannot be read any more.
    """
    state = network.state_dict()
    specs = _readable(header, table, loaded, names or {})
    with ByteReader(header.path) as reader:
        same = _agreeing(reader, header.byte_order, state, specs)
    for earlier in given.setdefault(network, []):
        for key in loaded:
            earlier.specs.pop(key, None)
    proven = (key for key, _ in network.named_parameters() if same.get(key))
    given[network].append(Given(header, {key: specs[key] for key in proven}))
    touched = (key for key, before in kept.items() if not same_bits(state[key].cpu(), before))
    return Verification(
        equal=tuple(filter(same.get, same)),
        different=tuple(key for key in same if not same[key]),
        unread=tuple(key for key in loaded if key not in same),
        touched=tuple(touched),
    )


def _agreeing(
    reader: ByteReader, byte_order: str, live: Mapping[str, Any], specs: Mapping[str, TensorSpec]
) -> Dict[str, bool]:
    """{key: it is there, and equal to its tensor of the file}."""
    from concurrent.futures import ThreadPoolExecutor

    in_file = _FileValues(reader, byte_order)

    def agrees(key: str) -> bool:
        return key in live and in_file.agree(live[key].detach(), specs[key])

    # Threads, because reading and memcmp let others run.
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return dict(zip(specs, pool.map(agrees, specs)))


@dataclass(frozen=True)
class Given:
    """What one load has put into a network: {parameter: tensor of the file, proven to be in it}."""

    header: CheckpointHeader
    specs: Dict[str, TensorSpec]

    def lost(self, network: Any) -> List[str]:
        """Parameters that hold other values by now, or are gone. Raises as `held_parameters`."""
        refuse_spread(network)
        with ByteReader(self.header.path, self.header.stamp) as reader:
            live = dict(network.named_parameters())
            same = _agreeing(reader, self.header.byte_order, live, self.specs)
        return [key for key in same if not same[key]]


def held_parameters(network: Any, header: CheckpointHeader) -> Tuple[Dict[str, int], List[str]]:
    """({parameter: elements}, those that are equal to a tensor of the file, whatever its name).

    One number over and over is equal to many: such a parameter to one of its own name only. One of
    a lazy module has no elements before the first pass.

    Raises:
        CheckpointError: the file cannot be read any more.
        NotLookedAt: the network is spread over several processes, and would wait for them.
    """
    refuse_spread(network)
    specs = [one for table in header.tables.values() for one in table.tensors if _is_readable(one)]
    sizes = {key: one.numel() if has_shape(one) else 0 for key, one in network.named_parameters()}
    mine = {key: one.detach() for key, one in network.named_parameters() if has_shape(one)}
    with ByteReader(header.path, header.stamp) as reader:
        in_file = _FileValues(reader, header.byte_order)

        @functools.lru_cache(maxsize=None)  # else every pair of a size would be read
        def begins(spec: TensorSpec, dtype: Any) -> str:
            return _number(in_file.values(spec, 1).to(dtype))

        def is_held(key: str) -> bool:
            size, first = mine[key].numel(), mine[key].reshape(-1)[:1]
            alike = [one for one in specs if one.count == size]
            if size:
                number = _number(first)
                alike = [one for one in alike if begins(one, first.dtype) == number]
            alike.sort(key=lambda one: not f'.{one.key}'.endswith(f'.{key}'))  # its own name first
            if (mine[key] == first).all():
                alike = [one for one in alike if f'.{one.key}'.endswith(f'.{key}')]
            return any(in_file.agree(mine[key], one) for one in alike)

        return sizes, [*filter(is_held, mine)]


def _number(element: Any) -> str:
    """Equal for equal bits: NaN equals itself, and both zeros are one."""
    return repr(element.item() + 0.0)


class _Buffers(threading.local):
    """One buffer for each thread, used again for every block."""

    def __init__(self) -> None:
        self._kept = bytearray(0)

    def view(self, size: int) -> memoryview:
        if len(self._kept) < size:
            self._kept = bytearray(size)
        return memoryview(self._kept)[:size]


def _readable(
    header: CheckpointHeader, table: str, loaded: Sequence[str], names: Mapping[str, str]
) -> Dict[str, TensorSpec]:
    """{key of the network: tensor of the file} of those whose bytes can be read."""
    named = _specs(header, table)
    found = {key: named.get(stripped(names[key]) if key in names else key) for key in loaded}
    return {key: spec for key, spec in found.items() if spec is not None and _is_readable(spec)}


def _specs(header: CheckpointHeader, table: str) -> Dict[str, TensorSpec]:
    """{name in the network: tensor of the file}; a stripped name replaces a plain one."""
    tensors = header.tables[table].tensors if table in header.tables else ()
    plain = {spec.key: spec for spec in tensors if stripped(spec.key) == spec.key}
    return {**plain, **{stripped(s.key): s for s in tensors if stripped(s.key) != s.key}}


def _is_readable(spec: TensorSpec) -> bool:
    placed = spec.storage is not None and spec.storage.file_offset is not None
    return placed and spec.form in (*STORED_FORMS, *_FLIPPED)


class _FileValues:
    """The tensors of a file, as torch would make them of its bytes; for several threads.

    Args:
        reader: of the file.
        byte_order: of its numbers, 'little' or 'big'.
    """

    def __init__(self, reader: ByteReader, byte_order: str) -> None:
        self._reader, self._buffers = reader, _Buffers()
        self._turned = byte_order != sys.byteorder

    def agree(self, live: Any, spec: TensorSpec) -> bool:
        """A live tensor holds the bytes of the file, cast to its dtype."""
        if live.numel() != spec.count:
            return False
        # Not contiguous in the file: a transposed weight, a slice that was saved as a view.
        if spec.count and spec.stride is not None:
            theirs = self.tensor(spec).reshape(-1)
            return same_bits(live.reshape(-1), theirs.to(live.device, live.dtype))
        plain, mine = self._is_plain(live, spec), live.reshape(-1)
        return all(
            self._block_agrees(mine, spec, first, plain)
            for first in range(0, spec.count, BLOCK_ELEMENTS)
        )

    def tensor(self, spec: TensorSpec) -> Any:
        """A tensor with elements, on the CPU; it stands until this thread reads the next one."""
        reach = 1 + sum((size - 1) * step for size, step in zip(spec.shape, spec.strides))
        return self.values(spec, reach).as_strided(spec.shape, spec.strides)

    def values(self, spec: TensorSpec, count: int) -> Any:
        """So many elements from its first on, as they lie; they stand as long."""
        return self._values(self._read(spec, 0, count), spec)

    def _is_plain(self, live: Any, spec: TensorSpec) -> bool:
        """In memory it is what it is in the file, byte by byte."""
        import torch

        alike = live.dtype == getattr(torch, spec.dtype) and spec.form not in _FLIPPED
        here = live.device.type == 'cpu' and live.is_contiguous()
        return alike and here and not self._turned

    def _block_agrees(self, mine: Any, spec: TensorSpec, first: int, plain: bool) -> bool:
        count = min(BLOCK_ELEMENTS, spec.count - first)
        view = self._read(spec, first, count)
        if plain and _memcmp is not None:
            address = ctypes.addressof(ctypes.c_char.from_buffer(view))
            return not _memcmp(mine.data_ptr() + first * WIDTH[spec.dtype], address, len(view))
        theirs = self._values(view, spec).to(mine.device, mine.dtype)
        return same_bits(mine[first : first + count], theirs)

    def _read(self, spec: TensorSpec, first: int, count: int) -> memoryview:
        """Bytes of a tensor's elements; they stand until this thread reads the next ones."""
        assert spec.storage is not None and spec.storage.file_offset is not None
        width = WIDTH[spec.dtype]
        view = self._buffers.view(count * width)
        start = spec.storage.file_offset + (spec.storage_offset + first) * width
        self._reader.read_into(start, view)
        return view

    def _values(self, view: memoryview, spec: TensorSpec) -> Any:
        """The values that torch makes of these bytes: (elements,), of the dtype of the file.

        Source: torch/serialization.py `_load`: bytes of storages without a type are never turned
        round; those of a complex number are, part by part.
        """
        import torch

        dtype, width = getattr(torch, spec.dtype), WIDTH[spec.dtype]
        flat = torch.frombuffer(view, dtype=torch.uint8)
        if self._turned and width > 1 and spec.dtype not in UNTYPED_DTYPES:
            part = width // 2 if dtype.is_complex else width
            flat = flat.view(-1, part).flip(1).reshape(-1)
        values = flat.view(dtype)
        for flip in _FLIPPED.get(spec.form, ()):
            values = getattr(values, flip)()
        return values.resolve_conj()


# {form: what has to be done with the bytes}
_FLIPPED: Dict[str, Tuple[str, ...]] = {
    'conjugate': ('conj',),
    'negative': ('neg',),
    'conjugate negative': ('conj', 'neg'),
}


def _find_memcmp() -> Optional[Callable[[int, int, int], int]]:
    """The C library's comparison: twice as fast as torch.equal, and it lets other threads run."""
    try:
        function = ctypes.CDLL(None).memcmp
    except (OSError, TypeError, AttributeError):  # Windows has no such handle
        return None
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    compare: Callable[[int, int, int], int] = function
    return compare


_memcmp = _find_memcmp()


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


def put_values(header: CheckpointHeader, value: Any) -> None:
    """Give the tensors of an object that stands for a file's content the values of the file.

    Those that are more than numbers in a storage keep theirs. Raises as `verify`.
    """
    specs = {(name, s.key): s for name, table in header.tables.items() for s in table.tensors}
    with ByteReader(header.path) as reader:
        in_file = _FileValues(reader, header.byte_order)
        for name, key, tensor in named_tensors(value):
            spec = specs.get((name, key))
            if spec is not None and spec.count and not spec.form and _is_readable(spec):
                tensor.detach().copy_(in_file.tensor(spec))


# After the load: does the network start on numbers that it can be trained from?

RULES = ('WC602', 'WC603', 'WC604')  # what they find is known only now


def odd_buffers(network: Any) -> FrozenSet[str]:
    """Keys of buffers that are infinite or NaN by design, before the load: masks, observers."""
    buffers = {key for key, _ in network.named_buffers()}
    state = network.state_dict()
    return frozenset(key for key in buffers if key in state and _is_odd(state[key].detach()))


def measure(network: Any, loaded: Sequence[str], odd: FrozenSet[str]) -> Health:
    """What the values are like that a load has put into a network; nothing is copied.

    Args:
        network: the bare network, after the load.
        loaded: keys that the file has filled, wholly or in part.
        odd: from `odd_buffers`.
    """
    state = network.state_dict()
    tensors = {key: state[key].detach() for key in loaded if key in state}
    bad = _bad(tensors, odd)
    trained = dict(network.named_parameters())  # indices and masks are as they were
    weights = {key: one for key, one in tensors.items() if key in trained}
    if bad or any(_plain(one).any() for one in weights.values()):  # ends at the first number
        return Health(bad, len(tensors), (), 0, ())
    zero = (TensorHealth(key, one.numel(), 0, 0, True) for key, one in weights.items())
    return Health(tuple(zero), len(weights), (), 0, ())


def _bad(tensors: Dict[str, Any], odd: FrozenSet[str]) -> Tuple[TensorHealth, ...]:
    suspects = ((key, one) for key, one in tensors.items() if key not in odd)
    return tuple(_health(key, one) for key, one in suspects if _is_odd(one))


def _health(key: str, tensor: Any) -> TensorHealth:
    values = _plain(tensor)
    nan, inf = int(values.isnan().sum()), int(values.isinf().sum())
    return TensorHealth(key, tensor.numel(), nan, inf, False)


def _is_odd(tensor: Any) -> bool:
    """It may hold NaN or Inf: one of them would show in the sum, and so does a huge sum."""
    import torch

    if not (tensor.is_floating_point() or tensor.is_complex()) or tensor.is_quantized:
        return False
    return not bool(torch.isfinite(_plain(tensor).sum()))


def _plain(tensor: Any) -> Any:
    """A dtype that torch can compute with: eight bits are no more than storage."""
    small = tensor.is_floating_point() and tensor.element_size() < 4
    return tensor.float() if small else tensor


# net_g and net_g_ema are two networks: what the file lacks gets different random values in them.
#
# Source: basicsr 1.4.2 models/sr_model.py `init_training_settings`; validation uses net_g_ema.


def differing(model: Any, network: Any, keys: Sequence[str]) -> Tuple[str, ...]:
    """Those of `keys` that differ between net_g and net_g_ema.

    Args:
        model: the framework's model object.
        network: net_g_ema, bare.
        keys: what the file did not fill.
    """
    first = getattr(model, 'net_g', None)
    # A model of one's own may call its networks otherwise: nothing is known of a pair then.
    if first is None:
        return ()
    mine, theirs = bare_network(first).state_dict(), network.state_dict()
    return tuple(
        key
        for key in keys
        if key in mine and key in theirs and not same_bits(mine[key].cpu(), theirs[key].cpu())
    )


def align(model: Any, network: Any, keys: Sequence[str]) -> None:
    """Copy net_g's values of `keys` into net_g_ema."""
    import torch

    mine, theirs = bare_network(model.net_g).state_dict(), network.state_dict()
    with torch.no_grad():
        for key in keys:
            # In place: whatever holds the tensor goes on with it.
            theirs[key].copy_(mine[key])


# Which networks files went into, for a look before the first iteration.

# Weak: nothing of the hook keeps a model in memory. {model: {its attribute: what the check said}}
reports: weakref.WeakKeyDictionary[Any, Dict[str, CheckReport]] = weakref.WeakKeyDictionary()
# {bare network that watched loads have filled: what is proven to be in it}
given: weakref.WeakKeyDictionary[Any, List[Given]] = weakref.WeakKeyDictionary()


def remember(model: Any, report: CheckReport, network: Any) -> None:
    """A file has gone into a network of this model; a later one takes the place of an earlier."""
    given.setdefault(network, [])
    reports.setdefault(model, {})[report.plan.steps[0].network] = report
