"""What a rule is, and the registry of all rules.

A rule is one function. It looks at facts and yields a `Found` for everything it has to say; the
words are in `messages`, by code. Its docstring says why it matters and where that is known from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, Iterator, Optional, Tuple

from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.records.findings import Plain
from basicsr_weightcheck.records.reports import CheckReport, LoadReport

LOAD = 'load'
TRAINING = 'training'


@dataclass(frozen=True)
class Case:
    """What the rules look at.

    Attributes:
        report: the check so far, without findings.
        errors: {load path: why its file could not be read}.
        proof_failures: {network: why its recommendation could not be proven}.
    """

    report: CheckReport
    errors: Dict[str, CheckpointError] = field(default_factory=dict)
    proof_failures: Dict[str, str] = field(default_factory=dict)


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
    """One rule. `look` takes (load, case) for a rule of scope LOAD, (case) for TRAINING."""

    code: str
    name: str
    severity: str
    scope: str
    look: Callable[..., Iterator[Found]]

    @property
    def documentation(self) -> str:
        """The docstring of the function, indentation removed."""
        lines = (self.look.__doc__ or '').strip().splitlines()
        return '\n'.join(line[4:] if line.startswith('    ') else line for line in lines)


_RULES: Dict[str, Rule] = {}
Look = Callable[..., Iterator[Found]]


def rule(code: str, name: str, severity: str, scope: str = LOAD) -> Callable[[Look], Look]:
    """Register a function as a rule."""

    def register(look: Look) -> Look:
        assert code not in _RULES, code
        _RULES[code] = Rule(code, name, severity, scope, look)
        return look

    return register


def all_rules() -> Tuple[Rule, ...]:
    """Every rule in the order of the codes."""
    from basicsr_weightcheck.rules import (  # noqa: F401
        around,
        conversions,
        files,
        loading,
        naming,
        option_values,
    )

    return tuple(_RULES[code] for code in sorted(_RULES))


def find_rule(text: str) -> Optional[Rule]:
    """The rule of this code or name, None when there is none."""
    for one in all_rules():
        if text.upper() == one.code or text.lower() == one.name:
            return one
    return None


def fraction(load: LoadReport) -> float:
    """Share of the parameters that the load takes as configured; 0.0 when it takes none."""
    return load.coverage.parameter_fraction if load.coverage is not None else 0.0
