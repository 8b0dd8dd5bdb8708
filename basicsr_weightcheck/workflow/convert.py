"""Convert one weight file: a straight list of steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Tuple

from basicsr_weightcheck.checkpoint.dtypes import WIDTH
from basicsr_weightcheck.checkpoint.pickles.torch_troubles import troubles_of
from basicsr_weightcheck.checkpoint.read import read_whole
from basicsr_weightcheck.checkpoint.writing.storage_plan import byte_count
from basicsr_weightcheck.checkpoint.writing.write import refuse_target, write_converted
from basicsr_weightcheck.conversion.plan_file import left_out, plan_file
from basicsr_weightcheck.conversion.rename import fitting_rules, obvious_steps, obvious_table
from basicsr_weightcheck.errors import CheckpointError, LimitExceededError, UsageError
from basicsr_weightcheck.messages.lookup import needs, phrase
from basicsr_weightcheck.records.findings import Changes, ConvertReport, PlannedFile, Recipe
from basicsr_weightcheck.records.tensors import SAFETENSORS, CheckpointHeader

UNASKED = Recipe(take=())  # no table at all is what nobody can ask for
ROOT = 'root'  # what the command line calls the file's root
MOST_GROWTH = 16  # times the source: a view of one element can claim any size
ALWAYS_BYTES = 1 << 30  # what may be written however small the source is


def convert(
    source: str,
    target: str,
    recipe: Recipe,
    output: Recipe,
    *,
    force: bool = False,
    write: bool = True,
) -> ConvertReport:
    """Convert a weight file and return what was done.

    Args:
        source: weight file in any of the three containers; never changed.
        target: file to write; '' only without writing.
        recipe: what to do to names and tensors; UNASKED does what the file alone makes obvious. An
            empty `take` stands for the one table of the file; a single one may be what the command
            line takes: 'root', or several names with commas.
        output: gives dtype, wrap and container.
        force: replace an existing target.
        write: False only tells what would be done.

    Raises:
        CheckpointError: the source cannot be read.
        LimitExceededError: what would be written is far larger than it.
        UsageError: the recipe does not fit the file, or the target must not be written.
        ReportError: the target cannot be written.
    """
    header = read_whole(source)
    if target:
        refuse_target(source, target, force=force)
    _refuse_unreadable(header)
    _refuse_unknown_dtypes(header)
    full, chosen = _complete(header, recipe, output)
    planned, changes = _planned(header, full)
    tensors = [tensor for _, table in planned.tables for tensor in table.tensors]
    report = ConvertReport(
        source=source,
        source_container=header.container,
        source_bytes=header.file_bytes,
        target=target,
        recipe=full,
        chosen=chosen,
        tables=tuple((name, len(table.tensors)) for name, table in planned.tables),
        elements=sum(tensor.elements for tensor in tensors),
        changes=changes,
        left_out=left_out(header, full.take),
        troubles=troubles_of(header),
        hints=() if full.rules else fitting_rules([tensor.key for tensor in tensors]),
        written=None,
    )
    if not write:
        return report
    with needs('numpy'):
        written = write_converted(source, target, planned, header.stamp)
    return replace(report, written=written)


def _planned(header: CheckpointHeader, recipe: Recipe) -> Tuple[PlannedFile, Changes]:
    try:
        planned, changes = plan_file(header, recipe)
    except UsageError as error:
        raise (
            error if error.path else UsageError(error.what, header.path, advice=error.advice)
        ) from error
    most = max(ALWAYS_BYTES, MOST_GROWTH * header.file_bytes)
    planned_bytes = sum(byte_count(one) for _, table in planned.tables for one in table.tensors)
    if planned_bytes > most:
        facts = {'planned_bytes': planned_bytes, 'file_bytes': header.file_bytes}
        raise LimitExceededError(phrase('grows-too-much', **facts), path=header.path)
    return planned, changes


def _refuse_unknown_dtypes(header: CheckpointHeader) -> None:
    """A safetensors file may name a type of numbers that is not known here."""
    for table in header.tables.values():
        for spec in table.tensors:
            if spec.dtype not in WIDTH:
                what = phrase('numbers-unknown', key=repr(spec.key), dtype=repr(spec.dtype))
                raise UsageError(what, header.path)


def _complete(
    header: CheckpointHeader, recipe: Recipe, output: Recipe
) -> Tuple[Recipe, Tuple[str, ...]]:
    """The recipe with everything filled in, and the names of the steps that were chosen here."""
    chosen: Tuple[str, ...] = ()
    if recipe == UNASKED:
        recipe = obvious_steps(header, obvious_table(header))
        steps = (('take', True), ('strip', recipe.strip), ('drop-profiler', recipe.drop_profiler))
        chosen = tuple(name for name, done in steps if done)
    elif not recipe.take:
        recipe, chosen = replace(recipe, take=(obvious_table(header),)), ('take',)
    else:
        recipe = replace(recipe, take=_tables(header, recipe.take))
    wrap = () if output.container == SAFETENSORS else output.wrap
    if output.container == SAFETENSORS and len(recipe.take) > 1:
        raise UsageError(phrase('one-table-only'))
    made = replace(recipe, dtype=output.dtype, wrap=wrap, container=output.container)
    return made, chosen


def _tables(header: CheckpointHeader, asked: Tuple[str, ...]) -> Tuple[str, ...]:
    """Names of tables: as they are where there is such a table, else 'root' and A,B."""
    if len(asked) == 1 and asked[0] not in header.tables:
        asked = tuple('' if name == ROOT else name for name in asked[0].split(','))
    return tuple(dict.fromkeys(asked))


def _refuse_unreadable(header: CheckpointHeader) -> None:
    if header.byte_order == 'big':
        advice = '' if troubles_of(header).unfit else phrase('big-endian-do')
        raise CheckpointError(phrase('big-endian'), path=header.path, advice=advice)
