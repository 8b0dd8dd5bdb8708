"""Apply prefixes and rules to the names of a table, and say what became of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Dict, List, Optional, Sequence, Set, Tuple

from basicsr_weightcheck.conversion.rule_set import ConcatRule, RenameRule, RuleSet, Target
from basicsr_weightcheck.conversion.wrappers import chain_of, shared_chain
from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.numbers import shape
from basicsr_weightcheck.records.conversions import PlannedTensor

Tensors = List[PlannedTensor]


@dataclass
class Applied:
    """What was done so far, as in `Changes`; grows from step to step."""

    dropped: List[Tuple[str, str]] = field(default_factory=list)
    cut: List[Tuple[str, str, int, int, int]] = field(default_factory=list)
    joined: List[Tuple[str, int]] = field(default_factory=list)
    unused_rules: List[Tuple[str, str]] = field(default_factory=list)
    unmatched: List[str] = field(default_factory=list)


def strip_prefix(tensors: Tensors, prefix: str, applied: Applied) -> Tensors:
    """Those that carry the prefix, without it; the others are dropped."""
    kept = []
    for tensor in tensors:
        if tensor.key.startswith(prefix) and len(tensor.key) > len(prefix):
            kept.append(tensor._replace(key=tensor.key[len(prefix) :]))
        else:
            applied.dropped.append((tensor.key, 'prefix'))
    return kept


def apply_rules(tensors: Tensors, rules: RuleSet, only: Sequence[str], applied: Applied) -> Tensors:
    """The tensors under their new names: wrappers first, then joins, then renames.

    Args:
        tensors: of one table.
        rules: one rule file.
        only: patterns of names that joins and renames apply to; () is all.
        applied: is told what was done.

    Raises:
        UsageError: a tensor cannot be cut or joined as a rule says.
    """
    if rules.prefixes:
        tensors = _unwrapped(tensors, rules, applied)
    used: Set[str] = set()
    joined_keys: Set[str] = set()
    for concat in rules.concats:
        tensors = _joined(tensors, concat, only, joined_keys, applied)
    result: Tensors = []
    for tensor in tensors:
        rule = None
        if tensor.key not in joined_keys and _concerned(tensor.key, only):
            rule = next((one for one in rules.renames if one.old.fits(tensor.key)), None)
        if rule is not None:
            used.add(rule.old.text)
            result += [_renamed(tensor, rule, target, applied) for target in rule.targets]
            continue
        result.append(tensor)
        if rules.renames and tensor.key not in joined_keys:
            applied.unmatched.append(tensor.key)
    for rename in rules.renames:
        if rename.old.text not in used:
            applied.unused_rules.append((rules.name, rename.old.text))
    return result


def _concerned(key: str, only: Sequence[str]) -> bool:
    return not only or any(fnmatchcase(key, pattern) for pattern in only)


def _unwrapped(tensors: Tensors, rules: RuleSet, applied: Applied) -> Tensors:
    wrapped = [one.key for one in tensors if chain_of(one.key, rules.prefixes)]
    if not wrapped:
        applied.unused_rules += [(rules.name, prefix) for prefix in rules.prefixes]
        return tensors
    chain = ''.join(shared_chain(wrapped, rules.prefixes))
    if not chain:
        kinds = dict.fromkeys(chain_of(key, rules.prefixes)[0] for key in wrapped)
        raise UsageError(
            f'rules {rules.name}: the names begin with {", ".join(kinds)}.',
            advice='Choose one with --strip-prefix.',
        )
    return strip_prefix(tensors, chain, applied)


def _joined(
    tensors: Tensors, rule: ConcatRule, only: Sequence[str], made: Set[str], applied: Applied
) -> Tensors:
    by_key: Dict[str, PlannedTensor] = {one.key: one for one in tensors}
    replaced: Dict[str, Optional[PlannedTensor]] = {}
    for key in by_key:
        values = rule.of[0].match(key) if _concerned(key, only) else None
        if values is None:
            continue
        parts = [by_key.get(part.fill(values)) for part in rule.of]
        found = [part for part in parts if part is not None]
        if len(found) < len(parts):
            continue
        joined = _join(rule.new.fill(values), found, rule.dim)
        replaced.update({part.key: None for part in found})
        replaced[key] = joined
        made.add(joined.key)
        applied.joined.append((joined.key, len(found)))
    if not replaced:
        applied.unused_rules.append(('concat', rule.new.text))
    result = [replaced.get(one.key, one) for one in tensors]
    return [one for one in result if one is not None]


def _join(key: str, parts: Sequence[PlannedTensor], dim: int) -> PlannedTensor:
    first = parts[0]
    sizes = list(first.shape)
    for part in parts[1:]:
        other = list(part.shape)
        fits = len(other) == len(sizes) > dim and part.dtype == first.dtype
        if not fits or other[:dim] + other[dim + 1 :] != sizes[:dim] + sizes[dim + 1 :]:
            raise UsageError(
                f'{first.key} {shape(first.shape)} {first.dtype} and {part.key} '
                f'{shape(part.shape)} {part.dtype} cannot be joined along dim {dim}.'
            )
        sizes[dim] += other[dim]
    if any(len(part.parts) > 1 for part in parts):
        raise UsageError(f'{key}: what was joined cannot be joined again.')
    views = tuple(part.parts[0] for part in parts)
    return PlannedTensor(key, tuple(sizes), first.dtype, views, dim)


def _renamed(
    tensor: PlannedTensor, rule: RenameRule, target: Target, applied: Applied
) -> PlannedTensor:
    values = rule.old.match(tensor.key)
    assert values is not None
    key = target.name.fill(values)
    cut = target.cut
    if cut is None:
        return tensor._replace(key=key)
    bounds = cut.bounds(tensor.shape[cut.dim]) if cut.dim < len(tensor.shape) else None
    if bounds is None or len(tensor.parts) > 1:
        stop = 'end' if cut.stop is None else cut.stop
        raise UsageError(
            f'{tensor.key} {shape(tensor.shape)} cannot be cut along dim {cut.dim} from '
            f'{cut.start} to {stop}.'
        )
    view = tensor.parts[0].narrowed(cut.dim, *bounds)
    applied.cut.append((key, tensor.key, cut.dim, *bounds))
    return PlannedTensor(key, view.shape, tensor.dtype, (view,))
