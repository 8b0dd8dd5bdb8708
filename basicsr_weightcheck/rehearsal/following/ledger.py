"""Who wrote the values of a tensor: the book in which provenance is kept, storage by storage.

Every storage has one mark for all of its elements, or, once a part of it was written, one for
each element. A mark says 'nothing known' (constants), 'initial' (random, or a network's own),
'zero', 'computed from these tensors of a file', or 'that element of that tensor of a file'. Moving
values moves marks; the values themselves are never looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple, Union

from basicsr_weightcheck.records.sources import (
    DERIVED,
    INITIAL,
    PART,
    WHOLE,
    FileTensor,
    TensorSource,
)

# Marks below FIRST_ELEMENT are labels. Zero is neutral, so that what an operation fills up with
# zeros claims nothing.
NEUTRAL, OWN, ZERO = 0, 1, 2
FIRST_ELEMENT = 1 << 20
# Elements that get a mark of their own, all storages together: 4 bytes each. Above it a storage
# is known as a whole only.
MOST_ELEMENTS = 1 << 27

Names = Tuple[FileTensor, ...]
Marks = Union[int, Any]  # a label for all elements, or an int32 tensor of the same shape


class Label(NamedTuple):
    """What a mark below FIRST_ELEMENT stands for.

    Attributes:
        names: tensors of files; of a `whole` label the several names of one tensor.
        whole: the elements are those of one tensor, in its order.
        mixed: values of a network's own were mixed in by arithmetic.
    """

    names: Names = ()
    whole: bool = False
    mixed: bool = False


class State(NamedTuple):
    """What is known of one storage.

    Attributes:
        label: of all elements where `elements` is None.
        elements: int32 tensor, one mark for each element of the storage; never changed in place.
        stamp: value of the ledger's clock when it was written last.
        kept: the storage; alive, so that its address is not given to another.
    """

    label: int
    elements: Any
    stamp: int
    kept: Any


class Ledger:
    """Marks of all storages that anything is known of."""

    def __init__(self) -> None:
        self.clock = 0
        self._labels: List[Label] = [Label()] * 3
        self._known: Dict[Label, int] = {}
        self._states: Dict[Any, State] = {}
        self._bases: List[int] = []  # first element mark of each tensor that has marks
        self._based: List[int] = []  # its label
        self._next = FIRST_ELEMENT

    # -- reading and writing -------------------------------------------------------------------

    def name(self, tensor: Any, name: FileTensor) -> None:
        """Say that a tensor is one of a file. A tensor that has a name already gets another."""
        known = self.read(tensor)
        names: Names = ()
        if isinstance(known, int) and self._labels[known].whole:
            names = self._labels[known].names
        label = self._label(Label((*names, name), whole=True))
        self.write(tensor, label)

    def derive(self, tensor: Any, name: FileTensor) -> None:
        """Say that a tensor was computed from one of a file."""
        self.write(tensor, self._label(Label((name,))))

    def own(self, tensors: Iterable[Any]) -> None:
        """Say that tensors hold a network's own initial values, where nothing is known of them."""
        for tensor in tensors:
            if not hasattr(tensor, 'element_size'):
                continue  # extra state of a module is no tensor
            if self._states.get(_address(tensor)) is None:
                self.write(tensor, OWN)

    def read(self, tensor: Any) -> Marks:
        """The marks of a tensor (a view of its storage)."""
        state = self._states.get(_address(tensor))
        if state is None:
            return NEUTRAL
        if state.elements is None:
            if not self._labels[state.label].whole or _covers(tensor, state.kept):
                return state.label
            state = self._with_elements(tensor, state)
            if state.elements is None:
                return state.label
        view = _view(state.elements, tensor)
        return self.mixture([state.elements]) if view is None else view

    def write(self, tensor: Any, marks: Marks) -> None:
        """Give a tensor (a view of its storage) new marks."""
        self.clock += 1
        memory = _memory(tensor)
        if not _covers(tensor, memory):
            label, elements = self._written_in_part(tensor, marks)
        elif isinstance(marks, int):
            label, elements = marks, None
        else:
            flat = marks.expand(tensor.shape).reshape(-1)
            known = self._as_label(flat)
            label, elements = known or NEUTRAL, flat.clone() if known is None else None
        self._states[_key(tensor, memory)] = State(label, elements, self.clock, memory)

    def _written_in_part(self, tensor: Any, marks: Marks) -> Tuple[int, Any]:
        """(label, elements) of the storage of a view that is written to."""
        state = self._with_elements(tensor, self._states.get(_address(tensor)))
        elements = None if state.elements is None else state.elements.clone()
        view = None if elements is None else _view(elements, tensor)
        if view is None:  # too large, or seen through another dtype: known as a whole only
            return self.mixture([state.label, marks]), None
        try:
            view.copy_(self._spelled(marks, tensor))
        except RuntimeError:  # elements that share their place (expanded tensors)
            return self.mixture([marks]), None
        return NEUTRAL, elements

    def elements(self, tensor: Any) -> Any:
        """One mark for each element: an int32 tensor of the shape of `tensor`, on the CPU."""
        return self._spelled(self.read(tensor), tensor)

    def spread(self, source: Any, target: Any) -> Marks:
        """The marks of a source that is copied into a target, which may be larger."""
        if source.shape == target.shape:
            return self.read(source)
        return self.elements(source).expand(target.shape)

    def mixture(self, parts: Iterable[Marks]) -> int:
        """The label of what is computed from tensors with these marks."""
        names: Dict[FileTensor, None] = {}
        mixed = own = False
        for part in parts:
            for label in self._labels_in(part):
                own = own or label == OWN
                mixed = mixed or self._labels[label].mixed
                names.update(dict.fromkeys(self._labels[label].names))
        if not names:
            return OWN if own else NEUTRAL
        return self._label(Label(tuple(names), mixed=mixed or own))

    def mixed_by_place(self, tensors: List[Any], shape: Any) -> Marks:
        """The marks of what is computed element by element, which has the shape given."""
        import torch

        parts = [self.read(tensor) for tensor in tensors]
        if all(isinstance(part, int) for part in parts):
            return self.mixture(parts)
        codes = torch.zeros(tuple(shape), dtype=torch.int64, device='cpu')
        base = len(self._labels)
        for part in parts:  # one number for each combination of labels
            labels = part if isinstance(part, int) else self._label_of_each(part)
            codes = codes * base + labels
        found, places = torch.unique(codes, return_inverse=True)
        marks = [self.mixture(_digits(code, base, len(parts))) for code in found.tolist()]
        return torch.tensor(marks, dtype=torch.int32, device='cpu')[places]

    def is_from_file(self, marks: Marks) -> bool:
        """Any of it is from a file."""
        return any(self._labels[label].names for label in self._labels_in(marks))

    # -- answers -------------------------------------------------------------------------------

    def stamp(self, tensor: Any) -> int:
        """When its storage was written last; 0 where nothing is known of it."""
        state = self._states.get(_address(tensor))
        return 0 if state is None else state.stamp

    def source(self, key: str, tensor: Any, table: Optional[str] = None) -> TensorSource:
        """Where the values of a tensor are from.

        Args:
            key: its name in the network.
            table: of several names of one tensor of a file, the one in this table counts.
        """
        marks = self.read(tensor)
        count = int(tensor.numel())
        if isinstance(marks, int):
            label = self._labels[marks]
            if not label.names:
                return TensorSource(key, INITIAL)
            if label.mixed:
                return TensorSource(key, PART, label.names, 0)
            if label.whole:
                return TensorSource(key, WHOLE, (_named(label.names, table, key),), count)
            return TensorSource(key, DERIVED, label.names, count)
        return self._source_of_elements(key, marks.reshape(-1), table)

    def _source_of_elements(self, key: str, marks: Any, table: Optional[str]) -> TensorSource:
        label = self._as_label(marks)
        if label is not None and self._labels[label].whole:
            origin = _named(self._labels[label].names, table, key)
            return TensorSource(key, WHOLE, (origin,), int(marks.numel()))
        origins: Dict[FileTensor, None] = {}
        taken, mixed = 0, False
        for one, count in self._counts(marks):
            names = self._labels[one].names
            if self._labels[one].whole:
                names = (_named(names, table, key),)
            origins.update(dict.fromkeys(names))
            mixed = mixed or self._labels[one].mixed
            taken += count if names and not self._labels[one].mixed else 0
        if not origins:
            return TensorSource(key, INITIAL)
        kind = DERIVED if taken == marks.numel() else PART
        return TensorSource(key, kind, tuple(origins), taken)

    def names_in(self, marks: Marks) -> Names:
        """The tensors of files that marks speak of."""
        found = (self._labels[label].names for label in self._labels_in(marks))
        return tuple(dict.fromkeys(name for names in found for name in names))

    # -- undoing -------------------------------------------------------------------------------

    def snapshot(self) -> Dict[Any, State]:
        """For `restore`: what is known now."""
        return dict(self._states)

    def restore(self, snapshot: Dict[Any, State]) -> None:
        """Forget what was written since. Storages that are new since stay known."""
        self._states.update(snapshot)

    # -- marks ---------------------------------------------------------------------------------

    def _label(self, label: Label) -> int:
        if label not in self._known:
            self._known[label] = len(self._labels)
            self._labels.append(label)
        return self._known[label]

    def _with_elements(self, tensor: Any, state: Optional[State]) -> State:
        """The state of a storage, with one mark for each element where there is room for that."""
        import torch

        if state is not None and state.elements is not None:
            return state
        label = NEUTRAL if state is None else state.label
        count = _storage_elements(tensor)
        if count > MOST_ELEMENTS:
            return State(self.mixture([label]), None, 0, None)
        first = self._first_mark(label, count) if self._labels[label].whole else None
        if self._labels[label].whole and first is None:
            return State(self.mixture([label]), None, 0, None)
        if first is None:
            elements = torch.full((count,), label, dtype=torch.int32, device='cpu')
        else:
            elements = torch.arange(first, first + count, dtype=torch.int32, device='cpu')
        return State(label, elements, self.clock if state is None else state.stamp, None)

    def _spelled(self, marks: Marks, tensor: Any) -> Any:
        """The same marks, one for each element of a tensor."""
        import torch

        if not isinstance(marks, int):
            return marks
        count = int(tensor.numel())
        first = self._first_mark(marks, count) if self._labels[marks].whole else None
        if first is None:
            return torch.full((), marks, dtype=torch.int32, device='cpu').expand(tensor.shape)
        row = torch.arange(first, first + count, dtype=torch.int32, device='cpu')
        return row.reshape(tensor.shape)

    def _first_mark(self, label: int, count: int) -> Optional[int]:
        """The mark of the first element of a file's tensor; None where marks have run out."""
        if label in self._based:
            return self._bases[self._based.index(label)]
        if self._next + count > FIRST_ELEMENT + MOST_ELEMENTS:
            return None
        first, self._next = self._next, self._next + count
        self._bases.append(first)
        self._based.append(label)
        return first

    def _as_label(self, marks: Any) -> Optional[int]:
        """The one label that says the same as a row of marks, None where there is none."""
        import torch

        if not marks.numel():
            return NEUTRAL
        first = int(marks[0])
        if first < FIRST_ELEMENT:
            return first if bool((marks == first).all()) else None
        label = self._label_at(first)
        start = self._bases[self._based.index(label)]
        end = ([*self._bases, self._next])[self._based.index(label) + 1]
        if first != start or marks.numel() != end - start:
            return None
        row = torch.arange(first, end, dtype=torch.int32, device='cpu')
        return label if bool(torch.equal(marks, row)) else None

    def _labels_in(self, marks: Marks) -> List[int]:
        if isinstance(marks, int):
            return [marks]
        return [label for label, _ in self._counts(marks.reshape(-1))]

    def _counts(self, marks: Any) -> List[Tuple[int, int]]:
        """(label, number of elements) of a row of marks."""
        import torch

        found, counts = torch.unique(self._label_of_each(marks), return_counts=True)
        return list(zip(found.tolist(), counts.tolist()))

    def _label_of_each(self, marks: Any) -> Any:
        """The label of each element: an int64 tensor of the same shape."""
        import torch

        limits = [*range(1, len(self._labels)), *self._bases]
        places = torch.bucketize(
            marks.contiguous(), torch.tensor(limits, dtype=torch.int32, device='cpu'), right=True
        )
        labels = torch.tensor([*range(len(self._labels)), *self._based], device='cpu')
        return labels[places]

    def _label_at(self, mark: int) -> int:
        return self._based[bisect_right(self._bases, mark) - 1]


