"""From a header and a recipe to the converted file, tensor by tensor; no byte is read."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Dict, Iterator, Optional, Sequence, Tuple

from basicsr_weightcheck.checkpoint.values.tensor_stream import CASTABLE, READABLE
from basicsr_weightcheck.conversion.rename import (
    Reworked,
    Tensors,
    apply_rules,
    is_profiler_buffer,
    strip_prefix,
)
from basicsr_weightcheck.conversion.rename_rules import find_rules
from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.numbers import shape
from basicsr_weightcheck.messages.of_files import tables_phrase
from basicsr_weightcheck.records.findings import (
    MEAN,
    SLICE,
    Changes,
    ChannelChange,
    PlannedFile,
    PlannedTable,
    PlannedTensor,
    Recipe,
)
from basicsr_weightcheck.records.tensors import (
    VIRTUAL,
    CheckpointHeader,
    FileDict,
    TensorSpec,
    summary,
)

Versions = Optional[Tuple[Tuple[str, Optional[int]], ...]]


def plan_file(header: CheckpointHeader, recipe: Recipe) -> Tuple[PlannedFile, Changes]:
    """Return the file that the recipe makes of another, and what it changes.

    Raises:
        UsageError: there is no such table, two tensors would get one name, nothing is left, a rule
            does not fit the tensors, or complex numbers should become real ones.
    """
    planned = []
    done = Changes()
    for name in recipe.take:
        table = _table(header, name)
        tensors, changes = _apply(table, recipe)
        versions = _versions(table, tensors, recipe)
        planned.append((name, PlannedTable(tuple(tensors), table.ordered, versions)))
        done = done.plus(changes).plus(_outcome(tensors, recipe.dtype))
    done = replace(done, unused_rules=tuple(dict.fromkeys(done.unused_rules)))
    if len(planned) > 1:  # several tables keep their own names: `wrap` would make them one
        tables = tuple((name.rpartition('.')[2], table) for name, table in planned)
    else:
        tables = tuple((name, planned[0][1]) for name in recipe.wrap or ('',))
    return PlannedFile(tables, recipe.container), done


def _table(header: CheckpointHeader, name: str) -> FileDict:
    if name in header.tables:
        return header.tables[name]
    what = phrase('no-table-of-name', name=repr(name or 'root'))
    raise UsageError(what, path=header.path, advice=tables_phrase(header.tables))


def _apply(table: FileDict, recipe: Recipe) -> Reworked:
    """The tensors of a table after all steps, and what the steps that name tensors did."""
    tensors: Tensors = []
    dropped = []
    for spec in table.tensors:
        why = _why_dropped(spec.key, recipe)
        if why:
            dropped.append((spec.key, why))
        else:
            tensors.append(PlannedTensor(spec.key, spec.shape, spec.dtype, (spec,)))
    # In the order of the fields of Recipe: rules are written for names without wrappers, and the
    # prefix to add is that of the names which rules have made.
    done = Changes(dropped=tuple(dropped))
    for prefix in recipe.strip:
        tensors, changes = strip_prefix(tensors, prefix, keep_others=recipe.keep_others)
        done = done.plus(changes)
    for name in recipe.rules:
        tensors, changes = apply_rules(tensors, find_rules(name), recipe.only)
        done = done.plus(changes)
    if recipe.add:
        tensors = [one._replace(key=_with_prefix(one.key, recipe)) for one in tensors]
    for change in recipe.channels:
        tensors = _with_channels(tensors, change)
    tensors = [_cast(one, recipe.dtype) for one in tensors]
    _refuse_clashes(tensors)
    return tensors, done


def _with_prefix(key: str, recipe: Recipe) -> str:
    has_it = recipe.keep_others and key.startswith(recipe.add)
    return key if has_it else recipe.add + key


def _why_dropped(key: str, recipe: Recipe) -> str:
    if recipe.drop_profiler and is_profiler_buffer(key):
        return 'profiler'
    return 'pattern' if any(fnmatchcase(key, one) for one in recipe.drop) else ''


def _with_channels(tensors: Tensors, change: ChannelChange) -> Tensors:
    at = next((i for i, one in enumerate(tensors) if one.key == change.key), None)
    if at is None:
        raise UsageError(phrase('channels-no-tensor', key=repr(change.key)))
    tensor = tensors[at]
    if not _can_have(tensor, change):
        facts = {'key': change.key, 'shape': shape(tensor.shape), 'dtype': tensor.dtype}
        asked = {'channels': str(change.channels), 'mode': change.mode}
        raise UsageError(phrase('channels-impossible', **facts, **asked))
    sizes = (tensor.shape[0], change.channels, *tensor.shape[2:])
    resized = tensor._replace(shape=sizes, channels=change)
    return [*tensors[:at], resized, *tensors[at + 1 :]]


def _can_have(tensor: PlannedTensor, change: ChannelChange) -> bool:
    if len(tensor.shape) < 2 or tensor.dtype not in CASTABLE or not tensor.shape[1]:
        return False
    if change.mode == SLICE:
        return change.channels <= tensor.shape[1]
    return change.mode == MEAN or change.channels >= tensor.shape[1]


def _cast(tensor: PlannedTensor, dtype: str) -> PlannedTensor:
    """The tensor in another dtype; whole numbers and packed ones keep theirs.

    Raises:
        UsageError: it is complex, and a real number has no place for half of it.
    """
    if not dtype or tensor.dtype not in READABLE:
        if dtype and tensor.dtype.startswith('complex'):
            facts = {'key': repr(tensor.key), 'found': tensor.dtype, 'dtype': dtype}
            advice = phrase('complex-to-real-do')
            raise UsageError(phrase('complex-to-real', **facts), advice=advice)
        return tensor
    return tensor._replace(dtype=dtype)


def _refuse_clashes(tensors: Tensors) -> None:
    if not tensors:
        raise UsageError(phrase('nothing-left'), advice=phrase('nothing-left-do'))
    seen: Dict[str, str] = {}
    for tensor in tensors:
        source = tensor.parts[0].key
        if tensor.key in seen:
            one, key = seen[tensor.key], repr(tensor.key)
            what = phrase('names-clash', one=one, other=source, key=key)
            raise UsageError(what, advice=phrase('names-clash-do'))
        seen[tensor.key] = source


def _versions(table: FileDict, tensors: Sequence[PlannedTensor], recipe: Recipe) -> Versions:
    """The versions of the modules under their new names; those that are lost with their names are
    versions of containers, which no load asks for."""
    if table.metadata_versions is None or not recipe.renames:
        return table.metadata_versions
    known = dict(table.metadata_versions)
    found: Dict[str, Optional[int]] = {'': known.get('', 1)}
    for tensor in tensors:
        source = tensor.parts[0].key.rpartition('.')[0]
        if source in known:
            found[tensor.key.rpartition('.')[0]] = known[source]
    return tuple(found.items())


def _outcome(tensors: Sequence[PlannedTensor], dtype: str) -> Changes:
    """What shows in the planned tensors themselves: names, channels, dtypes."""
    renamed, resized, uncast = [], [], []
    casts: Counter[Tuple[str, str]] = Counter()
    for tensor in tensors:
        source = tensor.parts[0]
        casts[source.dtype, tensor.dtype] += source.dtype != tensor.dtype
        if source.key != tensor.key:
            renamed.append((source.key, tensor.key))
        if tensor.channels is not None:
            resized.append(_resized(tensor))
        # Neither castable nor whole numbers: what a cast cannot do and has to mention.
        if dtype and tensor.dtype not in READABLE and tensor.dtype.startswith(('float', 'q')):
            uncast.append((tensor.key, tensor.dtype))
    return Changes(
        renamed=tuple(renamed),
        resized=tuple(resized),
        cast=tuple((*pair, number) for pair, number in sorted(casts.items()) if number),
        uncast=tuple(uncast),
    )


def _resized(tensor: PlannedTensor) -> Tuple[str, Tuple[int, ...], Tuple[int, ...]]:
    before = tensor.parts[0].shape
    if tensor.join_dim == 1:  # the channels of all parts together
        before = (before[0], sum(part.shape[1] for part in tensor.parts), *before[2:])
    return tensor.key, before, tensor.shape


# The header that a converted file will have: for rehearsing it before it exists.


def future_header(planned: PlannedFile, path: str) -> CheckpointHeader:
    """The header under the new path; its tensors have no bytes."""
    # One table may stand under two names (params and params_ema); it is one mapping then as well.
    made: Dict[int, FileDict] = {}
    for _, table in planned.tables:
        specs = (TensorSpec(one.key, one.shape, one.dtype) for one in table.tensors)
        entries = tuple((spec.key, spec) for spec in specs)
        made[id(table)] = FileDict(entries, table.ordered, table.metadata_versions)
    tables = {name: made[id(table)] for name, table in planned.tables}
    root = tables[''] if '' in tables else FileDict(tuple(tables.items()))
    return CheckpointHeader(path, VIRTUAL, 0, root, tables=tables)


# What a file holds beside the tables that are converted.


def left_out(header: CheckpointHeader, taken: Sequence[str]) -> Tuple[Tuple[str, str], ...]:
    """(dotted place, what it is) of everything that is no tensor of a taken table, in file order.

    Nested values that hold nothing of a taken table are one entry.
    """
    if not isinstance(header.root, FileDict):
        return ()
    return tuple(_of(header.root, '', tuple(taken)))


def _of(table: FileDict, place: str, taken: Tuple[str, ...]) -> Iterator[Tuple[str, str]]:
    for key, value in table.entries:
        name = f'{place}.{key}' if place else key
        if isinstance(value, TensorSpec) and place in taken:
            continue
        if isinstance(value, FileDict) and _reaches(name, taken):
            yield from _of(value, name, taken)
        else:
            yield name, summary(value)


def _reaches(name: str, taken: Tuple[str, ...]) -> bool:
    return any(one == name or one.startswith(name + '.') for one in taken)
