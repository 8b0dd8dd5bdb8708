"""What a rule is.

A rule is one file: a docstring in a fixed form (see `documents`), a function `look` that looks at
facts and yields a `Found` for everything it has to say, and a `RULE` that names it. The words of a
finding are in `messages`, by code.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Callable, Dict, Iterator, Tuple

from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.records.inspections import Health
from basicsr_weightcheck.records.phrases import Plain
from basicsr_weightcheck.records.reports import CheckReport

LOAD = 'load'
TRAINING = 'training'


@dataclass(frozen=True)
class Case:
    """What the rules look at.

    Attributes:
        report: the check so far, without findings.
        errors: {load path: why its file could not be read}.
        proof_failures: {network: why its recommendation could not be proven}.
        values: {network: what the values are like that it would load}; {} unless asked for.
    """

    report: CheckReport
    errors: Dict[str, CheckpointError] = field(default_factory=dict)
    proof_failures: Dict[str, str] = field(default_factory=dict)
    values: Dict[str, Health] = field(default_factory=dict)


class Found:
    """One finding of a rule: parameters for its sentence.

    Args:
        at: dotted option concerned.
        instead: severity that replaces the rule's own.
        parameters: for the sentence; positional-only names above leave every name free.
    """

    def __init__(self, at: str = '', instead: str = '', /, **parameters: Plain) -> None:
        self.option = at
        self.severity = instead
        self.parameters: Tuple[Tuple[str, Plain], ...] = tuple(sorted(parameters.items()))


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        code: 'WC' + digit of the family + two digits; never used again for another rule.
        name: the defect in kebab-case; reads after "allow".
        severity: of its findings, unless one says otherwise.
        scope: LOAD or TRAINING.
        look: takes (load, case) in the scope LOAD, (case) in the scope TRAINING.
        explains: codes of symptoms: where this rule finds something about a load, their findings
            about the same load are left out.
    """

    code: str
    name: str
    severity: str
    scope: str
    look: Callable[..., Iterator[Found]]
    explains: Tuple[str, ...] = ()

    @property
    def documentation(self) -> str:
        """The docstring of the rule's file."""
        return (sys.modules[self.look.__module__].__doc__ or '').strip()
