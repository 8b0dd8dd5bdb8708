"""When a training makes its model: an option that names weights and never came to the model.

No load is ever seen of it, so nothing else in the hook would say so.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, Callable, Dict, Iterator, Tuple

from basicsr_weightcheck.dialects.dialect import Start
from basicsr_weightcheck.errors import TrainingStopped
from basicsr_weightcheck.hook import deliver, guard, ranks, situation
from basicsr_weightcheck.messages.lookup import language
from basicsr_weightcheck.records.findings import ERROR, Finding
from basicsr_weightcheck.records.plans import STOP, OptionFile
from basicsr_weightcheck.rules.catalog import find_rule, message, what_to_do


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
            guard.watched += 1  # something was checked: no word at the end that nothing was
        if text and guard.policy_of(model).on_error != STOP:
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
    for fact in around.dialect.facts(start, None):
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
