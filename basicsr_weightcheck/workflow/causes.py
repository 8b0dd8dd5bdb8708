"""Find out why the file of a load does not fit its network, and try the options that would."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, Optional, Sequence, Tuple

from basicsr_weightcheck.advice.intention import reason_for_transfer
from basicsr_weightcheck.compare.key_causes import (
    are_derived_buffers,
    norm_forms,
    one_module,
    renumbered,
)
from basicsr_weightcheck.conversion.read_rules import shipped, shipped_names
from basicsr_weightcheck.identify.described import described_network
from basicsr_weightcheck.identify.guesses import SCALE_NAMES
from basicsr_weightcheck.identify.option_differences import differing_options
from basicsr_weightcheck.records.causes import Cause, OptionDifference
from basicsr_weightcheck.records.identities import Identity
from basicsr_weightcheck.records.names import cutter
from basicsr_weightcheck.records.outcomes import Difference
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.records.tensors import NetworkSpec
from basicsr_weightcheck.workflow.option_trial import Options, OptionTrial, Rebuild, fits

FEW = 0.1  # share of a network's keys that may be odd
ALIKE = 0.25  # share of the smaller side's names that both have
Shapes = Dict[str, Tuple[int, ...]]


def with_cause(
    load: LoadReport, plan: LoadPlan, rebuild: Optional[Rebuild], registered: Sequence[str] = ()
) -> LoadReport:
    """The load with why its file does not fit.

    Args:
        load: without a cause.
        plan: for option values and lines.
        rebuild: builds the networks of edited options, {} where that fails; None where nothing
            can be built: then a known class is described, as far as the description fits.
        registered: names of the classes that can be built.
    """
    difference = load.difference
    if difference is None or load.network is None or load.header is None or fits(difference):
        return load
    if not load.header.complete:
        return load  # what such a file claims is not in it
    table = load.header.tables[difference.table]
    expected = {spec.key: spec.shape for spec in load.network.tensors}
    cut = cutter(plan.framework.cuts_module, [spec.key for spec in table.tensors])
    found = {cut(spec.key): spec.shape for spec in table.tensors}
    cause = _key_cause(difference, load.network, expected, found)
    if cause.only_buffers:
        sizes = differing_options(expected, found)[2]
        cause = dataclasses.replace(cause, buffer_options=sizes)
    else:
        rebuild = rebuild or _described(load.step.network_option, plan, expected)
        trial = OptionTrial(load, plan, table, difference, rebuild)
        cause = _option_cause(cause, trial, (expected, found), load, plan, registered)
    return dataclasses.replace(load, cause=cause)


def _described(section: str, plan: LoadPlan, expected: Shapes) -> Rebuild:
    """Builds nothing, and tells what a network of a known class has with other options.

    Only where this network is told rightly: a class of one's own may have the name of a known one.
    """
    own = described_network(plan.options.get(section))
    if own is None or {spec.key: spec.shape for spec in own.tensors} != expected:
        return lambda data: {}

    def describe(data: Any) -> Dict[str, NetworkSpec]:
        network = described_network(data.get(section))
        return {} if network is None else {section: network}

    return describe


def _key_cause(
    difference: Difference, network: NetworkSpec, expected: Shapes, found: Shapes
) -> Cause:
    module, module_in_file = one_module(difference)
    return Cause(
        only_buffers=are_derived_buffers(difference, network),
        module=module,
        module_in_file=module_in_file,
        converted_by='' if module_in_file else _left_new(module, difference, list(found)),
        shifts=renumbered(expected, found),
        norm_form=norm_forms(difference),
    )


def _left_new(module: str, difference: Difference, keys: Sequence[str]) -> str:
    """Name of the shipped rules that make what stands beside a module, and leave it new."""
    if not module:
        return ''
    parents = {key.partition(f'{module}.')[0] for key in difference.missing}
    for rules in map(shipped, shipped_names()):
        new = [target.name for rule in rules.renames for target in rule.targets]
        made = [key for key in keys if any(name.fits(key) for name in new)]
        beside = all(any(key.startswith(parent) for key in made) for parent in parents)
        if beside and not rules.lossless:
            return rules.name
    return ''


def _option_cause(
    cause: Cause,
    trial: OptionTrial,
    sides: Tuple[Shapes, Shapes],
    load: LoadReport,
    plan: LoadPlan,
    registered: Sequence[str],
) -> Cause:
    """The cause with the options that explain the difference, or the class that the file is of."""
    expected, found = sides
    assert load.difference is not None
    theirs, ours, known = differing_options(expected, found)
    is_read = theirs is not None and _is_whole(theirs)
    prefix = theirs.prefix if theirs is not None else ''
    if cause.module_in_file and trial.fits_with_gpu():
        return dataclasses.replace(cause, needs_gpu=True)
    options = trial.confirmed(known, prefix) if known and is_read else ()
    if not options and _is_alike(load.difference, expected, found):
        options = trial.guessed(expected, found)
    if not options and not cause.shifts and not cause.norm_form:
        options = trial.sister(registered)
    if options:
        cause = dataclasses.replace(cause, prefix=prefix)
        return _with_options(cause, options, trial, load, plan)
    if cause.shifts or cause.norm_form:
        return cause
    if theirs is not None and is_read and not _same_class(theirs, ours):
        # A network of one's own may hold a known one: then most of the file is taken.
        if ours is not None or 2 * len(load.difference.matched) < len(found):
            return dataclasses.replace(cause, file_network=theirs)
    return cause


def _is_whole(identity: Identity) -> bool:
    """Whether the file is such a network but for a few keys: a torso tells no number of blocks."""
    odd = len(identity.lacks) + len(identity.extra) + len(identity.resized)
    return odd <= FEW * identity.key_count


def _is_alike(difference: Difference, expected: Shapes, found: Shapes) -> bool:
    """Whether the names say that both are of one class: then options may be guessed."""
    renamed = any(rule.matched > len(difference.matched) for rule in difference.renames)
    shared = len(set(expected) & set(found))
    return not renamed and shared >= ALIKE * min(len(expected), len(found))


def _same_class(theirs: Identity, ours: Optional[Identity]) -> bool:
    return ours is not None and ours.network_type == theirs.network_type


def _with_options(
    cause: Cause, options: Options, trial: OptionTrial, load: LoadReport, plan: LoadPlan
) -> Cause:
    fraction, exact = trial.result(options)
    draft = dataclasses.replace(
        cause,
        options=tuple(_as_written(option, load, plan) for option in options),
        edits=trial.edits(options),
        fraction=fraction,
        exact=exact,
        scale_only=all(option.name in SCALE_NAMES for option in options),
    )
    return dataclasses.replace(draft, transfer=reason_for_transfer(load, draft, plan))


def _as_written(option: OptionDifference, load: LoadReport, plan: LoadPlan) -> OptionDifference:
    """The option with the value that the YAML writes, which the shapes may leave open."""
    dotted = f'{load.step.network_option}.{option.name}'
    if not plan.options.has(dotted):
        return dataclasses.replace(option, is_default=True)
    value = plan.options.get(dotted)
    return dataclasses.replace(option, expected=tuple(value) if isinstance(value, list) else value)
