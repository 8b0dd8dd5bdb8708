"""Hold tables against each other by name and shape: of two files, or of a file and a network."""

from __future__ import annotations

from collections import Counter
from typing import Collection, Dict, Optional, Tuple

from basicsr_weightcheck.compare.key_names import group_keys, is_convincing, prefix_rules
from basicsr_weightcheck.compare.load_outcome import mismatches, taken_from
from basicsr_weightcheck.errors import NoStateDictError, UsageError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.of_files import tables_phrase
from basicsr_weightcheck.records.comparisons import Comparison, Side
from basicsr_weightcheck.records.names import (
    EACH,
    MODULE,
    ROOT_NAMES,
    USUAL_TABLES,
    Shapes,
    cutter,
    in_order,
    split_keys,
    stripped,
)
from basicsr_weightcheck.records.tensors import (
    CheckpointHeader,
    Coverage,
    Difference,
    FileDict,
    KeyGroup,
    NetworkSpec,
    Rename,
    TensorSpec,
)

# One table of a file against one network, by name and shape.


def compare_table(
    table: FileDict, table_name: str, network: NetworkSpec, cuts_module: str = EACH
) -> Difference:
    """Return what a load by name and shape takes, leaves random and drops.

    Args:
        table: the mapping that load_network reads.
        table_name: '' for the file's root.
        cuts_module: as `Framework.cuts_module`.
    """
    cut = cutter(cuts_module, table.shapes)
    theirs = {cut(spec.key): spec for spec in table.tensors}
    expected, found = network.shapes, {key: spec.shape for key, spec in theirs.items()}
    split = split_keys(expected, found)
    missing, unexpected, mismatched = (folded(keys, expected, found) for keys in split[1:])
    return Difference(
        table=table_name,
        matched=split.matched,
        missing=missing[0],
        unexpected=unexpected[0],
        mismatched=mismatches(mismatched[0], expected, found),
        missing_groups=missing[1],
        unexpected_groups=unexpected[1],
        mismatched_groups=mismatched[1],
        coverage=Coverage.of(network, split.matched),
        renames=prefix_rules(expected, table.shapes, found) if missing[0] or unexpected[0] else (),
        dtypes=_dtypes(network, theirs, split.matched),
    )


def _dtypes(
    network: NetworkSpec, found: Dict[str, TensorSpec], matched: Tuple[str, ...]
) -> Tuple[Tuple[str, str, int], ...]:
    expected = {spec.key: spec.dtype for spec in network.tensors}
    pairs = Counter((expected[key], found[key].dtype) for key in matched)
    return tuple((one, other, n) for (one, other), n in sorted(pairs.items()) if one != other)


def folded(
    keys: Tuple[str, ...], expected: Shapes, found: Shapes
) -> Tuple[Tuple[str, ...], Tuple[KeyGroup, ...]]:
    """(keys in natural order, the same folded for people)."""
    ordered = in_order(keys)
    return ordered, group_keys(ordered, expected, found)


Specs = Dict[str, TensorSpec]
TensorPairs = Tuple[Tuple[TensorSpec, TensorSpec], ...]


def describe(header: CheckpointHeader, table: str, name: str) -> Side:
    """One file as a side of a comparison."""
    tensors = header.tables[table].tensors
    return Side(
        name=name,
        path=header.path,
        container=header.container,
        file_bytes=header.file_bytes,
        table=table,
        tables={key: len(value.tensors) for key, value in header.tables.items()},
        tensors=len(tensors),
        elements=sum([spec.count for spec in tensors]),
        strays=tuple(
            key for key, value in header.tables[table].entries if not isinstance(value, TensorSpec)
        ),
    )