def _digits(code: int, base: int, count: int) -> List[int]:
    digits = []
    for _ in range(count):
        code, digit = divmod(code, base)
        digits.append(digit)
    return digits[::-1]


def _named(names: Names, table: Optional[str], key: str) -> FileTensor:
    """Of several names of one tensor that of the key in the table asked for, else the nearest."""
    inside = [name for name in names if name.table == table] or list(names)
    same = [name for name in inside if name.key == key or name.key.endswith(f'.{key}')]
    return (same or inside)[0]


def _memory(tensor: Any) -> Any:
    """The storage, or the tensor itself where it has none (sparse).

    Before torch 2.0 a storage has a type, and the one without is inside (1.10 to 1.13) or the same.
    """
    try:
        return tensor.untyped_storage()
    except (NotImplementedError, RuntimeError):
        return tensor
    except AttributeError:
        pass
    try:
        storage = tensor.storage()
        return getattr(storage, '_storage', storage)
    except (AttributeError, NotImplementedError, RuntimeError):
        return tensor


def _key(tensor: Any, memory: Any) -> Any:
    """What a storage is known by: its address, which lasts as long as somebody keeps it."""
    return id(memory) if memory is tensor else memory._cdata


def _address(tensor: Any) -> Any:
    return _key(tensor, _memory(tensor))


def shares(tensor: Any, others: Iterable[Any]) -> bool:
    """The tensor is a view of one of the others."""
    address = _address(tensor)
    return any(_address(one) == address for one in others)


def _bytes_of(memory: Any) -> int:
    if hasattr(memory, 'nbytes'):
        return int(memory.nbytes())
    return int(memory.size() * memory.element_size())


def _covers(tensor: Any, memory: Any) -> bool:
    """The tensor is the whole of its storage, in order."""
    if memory is tensor:
        return True
    size = tensor.numel() * tensor.element_size()
    return bool(
        _bytes_of(memory) == size and tensor.storage_offset() == 0 and tensor.is_contiguous()
    )


def _storage_elements(tensor: Any) -> int:
    memory = _memory(tensor)
    if memory is tensor:
        return int(tensor.numel())
    return int(_bytes_of(memory) // max(tensor.element_size(), 1))


def _view(elements: Any, tensor: Any) -> Any:
    """The marks of one view; None where the storage is seen through another dtype."""
    if elements.numel() != _storage_elements(tensor):
        return None
    try:
        return elements.as_strided(tensor.size(), tensor.stride(), tensor.storage_offset())
    except (RuntimeError, NotImplementedError):
        return None
