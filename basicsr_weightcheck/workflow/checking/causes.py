"""Find out why the file of a load does not fit its network, and try the options that would."""

from __future__ import annotations

import dataclasses
import functools
from typing import List, Optional, Sequence

from basicsr_weightcheck.advice.option_cures import LOADER, reason_for_transfer
from basicsr_weightcheck.compare.key_causes import (
    are_derived_buffers,
    norm_forms,
    one_module,
    renumbered,
)
from basicsr_weightcheck.conversion.rename_rules import RuleSet, shipped, shipped_names
from basicsr_weightcheck.identify.described import described, differing_options
from basicsr_weightcheck.identify.guesses import SCALE_NAMES
from basicsr_weightcheck.records.comparisons import UNKNOWN, Identity
from basicsr_weightcheck.records.names import Shapes, cutter
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import (
    Cause,
    CheckReport,
    ComparedLoad,
    LoadReport,
    OptionDifference,
)
from basicsr_weightcheck.records.tensors import Difference, NetworkSpec
from basicsr_weightcheck.rehearsal.stage import Rebuild
from basicsr_weightcheck.workflow.checking.option_trial import Options, OptionTrial

FEW = 0.1  # share of a network's keys that may be odd
ALIKE = 0.25  # share of the smaller side's names that both have


def with_causes(report: CheckReport, rebuild: Optional[Rebuild]) -> CheckReport:
    """The report with why files do not fit; without `rebuild` known classes are described."""
    registered, plan = report.rehearsal.registered, report.plan
    loads = tuple(_with_cause(load, plan, rebuild, registered) for load in report.loads)
    return dataclasses.replace(report, loads=tuple(_as_meant(load, report) for load in loads))


def _as_meant(load: LoadReport, report: CheckReport) -> LoadReport:
    if load.cause is None or not load.cause.options or not report.is_meant_in_part(load):
        return load
    return dataclasses.replace(load, cause=dataclasses.replace(load.cause, transfer=LOADER))


def _with_cause(
    load: LoadReport, plan: LoadPlan, rebuild: Optional[Rebuild], registered: Sequence[str]
) -> LoadReport:
    if not isinstance(load, ComparedLoad) or load.difference.exact or not load.header.complete:
        return load  # what a file that is cut claims is not in it
    table = load.header.tables[load.difference.table]
    cut = cutter(plan.framework.cuts_module, list(table.shapes))
    found = {cut(key): shape for key, shape in table.shapes.items()}
    cause = _key_cause(load.difference, load.network, found)
    trial = OptionTrial(load, plan, rebuild or _described(load, plan))
    if cause.only_buffers:
        sizes = differing_options(load.network.shapes, found)[2]
        cause = dataclasses.replace(cause, buffer_options=sizes)
    elif cause.module_in_file and trial.fits_with_gpu():
        cause = dataclasses.replace(cause, needs_gpu=True)
    else:
        cause = _option_cause(cause, trial, found, registered)
    return dataclasses.replace(load, cause=cause)


def _described(load: ComparedLoad, plan: LoadPlan) -> Rebuild:
    """Builds nothing, and tells what a network of a known class has with other options.

    Only where this network is told rightly: a class of one's own may have the name of a known one.
    """
    describe = functools.partial(described, load.step.network_option)
    told = [one.shapes for one in describe(plan.options.data).values()]
    return describe if load.network.shapes in told else lambda data: {}


def _key_cause(difference: Difference, network: NetworkSpec, found: Shapes) -> Cause:
    module, module_in_file = one_module(difference)
    return Cause(
        only_buffers=are_derived_buffers(difference, network),
        module=module,
        module_in_file=module_in_file,
        converted_by='' if module_in_file else _left_new(module, difference, list(found)),
        shifts=renumbered(network.shapes, found),
        norm_form=norm_forms(difference),
    )


def _left_new(module: str, difference: Difference, keys: Sequence[str]) -> str:
    """Name of the shipped rules that make what stands beside a module, and leave it new."""
    if not module:
        return ''
    parents = {key.partition(f'{module}.')[0] for key in difference.missing}
    for rules in map(shipped, shipped_names()):
        made = _made_by(rules, keys)
        beside = all(any(key.startswith(parent) for key in made) for parent in parents)
        if beside and not rules.lossless:
            return rules.name
    return ''


def _made_by(rules: RuleSet, keys: Sequence[str]) -> List[str]:
    """Those of the keys that have a name which the rules give."""
    names = [target.name for rule in rules.renames for target in rule.targets]
    return [key for key in keys if any(name.fits(key) for name in names)]


def _option_cause(
    cause: Cause, trial: OptionTrial, found: Shapes, registered: Sequence[str]
) -> Cause:
    """The cause with the options that explain the difference, or the class that the file is of."""
    theirs, ours, known = differing_options(trial.load.network.shapes, found)
    names_explain = bool(cause.shifts or cause.norm_form)
    whole = _is_whole(theirs)
    options = trial.confirmed(known, theirs.prefix) if known and whole else ()
    options = options or _guessed(trial, found, () if names_explain else registered)
    if options:
        return _with_options(dataclasses.replace(cause, prefix=theirs.prefix), options, trial)
    if whole and not names_explain and _is_other(theirs, ours, trial.load.difference, found):
        return dataclasses.replace(cause, file_network=theirs)
    return cause


def _guessed(trial: OptionTrial, found: Shapes, registered: Sequence[str]) -> Options:
    """What the shapes do not tell, by trying: options of the same class, then classes like it."""
    options: Options = ()
    if _is_alike(trial.load.difference, trial.load.network.shapes, found):
        options = trial.guessed(found)
    return options or trial.sister(registered)


def _is_whole(identity: Identity) -> bool:
    """Whether the file is such a network but for a few keys: a torso tells no number of blocks."""
    odd = len(identity.lacks) + len(identity.extra) + len(identity.resized)
    return odd <= FEW * identity.key_count


def _is_alike(difference: Difference, expected: Shapes, found: Shapes) -> bool:
    """Whether the names say that both are of one class: then options may be guessed."""
    renamed = any(rule.matched > len(difference.matched) for rule in difference.renames)
    shared = len(set(expected) & set(found))
    return not renamed and shared >= ALIKE * min(len(expected), len(found))


def _is_other(theirs: Identity, ours: Identity, difference: Difference, found: Shapes) -> bool:
    """Whether the file is of another class than the network.

    A network of one's own may hold a known one: then most of the file is taken.
    """
    if ours == UNKNOWN:
        return 2 * len(difference.matched) < len(found)
    return ours.network_type != theirs.network_type


def _with_options(cause: Cause, options: Options, trial: OptionTrial) -> Cause:
    load, plan = trial.load, trial.plan
    built = trial.built(options)
    draft = dataclasses.replace(
        cause,
        options=tuple(_as_written(option, load, plan) for option in options),
        edits=trial.edits(options),
        fraction=built.fraction,
        exact=built.exact,
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