def compare_structure(
    one: CheckpointHeader, other: CheckpointHeader, tables: Tuple[str, str], names: Tuple[str, str]
) -> Tuple[Comparison, TensorPairs]:
    """Return the comparison without values, and the pairs whose values can be compared.

    The pairs are in the order of the first file, which is that of its network.

    A prefix that only one side has is taken off before names are compared; the comparison names it.
    """
    both = one.tables[tables[0]], other.tables[tables[1]]
    first, second = ({spec.key: spec for spec in table.tensors} for table in both)
    rename = _rename(first, second)
    if rename is not None:
        first, second = _renamed(first, rename.found), _renamed(second, rename.expected)
    shapes, other_shapes = _shapes(first), _shapes(second)
    split = split_keys(shapes, other_shapes)
    only_one = folded(split.missing, shapes, other_shapes)
    only_other = folded(split.unexpected, shapes, other_shapes)
    resized = folded(split.resized, shapes, other_shapes)
    matched, differs = in_order(split.matched), any(split[1:])
    dtypes = ((key, first[key].dtype, second[key].dtype) for key in matched)
    comparison = Comparison(
        one=describe(one, tables[0], names[0]),
        other=describe(other, tables[1], names[1]),
        rename=rename,
        matched=matched,
        only_one=only_one[0],
        only_other=only_other[0],
        mismatched=mismatches(resized[0], shapes, other_shapes),
        dtypes=tuple(found for found in dtypes if found[1] != found[2]),
        matched_groups=group_keys(matched, shapes, other_shapes) if differs else (),
        only_one_groups=only_one[1],
        only_other_groups=only_other[1],
        mismatched_groups=resized[1],
        loads=(taken_from(*both), taken_from(*both[::-1])),
        shapes=tuple(shapes.items()),
    )
    return comparison, tuple((first[key], second[key]) for key in split.matched)


def _shapes(specs: Specs) -> Dict[str, Tuple[int, ...]]:
    return {key: spec.shape for key, spec in specs.items()}


def _rename(first: Specs, second: Specs) -> Optional[Rename]:
    """The prefix by which the names differ: `found` of the first file, `expected` of the second."""
    if first.keys() == second.keys():
        return None
    plain = len(_shapes(first).items() & _shapes(second).items())
    ours, theirs = (_shapes(_renamed(one, MODULE)).items() for one in (first, second))
    if len(ours & theirs) > plain:  # no guess: loaders take it off by themselves
        found, expected = (MODULE * any(k != stripped(k) for k in one) for one in (first, second))
        return Rename('prefix-strip', found, expected, len(ours & theirs))
    rules = prefix_rules(_shapes(second), _shapes(first))
    convincing = rules and is_convincing(rules[0], len(first), len(second))
    return rules[0] if convincing else None


def _renamed(specs: Specs, prefix: str) -> Specs:
    """Names without the prefix; one that would collide keeps its own."""
    renamed: Specs = {}
    for key, spec in specs.items():
        short = key[len(prefix) :] if prefix and key.startswith(prefix) else key
        name = key if short in specs else short  # two tensors must not become one
        renamed[name] = spec._replace(key=name)
    return renamed


# Which table of each file is compared.


def choose_tables(
    one: CheckpointHeader, other: CheckpointHeader, asked: Tuple[Optional[str], Optional[str]]
) -> Tuple[str, str]:
    """Return the names of the two tables: those asked for, else a name that both have.

    Raises:
        NoStateDictError: a file holds no table of tensors.
        UsageError: there is no table of the name asked for.
    """
    first, second = (
        asked_table(name, header.tables, header.path) if name is not None else None
        for name, header in zip(asked, (one, other))
    )
    # params of one file against params_ema of the other says nothing of either training.
    if first is None and second is None:
        shared = [name for name in (*USUAL_TABLES, *one.tables) if name in one.tables]
        shared = [name for name in shared if name in other.tables]
        if shared:
            return shared[0], shared[0]
    return (
        first if first is not None else choose_table(one, second),
        second if second is not None else choose_table(other, first),
    )


def choose_table(header: CheckpointHeader, asked: Optional[str] = None) -> str:
    """The table of one file: the one asked for where it exists, a usual one, else the largest.

    Raises:
        NoStateDictError: the file holds no table of tensors.
    """
    if not header.tables:
        for one in header.foreign:
            if one.is_module:  # a whole pickled network
                what, advice = phrase('is-whole-network', name=one.name), 'do-ask-for-weights'
                raise NoStateDictError(what, path=header.path, advice=phrase(advice))
        raise NoStateDictError(phrase('no-table'), path=header.path, advice=phrase('do-no-table'))
    for name in (asked, *USUAL_TABLES):
        if name is not None and name in header.tables:
            return name
    return max(header.tables, key=lambda name: len(header.tables[name].tensors))


def asked_table(asked: str, tables: Collection[str], path: str) -> str:
    """The table of a file that a user's word names. Raises UsageError where it has none such."""
    name = '' if asked in ROOT_NAMES and asked not in tables else asked
    if name not in tables:
        what = phrase('no-table-of-name', name=repr(asked))
        raise UsageError(what, path=path, advice=tables_phrase(tables))
    return name
