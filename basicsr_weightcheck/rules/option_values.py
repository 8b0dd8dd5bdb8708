"""Rules about values of the YAML that are not what they look like."""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, rule

NONE_TEXTS = ('none', 'null', '~', '')


@rule('WC401', 'strict-not-bool', ERROR)
def strict_not_bool(load: LoadReport, case: Case) -> Iterator[Found]:
    """strict_load is a text, a number or blank.

    Why it matters: the text 'false' counts as true, a blank value as false; torch asks only for
    the truth of what it is given.
    Source: torch/nn/modules/module.py `load_state_dict`, `if strict:`.
    """
    step = load.step
    if step.strict_written and step.strict_option and not isinstance(step.strict_configured, bool):
        text = isinstance(step.strict_configured, str)
        yield Found(
            step.strict_option,
            ERROR if text else WARNING,
            option=step.strict_option,
            value=repr(step.strict_configured) if text else str(step.strict_configured),
            effective=step.strict_effective,
        )


@rule('WC403', 'text-none', ERROR)
def text_none(load: LoadReport, case: Case) -> Iterator[Found]:
    """param_key is the text 'None' instead of an empty value.

    Source: YAML 1.1: only ~, null and nothing are empty; None is a text.
    """
    key = load.step.key_configured
    if load.step.key_written and isinstance(key, str) and key.lower() in NONE_TEXTS:
        yield Found(load.step.key_option, option=load.step.key_option, value=repr(key))


@rule('WC411', 'strict-could-be-true', INFO)
def strict_could_be_true(load: LoadReport, case: Case) -> Iterator[Found]:
    """strict_load is false and everything matches."""
    strict = load.strict_true
    if load.step.strict_configured is False and strict is not None and strict.loads:
        if load.step.strict_option:
            yield Found(load.step.strict_option, option=load.step.strict_option)


@rule('WC404', 'option-never-read', WARNING, TRAINING)
def option_never_read(case: Case) -> Iterator[Found]:
    """param_key where the framework reads param_key_g, or the other way round.

    Source: basicsr 1.4.2 reads param_key_g; Restormer and NAFNet read param_key.
    """
    framework = case.report.plan.framework
    suffix = framework is None or framework.key_option_has_suffix
    for option in case.report.plan.ignored_key_options:
        yield Found(option, option=option, read='param_key_g' if suffix else 'param_key')


@rule('WC405', 'unknown-path-option', WARNING, TRAINING)
def unknown_path_option(case: Case) -> Iterator[Found]:
    """An option below `path:` looks like a known one, misspelt.

    Why it matters: `strict_loadg: false` is never read, and strict loading stays on.
    """
    for option, nearest in case.report.plan.unknown_options:
        if nearest:
            yield Found(option, option=option, nearest=nearest)


@rule('WC406', 'duplicate-option', WARNING, TRAINING)
def duplicate_option(case: Case) -> Iterator[Found]:
    """The same option is written twice; YAML loaders silently take the later one."""
    for option, first, later in case.report.plan.options.duplicates:
        yield Found(option, option=option, first=str(first), later=str(later))


@rule('WC407', 'misplaced-option', WARNING, TRAINING)
def misplaced_option(case: Case) -> Iterator[Found]:
    """A load option stands outside `path:`, often after a lost indentation."""
    for option in case.report.plan.misplaced_options:
        yield Found(option, option=option)


@rule('WC509', 'nothing-to-load', INFO, TRAINING)
def nothing_to_load(case: Case) -> Iterator[Found]:
    """No weights are named."""
    if not case.report.plan.steps and not case.report.loads:
        yield Found('path.pretrain_network_g')


@rule('WC512', 'weights-outside-path', INFO, TRAINING)
def weights_outside_path(case: Case) -> Iterator[Found]:
    """A network or loss loads weights of its own (spynet_path, for example)."""
    for option, value in case.report.plan.other_weight_paths:
        yield Found(option, option=option, value=value)
