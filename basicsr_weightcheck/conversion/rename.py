"""Apply prefixes and rules to the names of a table, and say what became of each."""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase
from itertools import islice
from os.path import commonprefix
from typing import Dict, Iterable, List, Optional, Sequence, Set, Tuple

from basicsr_weightcheck.conversion.rename_rules import (
    ConcatRule,
    RenameRule,
    RuleSet,
    Target,
    shipped,
    shipped_names,
)
from basicsr_weightcheck.errors import NoStateDictError, UsageError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.numbers import shape
from basicsr_weightcheck.records.findings import Changes, PlannedTensor, Recipe
from basicsr_weightcheck.records.tensors import CheckpointHeader

# Prefixes that wrappers put before every name, taken from the shipped rule files.

COMPILE = 'compile'  # the rule file


def wrapper_prefixes() -> Tuple[str, ...]:
    """Every prefix of the shipped rule files, in their order."""
    found = [prefix for name in shipped_names() for prefix in shipped(name).prefixes]
    return tuple(dict.fromkeys(found))


def trainer_prefixes() -> Tuple[str, ...]:
    """Prefixes that torch's own wrappers put before names; no network has a part of that name."""
    return shipped(COMPILE).prefixes


def chain_of(key: str, prefixes: Sequence[str]) -> Tuple[str, ...]:
    """The prefixes that a name begins with, outermost first, any number of them.

    A number alone is left only by torch's own wrappers: the 0 of `model.0.weight` belongs to the
    network's `model`.
    """
    chain: List[str] = []
    while True:
        prefix = next((one for one in prefixes if key.startswith(one)), '')
        rest = key[len(prefix) :]
        if not prefix or not rest or (rest[0].isdigit() and prefix not in trainer_prefixes()):
            return tuple(chain)
        chain.append(prefix)
        key = rest


def shared_chain(keys: Iterable[str], prefixes: Sequence[str]) -> Tuple[str, ...]:
    """The longest chain with which all these names begin, () when there is none."""
    return tuple(commonprefix([chain_of(key, prefixes) for key in keys]))


Tensors = List[PlannedTensor]
Reworked = Tuple[Tensors, Changes]


def strip_prefix(tensors: Tensors, prefix: str, *, keep_others: bool = False) -> Reworked:
    """Those that carry the prefix, without it; the others are dropped, or kept as they are."""
    kept, dropped = [], []
    for tensor in tensors:
        if tensor.key.startswith(prefix) and len(tensor.key) > len(prefix):
            kept.append(tensor._replace(key=tensor.key[len(prefix) :]))
        elif keep_others:
            kept.append(tensor)
        else:
            dropped.append((tensor.key, 'prefix'))
    return kept, Changes(dropped=tuple(dropped))


def apply_rules(tensors: Tensors, rules: RuleSet, only: Sequence[str]) -> Reworked:
    """The tensors under their new names, and what was done: wrappers first, then joins, then names.

    Args:
        rules: one rule file.
        only: patterns of names that joins and renames apply to; () is all.

    Raises:
        UsageError: a tensor cannot be cut or joined as a rule says.
    """
    done = Changes()
    if rules.prefixes:  # first, so that the patterns of joins and names need not know wrappers
        tensors, done = _unwrapped(tensors, rules)
    for concat in rules.concats:
        tensors, joined = _joined(tensors, concat, rules.name, only)
        done = done.plus(joined)
    if rules.renames:
        made = {key for key, _ in done.joined}
        tensors, renamed = _all_renamed(tensors, rules, only, made)
        done = done.plus(renamed)
    return tensors, done


def _all_renamed(tensors: Tensors, rules: RuleSet, only: Sequence[str], made: Set[str]) -> Reworked:
    """Rename what joins have not `made`; a name without a rule stays and is told."""
    result: Tensors = []
    unmatched, cuts, used = [], [], set()
    for tensor in tensors:
        if tensor.key in made:
            result.append(tensor)
            continue
        fitting = (one for one in rules.renames if one.old.fits(tensor.key))
        rule = next(fitting, None) if _concerned(tensor.key, only) else None
        if rule is None:
            unmatched.append(tensor.key)
            result.append(tensor)
            continue
        used.add(rule.old.text)
        for target in rule.targets:
            renamed, cut = _renamed(tensor, rule, target)
            result.append(renamed)
            cuts += cut
    unused = (one.old.text for one in rules.renames if one.old.text not in used)
    return result, Changes(
        cut=tuple(cuts),
        unused_rules=tuple((rules.name, text) for text in unused),
        unmatched=tuple(unmatched),
    )


def _concerned(key: str, only: Sequence[str]) -> bool:
    return not only or any(fnmatchcase(key, pattern) for pattern in only)


