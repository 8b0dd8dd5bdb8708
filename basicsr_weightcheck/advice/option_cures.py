"""Edits for options that no loader reads: rename, move or remove them."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, Iterator, Tuple

from basicsr_weightcheck.dialects.table import dialect_of
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.plans import LoadPlan


def with_cures(edits: Tuple[OptionEdit, ...], plan: LoadPlan) -> Tuple[OptionEdit, ...]:
    """The edits, and those that make unread options count, in file order.

    Where another edit writes a value to the same place, that value is written.
    """
    by_target: Dict[str, OptionEdit] = {edit.target: edit for edit in edits}
    for cure in _cures(plan):
        wanted = by_target.get(cure.target)
        if wanted is not None:
            cure = dataclasses.replace(cure, after=wanted.after)
        by_target[cure.target] = cure
    touched = {edit.option for edit in by_target.values()} | set(by_target)
    # Those that no edit renames or moves are of no use: they only end the training.
    for option in _fatal(plan):
        if option not in touched:
            line = plan.options.lines[option]
            by_target[option] = OptionEdit(option, line, plan.options.get(option), None, '', True)
    return tuple(sorted(by_target.values(), key=lambda edit: (edit.line or 10**9, edit.option)))


def _cures(plan: LoadPlan) -> Iterator[OptionEdit]:
    """Each writes another option; of two that would write the same one, the first."""
    taken = set()
    for option, target in _targets(plan):
        if target and target not in taken and not plan.options.has(target):
            taken.add(target)
            value: Any = plan.options.get(option)
            yield OptionEdit(option, plan.options.lines.get(option, 0), value, value, target)


def _targets(plan: LoadPlan) -> Iterator[Tuple[str, str]]:
    """(option that no loader reads, the one that is read instead; '' where there is none)."""
    for option in plan.misplaced_options:
        yield option, 'path.' + option.split('.')[-1]
    for option, name, sure in plan.unknown_options:
        if sure and plan.options.get(option) is not None:
            yield option, f'path.{name}'
    fatal = set(_fatal(plan))
    for option in plan.ignored_key_options:
        # An empty one ends the training under the name that is read, too.
        if option not in fatal or plan.options.get(option) is not None:
            yield option, _key_option(option, plan)


def _fatal(plan: LoadPlan) -> Iterator[str]:
    """Options of the YAML below `path:` that stop the training before its loads, for nothing."""
    for effect in plan.path_effects:
        if effect.is_fatal and not effect.is_read and plan.options.lines.get(effect.option):
            yield effect.option


def _key_option(option: str, plan: LoadPlan) -> str:
    """What this framework reads instead, '' where it has no such option (param_key_d)."""
    name = dialect_of(plan.framework).key_option(plan.framework, 'g')
    has_suffix = name.endswith('_g')
    return f'path.{name}' if has_suffix or option.endswith('_g') else ''
