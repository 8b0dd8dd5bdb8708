"""An option below path: names weights, and the model's constructor has loaded nothing from them.

Why it matters: the network starts random, and the training says nothing about it: the load is
commented out, stands behind a condition, or the class reads an option of another name.
Evidence: https://github.com/cszn/KAIR/issues/166.
False alarms: a model that loads later, after its first iteration. Only a warning where the model
does not build the network of the option, as with a YAML taken over from a GAN training.
What to do: load it in the class that the finding names, train with a class that does, or take the
option out.
Source: basicsr_weightcheck/rehearsal/play.py `play` runs the constructor to its end.
"""

from __future__ import annotations

import os
from typing import Iterator, Set

from basicsr_weightcheck.dialects.table import dialect_of
from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import Rehearsal
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule

PREFIX = 'path.pretrain_'


def look(case: Case) -> Iterator[Found]:
    plan, rehearsal = case.report.plan, case.report.rehearsal
    if rehearsal is None or rehearsal.failure or not rehearsal.runs_to_end:
        return  # what it would have read behind its stop is not known
    loaded = _loaded(rehearsal)
    replaced = {one[0] for one in plan.resume.replaced} if plan.resume is not None else set()
    meant = {option for option, nearest, _ in plan.unknown_options if nearest}
    for option, path in dialect_of(plan.framework).weight_options(plan.options).items():
        if option in loaded or os.path.expanduser(path) in loaded or option in replaced | meant:
            continue
        section = option.replace(PREFIX, '', 1)
        idle = plan.options.has(section) and section not in dict(rehearsal.networks)
        was_read = option.split('.')[-1] in rehearsal.options_read
        yield Found(
            option,
            WARNING if idle else '',
            option=option,
            path=path,
            model=rehearsal.model.split('.')[-1],
            file=rehearsal.model_file,
            how='label:option-looked-up' if was_read else 'label:option-not-looked-up',
        )


def _loaded(rehearsal: Rehearsal) -> Set[str]:
    """Options that a load was made for, and files of which something was loaded for none of them.

    Of a file that two options name, one of them may be read alone.
    """
    steps = [load.step for load in rehearsal.loads]
    files = {step.load_path for step in steps}
    files |= {path for one in rehearsal.sources for path, _ in one.files}
    told = {step.load_path for step in steps if step.path_option}
    return (files - told) | {step.path_option for step in steps}


RULE = Rule('WC431', 'weights-never-loaded', ERROR, TRAINING, look, explains=('WC502',))
