"""Options as evidence: edits of those that no loader reads, and whether a difference is meant."""

from __future__ import annotations

import dataclasses
import re
from typing import Any, Dict, Iterator, Tuple

from basicsr_weightcheck.dialects.find import dialect_of
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import Cause, ComparedLoad, OptionDifference


def edit_of(option: str, after: Any, plan: LoadPlan) -> OptionEdit:
    """The edit that writes a value to an option, wherever it stands today."""
    return OptionEdit(option, plan.options.lines.get(option, 0), plan.options.get(option), after)


def with_cures(edits: Tuple[OptionEdit, ...], plan: LoadPlan) -> Tuple[OptionEdit, ...]:
    """The edits, and those that make unread options count, in file order.

    Where another edit writes a value to the same place, that value is written.
    """
    by_target: Dict[str, OptionEdit] = {edit.target: edit for edit in edits}
    for cure in _cures(plan):
        written = by_target.get(cure.target, cure).after
        by_target[cure.target] = dataclasses.replace(cure, after=written)
    touched = {edit.option for edit in by_target.values()} | set(by_target)
    # Those that no edit renames or moves are of no use: they only end the training.
    for option in _fatal(plan):
        if option not in touched:
            by_target[option] = dataclasses.replace(edit_of(option, None, plan), removed=True)
    return tuple(sorted(by_target.values(), key=lambda edit: (edit.line or 10**9, edit.option)))


def _cures(plan: LoadPlan) -> Iterator[OptionEdit]:
    """Each writes another option; of two that would write the same one, the first."""
    taken = set()
    for option, target in _targets(plan):
        if target and target not in taken and not plan.options.has(target):
            taken.add(target)
            kept = edit_of(option, plan.options.get(option), plan)
            yield dataclasses.replace(kept, becomes=target)


def _targets(plan: LoadPlan) -> Iterator[Tuple[str, str]]:
    """(option that no loader reads, the one that is read instead; '' where there is none)."""
    for option in plan.misplaced_options:
        yield option, 'path.' + option.split('.')[-1]
    for option, name, sure in plan.unknown_options:
        if sure and plan.options.sets(option):
            yield option, f'path.{name}'
    fatal = set(_fatal(plan))
    for option in plan.ignored_key_options:
        # An empty one ends the training under the name that is read, too.
        if option not in fatal or plan.options.sets(option):
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


# Whether a file that was made with other options is meant to be loaded all the same.

STRICT_FALSE, NAMES, LOADER = 'strict-false', 'names', 'loader'
HEAD = re.compile(r'(^|\.)\w*up\w*\.')  # 'upsample.2.weight', 'upconv1.bias'


def reason_for_transfer(load: ComparedLoad, cause: Cause, plan: LoadPlan) -> str:
    """'loader', 'strict-false', 'names' or '' as in `Cause.transfer`.

    A loader that fills a tensor of another size in part was written for that difference.

    A YAML that loads without strict and takes most of the file says so itself. For another scale
    of the upsampling head the names may say it: HAT ships train_HAT_SRx4_finetune_from_SRx2.yml
    with strict_load_g true, which stops. A network of another scale than the training's is never
    meant.

    Source: XPixelGroup/HAT options/train (1638a9a).
    """
    (option, *_) = cause.options
    if load.configured.loads and load.configured.partial:
        return LOADER
    if cause.scale_only and plan.options.get('scale') == option.found:
        return ''  # the training is for the scale of the file: the network's is the slip
    if not load.step.strict_effective and load.gives(plan.min_loaded):
        return STRICT_FALSE
    return NAMES if cause.scale_only and _names_say_so(load, option, plan) else ''


def _names_say_so(load: ComparedLoad, option: OptionDifference, plan: LoadPlan) -> bool:
    """File or training are called after the scale of the file, and nothing but the head differs."""
    difference = load.difference
    trains_for = plan.options.get('scale', option.expected)
    if difference.coverage.least < plan.min_loaded or trains_for != option.expected:
        return False
    if not all(map(HEAD.search, difference.keys)):
        return False
    path = '/'.join(load.step.load_path.replace('\\', '/').split('/')[-3:])
    return _names_scale(path, option.found) or _names_scale(plan.name, option.found)


def _names_scale(text: str, scale: object) -> bool:
    return bool(re.search(rf'x{scale}(?!\d)|(?<!\d){scale}x', text, re.IGNORECASE))
