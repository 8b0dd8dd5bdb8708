"""What a training does before its first load: options that never reach the model, folders.

No load is ever seen of it, so nothing else in the hook would say so.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import sys
from typing import Any, Callable, Dict, Iterator, Tuple

from basicsr_weightcheck.dialects.dialect import Start
from basicsr_weightcheck.errors import CheckpointError, TrainingStopped
from basicsr_weightcheck.hook import deliver, install, ranks, situation
from basicsr_weightcheck.messages.lookup import error_line, language, phrase, spoken
from basicsr_weightcheck.plan.weight_paths import is_address
from basicsr_weightcheck.records.findings import ERROR, Finding
from basicsr_weightcheck.records.plans import NO_RESUME, STOP, OptionFile
from basicsr_weightcheck.rules.catalog import find_rule, message, what_to_do
from basicsr_weightcheck.workflow.checking.refuse import refuse_missing


def made(
    wrapped: Callable[..., Any], model: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]
) -> Any:
    """Stand in for the constructor of the class that all models of a framework are made from.

    Every process of a training looks by itself, and the first one says what it saw.

    Raises:
        TrainingStopped: weights are named that the training does not load, and the policy is so.
    """
    result = wrapped(*args, **kwargs)
    text = ''
    with deliver.failures_told('hook-do-check'):
        text = ' '.join(_said(finding) for finding in _unheard(model, wrapped.__module__))
        if text:
            install.watched += 1  # something was checked: no word at the end that nothing was
        if text and situation.policy_of(model).on_error != STOP:
            if ranks.rank() == 0:
                deliver.tell('hook-goes-on', logging.WARNING, text=text)
            text = ''
    if text:
        raise TrainingStopped(deliver.words('hook-stops', text=text) if ranks.rank() == 0 else 1)
    return result


def _unheard(model: Any, module: str) -> Iterator[Finding]:
    """Errors that the dialect knows of options whose written value is not the model's."""
    around = situation.Situation.of(situation.options_of(model), module)
    file, live = around.file, OptionFile('', '', around.options)
    script = os.path.abspath(sys.argv[0])
    start = Start(file, around.framework, os.getcwd(), script=script)
    for fact in around.dialect.facts(start, NO_RESUME):
        rule = find_rule(fact.rule)
        # Warnings are for the check: the log of a training has the errors, and what each load says.
        if rule is None or rule.severity != ERROR or not fact.option:
            continue
        if file.get(fact.option) != live.get(fact.option):
            line = file.lines.get(fact.option, 0)
            yield Finding(rule.code, rule.name, ERROR, fact.words, '', fact.option, line)


def _said(finding: Finding) -> str:
    lang = language(None)
    return f'{finding.code} {message(finding, lang)} {what_to_do(finding, lang)}'


# Before a training makes its folders: one whose weights are not there stops first.
#
# BasicSR renames the folder of an earlier run of the same name, and only then looks for the
# weights.

_looks = 0  # so far, the same number in every process


def looked_at(
    wrapped: Callable[..., Any], _: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]
) -> Any:
    """Stand in for make_exp_dirs, which is handed the training's options, as `opt` or first.

    Every process of a training looks by itself; where the first one misses nothing, the others
    say what they miss.

    Raises:
        TrainingStopped: a file that the training loads is not there, and the policy is to stop.
    """
    global _looks
    _looks += 1
    options: Any = args[0] if args else kwargs.get('opt')
    missing = first = ''
    with deliver.failures_told('hook-do-folders'):
        missing = _missing(dict(options), wrapped.__module__)
        if missing and situation.read_policy(options)[0].on_error != STOP:
            deliver.log(missing, logging.WARNING)
            missing = ''
    with deliver.failures_told('hook-do-hear'):
        first = ranks.broadcast(f'folders {_looks}', missing)
    if missing or first:
        install.watched += 1  # something was checked: no word at the end that nothing was
        lang = language(None)
        text = spoken(phrase('stops-before-folders', reason=missing), lang)
        raise TrainingStopped(text if ranks.rank() == 0 or not first else 1)
    return wrapped(*args, **kwargs)


def _missing(options: Dict[str, Any], module: str) -> str:
    """What is wrong with the first path that leads to no file, '' where all do."""
    around = situation.Situation.of(options, module)
    file = dataclasses.replace(around.file, data=options)
    dialect, trains = around.dialect, bool(options.get('is_train', True))
    steps = dialect.steps(file, around.framework, dialect.ema_decay(file), trains)
    plan = around._replace(file=file).plan(steps)  # a resume makes no folders
    for step in plan.steps:
        if is_address(step.load_path):
            continue  # some forks download
        try:
            refuse_missing(step, plan)
        except CheckpointError as error:
            return error_line(error, language(None))
    return ''
