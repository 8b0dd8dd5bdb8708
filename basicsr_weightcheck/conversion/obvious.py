"""What the file alone makes obvious: its one table, its wrapper, its profiler buffers."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import List, Sequence, Tuple

from basicsr_weightcheck.conversion.rename import (
    chain_of,
    is_profiler_buffer,
    shared_chain,
    trainer_prefixes,
    wrapper_prefixes,
)
from basicsr_weightcheck.conversion.rename_rules import shipped, shipped_names
from basicsr_weightcheck.errors import NoStateDictError, UsageError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.findings import Recipe
from basicsr_weightcheck.records.tensors import CheckpointHeader

GAN = 'gan'  # the rule file
SHOWN = 8
BESIDE = 10  # times as many tensors in a table as at the root: those are no weights


def obvious_table(header: CheckpointHeader) -> str:
    """The one table of a file.

    Raises:
        NoStateDictError: there is none.
        UsageError: there are several.
    """
    if not header.tables:
        raise NoStateDictError(phrase('no-table'), path=header.path)
    counts = {name: len(table.tensors) for name, table in header.tables.items()}
    beside = counts.pop('', 0)
    names = list(counts) or ['']
    # Tensors beside a table at the root (a step counter) do not make the root a choice.
    if len(counts) == 1 and beside * BESIDE > counts[names[0]]:
        names.insert(0, '')
    if len(names) == 1:
        return names[0]
    shown = ', '.join(name or 'root' for name in names[:SHOWN]) + (' …' if names[SHOWN:] else '')
    what = phrase('several-tables', names=shown)
    raise UsageError(what, path=header.path, advice=phrase('several-tables-do'))


def obvious_steps(header: CheckpointHeader, table: str) -> Recipe:
    """The recipe for a table without any wish: take it, unwrap it, drop profiler buffers.

    Raises:
        UsageError: its names belong to several networks, and nothing says which is meant.
    """
    keys = [spec.key for spec in header.tables[table].tensors]
    names = [key for key in keys if not is_profiler_buffer(key)]
    chain = ''.join(shared_chain(names, wrapper_prefixes()))
    if not chain:
        _refuse_families(names, header.path)
    return Recipe(
        take=(table,), drop_profiler=len(names) < len(keys), strip=(chain,) if chain else ()
    )


def _refuse_families(names: Sequence[str], path: str) -> None:
    """A GAN's wrapper holds several networks; other first words are a network's own."""
    heads = [prefix for prefix in shipped(GAN).prefixes if prefix not in trainer_prefixes()]
    if not any(chain_of(name, heads) for name in names):
        return
    families = Counter(''.join(name.partition('.')[:2]) for name in names)
    shown = ', '.join(f'{name} ({number})' for name, number in islice(families.items(), SHOWN))
    what = phrase('several-networks', names=shown)
    raise UsageError(what, path=path, advice=phrase('several-networks-do'))


def fitting_rules(keys: Sequence[str]) -> Tuple[str, ...]:
    """Shipped rule files that rename every one of these names: a hint, nothing more."""
    found: List[str] = []
    for name in shipped_names():
        renames = shipped(name).renames
        changed = any(rule.targets[0].name.text != rule.old.text for rule in renames)
        if changed and all(any(rule.old.fits(key) for rule in renames) for key in keys):
            found.append(name)
    return tuple(found)
