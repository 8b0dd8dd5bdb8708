"""Before a training makes its folders: one whose weights are not there stops first.

BasicSR renames the folder of an earlier run of the same name, and only then looks for the weights.
"""

from __future__ import annotations

import dataclasses
import logging
from typing import Any, Callable, Dict, Tuple

from basicsr_weightcheck.errors import CheckpointError, TrainingStopped
from basicsr_weightcheck.hook import deliver, guard, ranks, situation
from basicsr_weightcheck.messages.lookup import error_line, language, phrase, spoken
from basicsr_weightcheck.plan.weight_paths import is_address
from basicsr_weightcheck.records.plans import STOP
from basicsr_weightcheck.workflow.refuse_missing import refuse_missing

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
        guard.watched += 1  # something was checked: no word at the end that nothing was
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
