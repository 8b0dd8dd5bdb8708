"""Which table of each file is compared."""

from __future__ import annotations

from typing import Optional, Tuple

from basicsr_weightcheck.errors import NoStateDictError, UsageError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.of_files import tables_phrase
from basicsr_weightcheck.records.tensors import CheckpointHeader

ROOT_NAMES = ('root', '')
USUAL = ('params', 'params_ema')  # the order in which load_network looks for them


def choose_tables(
    one: CheckpointHeader, other: CheckpointHeader, asked: Tuple[Optional[str], Optional[str]]
) -> Tuple[str, str]:
    """Return the names of the two tables: those asked for, else a name that both have.

    Raises:
        NoStateDictError: a file holds no table of tensors.
        UsageError: there is no table of the name asked for.
    """
    first = _asked(one, asked[0])
    second = _asked(other, asked[1])
    if first is None and second is None:
        shared = [name for name in (*USUAL, *one.tables) if name in one.tables]
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
        raise _no_table(header)
    for name in (asked, *USUAL):
        if name is not None and name in header.tables:
            return name
    return max(header.tables, key=lambda name: len(header.tables[name].tensors))


def _no_table(header: CheckpointHeader) -> NoStateDictError:
    """A whole pickled network, or a file of something else."""
    for one in header.foreign:
        if one.is_module:
            what, advice = phrase('is-whole-network', name=one.name), phrase('do-ask-for-weights')
            return NoStateDictError(what, path=header.path, advice=advice)
    return NoStateDictError(phrase('no-table'), path=header.path, advice=phrase('do-no-table'))


def _asked(header: CheckpointHeader, name: Optional[str]) -> Optional[str]:
    if name is None:
        return None
    wanted = '' if name in ROOT_NAMES and name not in header.tables else name
    if wanted not in header.tables:
        what = phrase('no-table-of-name', name=repr(name))
        raise UsageError(what, path=header.path, advice=tables_phrase(header.tables))
    return wanted
