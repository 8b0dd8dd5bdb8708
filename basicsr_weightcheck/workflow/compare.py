"""Two checkpoint files, or one of them alone: a straight list of steps."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Optional, Tuple

from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.checkpoint.pickles.torch_troubles import troubles_of
from basicsr_weightcheck.checkpoint.read import read_whole
from basicsr_weightcheck.compare.tables import (
    TensorPairs,
    choose_tables,
    compare_structure,
    describe,
)
from basicsr_weightcheck.messages.lookup import needs
from basicsr_weightcheck.records.comparisons import Comparison, Side, ValueDifference
from basicsr_weightcheck.records.tensors import CheckpointHeader, TensorSpec

if TYPE_CHECKING:
    from basicsr_weightcheck.checkpoint.values.tensor_bytes import ByteReader
    from basicsr_weightcheck.compare.streams import OpenFile

TOLERANCE = 1e-6  # the guide's: below it the difference is one of precision
SMALL_BYTES = 64 << 20  # a file below it is read in a moment: no checksum needs to be trusted
Names = Tuple[str, str]
Keys = Tuple[str, ...]
Tables = Tuple[Optional[str], Optional[str]]


def compare(
    one: str,
    other: str,
    names: Optional[Names] = None,
    tables: Tables = (None, None),
    values: bool = True,
    tolerance: float = TOLERANCE,
    exact: bool = False,
    shown: Optional[int] = None,
) -> Comparison:
    """Return the record of `basicsr_weightcheck.compare`, with its arguments and errors.

    Args:
        names: what to call the files; None for the ends of the paths that tell them apart.
        exact: of two files below 64 MiB the bytes are compared anyway.
        shown: how many of the largest differences get their numbers; None for all.
    """
    headers = read_whole(one), read_whole(other)
    chosen = choose_tables(headers[0], headers[1], tables)
    comparison, pairs = compare_structure(
        headers[0], headers[1], chosen, names if names is not None else file_names(one, other)
    )
    comparison = comparison._replace(
        one=comparison.one._replace(troubles=troubles_of(headers[0])),
        other=comparison.other._replace(troubles=troubles_of(headers[1])),
    )
    if not values:
        return comparison
    exact = exact or all(header.file_bytes < SMALL_BYTES for header in headers)
    found, rotten = _values(headers, pairs, tolerance, exact, shown)
    return comparison._replace(values=found, tolerance=tolerance, exact=exact, rotten=rotten)


def file_names(one: str, other: str) -> Names:
    """The ends of two paths, as short as they can be told apart; of one path the file's name."""
    parts = [os.path.normpath(path).split(os.sep) for path in (one, other)]
    for length in range(1, max(map(len, parts))):
        first, second = (os.path.join(*each[-length:]) for each in parts)
        if first != second:
            return first, second
    return (one, other) if one != other else (parts[0][-1], parts[1][-1])


def source(header: CheckpointHeader, reader: ByteReader) -> OpenFile:
    """Where the bytes of a file come from, for the rooms that may not open files."""
    from basicsr_weightcheck.compare.streams import OpenFile

    order = '>' if header.byte_order == 'big' else '<'
    return OpenFile(reader.read_into, os.path.realpath(header.path), order, WIDTH)


def _values(
    headers: Tuple[CheckpointHeader, CheckpointHeader],
    pairs: TensorPairs,
    tolerance: float,
    exact: bool,
    shown: Optional[int],
) -> Tuple[Tuple[ValueDifference, ...], Tuple[Keys, Keys]]:
    """The values, and the keys of either file whose bytes do not match their checksum."""
    from basicsr_weightcheck.checkpoint.values.tensor_bytes import ByteReader
    from basicsr_weightcheck.compare.seals import read_seals, seals_differ
    from basicsr_weightcheck.compare.values import compare_values

    with ExitStack() as stack:
        readers = [stack.enter_context(ByteReader(one.path, one.stamp)) for one in headers]
        one, other = (source(*both) for both in zip(headers, readers))
        stack.enter_context(needs('numpy'))
        seals = read_seals(pairs, (one, other)) if exact else None
        found = compare_values(pairs, one, other, tolerance, exact, shown, seals=seals)
        if seals is not None:
            return found, seals.keys(pairs)
        # Equal bytes under unequal checksums: one of the two does not match.
        odd = [pair for pair, value in zip(pairs, found) if value.proof == 'bytes']
        odd = [pair for pair in odd if seals_differ(pair, (one, other))]
        return found, read_seals(odd, (one, other)).keys(odd)


def list_file(
    path: str, name: Optional[str] = None, table: Optional[str] = None
) -> Tuple[Side, Tuple[TensorSpec, ...]]:
    """One file as a side, and the tensors of its table in file order; raises as `compare`."""
    header = read_whole(path)
    chosen = choose_tables(header, header, (table, table))[0]
    side = describe(header, chosen, name or path)
    return side._replace(troubles=troubles_of(header)), header.tables[chosen].tensors
