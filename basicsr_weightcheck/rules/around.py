"""Rules about what happens around the load: folders, resume, the import of the framework."""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, rule


@rule('WC501', 'archived-before-load', ERROR, TRAINING)
def archived_before_load(case: Case) -> Iterator[Found]:
    """The weights lie in the folder that the training renames before it loads.

    Source: basicsr 1.4.2 train.py `make_exp_dirs` runs before `build_model`;
    utils/misc.py `mkdir_and_rename`.
    """
    plan = case.report.plan
    for option in plan.archived_options:
        yield Found(
            option, folder=plan.archived_folder, load_path=str(plan.options.get(option, ''))
        )


@rule('WC502', 'stray-path-option', WARNING, TRAINING)
def stray_path_option(case: Case) -> Iterator[Found]:
    """os.makedirs is called on every option below `path:` that is not exempt.

    Why it matters: `param_key: ~` crashes there in Restormer and NAFNet, before any load.
    Source: basicsr 1.4.2 utils/misc.py `make_exp_dirs`; older copies lack the exemption.
    """
    for effect in case.report.plan.path_effects:
        fatal = effect.effect != 'makes-directory'
        yield Found(
            effect.option,
            ERROR if fatal else '',
            option=effect.option,
            value=effect.value,
            effect=f'label:{effect.effect}',
        )


@rule('WC503', 'resume-replaces-pretrain', WARNING, TRAINING)
def resume_replaces_pretrain(case: Case) -> Iterator[Found]:
    """A resume loads other weights than those that the YAML names.

    Source: basicsr 1.4.2 utils/misc.py `check_resume`; Restormer's and NAFNet's train.py resume
    whatever lies in experiments/<name>/training_states.
    """
    resume = case.report.plan.resume
    for option, configured, used in resume.replaced if resume is not None else ():
        assert resume is not None
        yield Found(option, state=resume.state_path, configured=configured, used=used)


@rule('WC504', 'import-repaired', WARNING, TRAINING)
def import_repaired(case: Case) -> Iterator[Found]:
    """The framework could be imported only after a repair.

    Why it matters: torchvision 0.17 removed `functional_tensor`, which basicsr 1.4.2 imports.
    """
    rehearsal = case.report.rehearsal
    if rehearsal is not None and rehearsal.import_repairs:
        yield Found(repairs=rehearsal.import_repairs)


@rule('WC505', 'framework-not-importable', ERROR, TRAINING)
def framework_not_importable(case: Case) -> Iterator[Found]:
    """No framework was found, or its import fails."""
    rehearsal = case.report.rehearsal
    if rehearsal is not None and rehearsal.failure == 'import':
        yield Found(
            error=rehearsal.failure_error or 'ImportError',
            reason=rehearsal.failure_message.split('\n')[0][:300],
        )


@rule('WC511', 'constructor-stopped', WARNING, TRAINING)
def constructor_stopped(case: Case) -> Iterator[Found]:
    """The model's constructor raised an error before it reached its optimizers.

    Why it matters: the training probably stops at the same place, unless it is a thing that only a
    check lacks (a GPU, data); loads that were not reached were made by hand, as planned.
    Source: the rehearsal itself.
    """
    rehearsal = case.report.rehearsal
    if rehearsal is not None and not rehearsal.failure and rehearsal.failure_error:
        reason = rehearsal.failure_message.split('\n')[0][:300]
        yield Found(error=rehearsal.failure_error, reason=reason)


@rule('WC506', 'shadowed-framework', WARNING, TRAINING)
def shadowed_framework(case: Case) -> Iterator[Found]:
    """A vendored basicsr lies beside an installed one.

    Source: Python's import system; a folder without __init__.py loses against an installed package.
    """
    framework = case.report.plan.framework
    if framework is not None and framework.shadowed_origin:
        yield Found(origin=framework.origin, shadowed=framework.shadowed_origin)