def _unwrapped(tensors: Tensors, rules: RuleSet) -> Reworked:
    wrapped = [one.key for one in tensors if chain_of(one.key, rules.prefixes)]
    if not wrapped:
        unused = tuple((rules.name, prefix) for prefix in rules.prefixes)
        return tensors, Changes(unused_rules=unused)
    chain = ''.join(shared_chain(wrapped, rules.prefixes))
    if not chain:  # generator.* beside discriminator.*: to take one of them off is a choice
        kinds = dict.fromkeys(chain_of(key, rules.prefixes)[0] for key in wrapped)
        what = phrase('several-prefixes', rules=rules.name, names=tuple(kinds))
        raise UsageError(what, advice=phrase('several-prefixes-do'))
    return strip_prefix(tensors, chain)


def _joined(tensors: Tensors, rule: ConcatRule, name: str, only: Sequence[str]) -> Reworked:
    """The joined tensor takes the place of its first part."""
    by_key = {one.key: one for one in tensors}
    replaced: Dict[str, Optional[PlannedTensor]] = {}
    made = []
    for key in by_key:
        parts = _parts(key, rule, by_key) if _concerned(key, only) else []
        if parts:
            joined = _join(rule.new.fill(rule.of[0].match(key) or ()), parts, rule.dim)
            replaced.update((part.key, None) for part in parts)
            replaced[key] = joined
            made.append((joined.key, len(parts)))
    result = filter(None, (replaced.get(one.key, one) for one in tensors))
    unused = () if made else ((name, rule.new.text),)
    return list(result), Changes(joined=tuple(made), unused_rules=unused)


def _parts(key: str, rule: ConcatRule, by_key: Dict[str, PlannedTensor]) -> Tensors:
    """Of a first part: all of them, in order; [] of any other name, or where one is missing."""
    values = rule.of[0].match(key)
    names = [part.fill(values) for part in rule.of] if values is not None else []
    return [by_key[one] for one in names] if all(one in by_key for one in names) else []


def _join(key: str, parts: Sequence[PlannedTensor], dim: int) -> PlannedTensor:
    first = parts[0]
    sizes = list(first.shape)
    for part in parts[1:]:
        other = list(part.shape)
        fits = len(other) == len(sizes) > dim and part.dtype == first.dtype
        if not fits or other[:dim] + other[dim + 1 :] != sizes[:dim] + sizes[dim + 1 :]:
            one, another = _described(first), _described(part)
            raise UsageError(phrase('join-impossible', one=one, other=another, dim=dim))
        sizes[dim] += other[dim]
    # A PlannedTensor is one row of views: a join of joins along another dim has no place in it.
    if any(len(part.parts) > 1 for part in parts):
        raise UsageError(phrase('join-again', key=key))
    views = tuple(part.parts[0] for part in parts)
    return PlannedTensor(key, tuple(sizes), first.dtype, views, dim)


def _described(tensor: PlannedTensor) -> str:
    return f'{tensor.key} {shape(tensor.shape)} {tensor.dtype}'


def _renamed(
    tensor: PlannedTensor, rule: RenameRule, target: Target
) -> Tuple[PlannedTensor, List[Tuple[str, str, int, int, int]]]:
    """The tensor under its new name, and its cut as in `Changes` where it has one."""
    values = rule.old.match(tensor.key)
    assert values is not None
    key, cut = target.name.fill(values), target.cut
    if cut is None:
        return tensor._replace(key=key), []
    bounds = cut.bounds(tensor.shape[cut.dim]) if cut.dim < len(tensor.shape) else None
    if bounds is None or len(tensor.parts) > 1:
        size, at = shape(tensor.shape), {'dim': str(cut.dim), 'start': str(cut.start)}
        code = 'slice-impossible' if cut.stop is not None else 'slice-impossible-end'
        facts = at if cut.stop is None else {**at, 'stop': str(cut.stop)}
        raise UsageError(phrase(code, key=tensor.key, shape=size, **facts))
    view = tensor.parts[0].narrowed(cut.dim, *bounds)
    made = PlannedTensor(key, view.shape, tensor.dtype, (view,))
    return made, [(key, tensor.key, cut.dim, *bounds)]


# Counters that a profiler leaves in a state dict.
#
# Source: pytorch-OpCounter thop/profile.py, `register_buffer('total_ops', ...)`, 'total_params'.

COUNTERS = ('total_ops', 'total_params')


def is_profiler_buffer(key: str) -> bool:
    """The last part of the name is one of thop's counters."""
    return key.rpartition('.')[2] in COUNTERS


# What the file alone makes obvious: its one table, its wrapper, its profiler buffers.

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
        rules = shipped(name)
        changed = any(rule.targets[0].name.text != rule.old.text for rule in rules.renames)
        if changed and all(map(rules.concerns, keys)):
            found.append(name)
    return tuple(found)
