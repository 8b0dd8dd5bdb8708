"""A file, or a state dict in memory, against a torch.nn.Module: a straight list of steps."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Tuple

from basicsr_weightcheck.checkpoint.pickles.torch_troubles import refusal
from basicsr_weightcheck.checkpoint.read import read_whole
from basicsr_weightcheck.compare.tables import asked_table, choose_table
from basicsr_weightcheck.records.names import USUAL_TABLES
from basicsr_weightcheck.records.sources import INITIAL, FileTensor, ModuleLoad, TensorSource
from basicsr_weightcheck.records.tensors import Outcome
from basicsr_weightcheck.rehearsal.following.replay import mappings, named_tensors, replay
from basicsr_weightcheck.rehearsal.module_load import bare_table, held_table, is_plain, try_load
from basicsr_weightcheck.rehearsal.network import describe_network, has_shape

MEMORY = '<state dict>'  # stands for the path of what is no file


class Weights(NamedTuple):
    """What a module is to be given.

    Attributes:
        path: of the file, '' for an object in memory.
        content: the object, or what stands for it: tensors without values.
        is_hollow: its tensors are on 'meta', and behave like those of the file.
        in_memory: the object, or the same with tensors whose values are not those of the file.
        reading: how torch ends it, of a file.
    """

    path: str
    content: Any
    is_hollow: bool
    in_memory: Callable[[], Any]
    reading: Outcome = Outcome(True)


def will_load(
    module: Any,
    weights: Any,
    *,
    strict: bool = True,
    table: Optional[str] = None,
    assign: bool = False,
) -> ModuleLoad:
    """Return the record of `basicsr_weightcheck.will_load`, with its arguments and errors."""
    is_path = isinstance(weights, (str, os.PathLike))
    given = (
        _of_file(os.fspath(weights)) if is_path else Weights('', weights, False, lambda: weights)
    )
    name = _chosen(given, module, table)
    made = _tried(module, given, name, strict=strict, assign=assign)
    result = made._replace(path=given.path, table=name)
    if given.reading.loads:
        return result
    tensors = tuple(TensorSource(one.key, INITIAL) for one in made.network.tensors)
    return result._replace(
        loads=False,
        error=given.reading.error,
        message=given.reading.message,
        network=made.network._replace(tensors=tensors),
        missing=(),
        unexpected=(),
        mismatched=(),
        looked_at=(),
    )


def _of_file(path: str) -> Weights:
    header = read_whole(path)
    choose_table(header)  # raises where there is none
    content = replay(header.root)
    hollow, reading = not header.has_odd_entries, refusal(header) or Outcome(True)
    return Weights(path, content, hollow, lambda: replay(header.root, 'cpu'), reading)


def _tried(module: Any, weights: Weights, name: str, *, strict: bool, assign: bool) -> ModuleLoad:
    """The call on tensors without values; where that does not tell, on real ones."""

    def tried(table: Any, real: bool) -> Tuple[ModuleLoad, bool]:
        names, from_file = _names(table, weights, name), bool(weights.path)
        return try_load(
            module, table, names, strict=strict, assign=assign, real=real, stands_in=from_file
        )

    table = _table(weights.content, name)
    bare = weights.is_hollow or not isinstance(table, Mapping)
    if bare or is_plain(table):
        made, wants_memory = tried(table if bare else bare_table(table), False)
        if not wants_memory:
            return made
    table = _table(weights.in_memory(), name)
    return tried(held_table(table) if isinstance(table, Mapping) else table, True)[0]


def _table(content: Any, name: str) -> Any:
    """The table of that name; the content itself where there is none."""
    return next((table for place, table in mappings(content) if place == name), content)


def _names(table: Any, weights: Weights, name: str) -> Dict[Any, FileTensor]:
    """{key: what its tensor is called in the book}; entries that are no tensor have no name."""
    pairs = table.items() if isinstance(table, Mapping) else ()
    path = weights.path or MEMORY
    return {key: FileTensor(path, name, str(key)) for key, one in pairs if has_shape(one)}


def _chosen(weights: Weights, module: Any, asked: Optional[str]) -> str:
    """The name of the table; '' also of an object that is none, for torch to speak of."""
    shapes: Dict[str, Dict[str, Optional[Tuple[int, ...]]]] = {}
    for place, key, tensor in named_tensors(weights.content):  # an own kind of mapping has none
        shape = tuple(tensor.shape) if has_shape(tensor) else None
        shapes.setdefault(place, {})[key] = shape
    if asked is not None:
        return asked_table(asked, shapes, weights.path)
    if not shapes:
        return ''
    expected = describe_network(module, '', 'live').tensors

    def rank(name: str) -> Tuple[int, int, int]:
        fitting = sum(shapes[name].get(spec.key) == spec.shape for spec in expected)
        usual = -USUAL_TABLES.index(name) if name in USUAL_TABLES else -len(USUAL_TABLES)
        return (fitting, name == '', usual)

    return max(shapes, key=rank)
