"""What a rule is.

A rule is one class: a docstring in a fixed form (README.md), its words in both languages, and
`look`, which looks at facts and yields a `Found` for everything it has to say.
"""

from __future__ import annotations

import re
from typing import Iterator, NamedTuple, Tuple

from basicsr_weightcheck.messages.lookup import LANGUAGES, phrase_of
from basicsr_weightcheck.records.phrases import Phrase, Plain, Words
from basicsr_weightcheck.records.reports import CheckReport, LoadReport

# Families in the order of the digit after 'WC': 1 is container.
FAMILIES = ('container', 'keys', 'shapes', 'options', 'training', 'values')


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


Finds = Iterator[Found]


class Chinese(NamedTuple):
    """The documentation of a rule in Chinese; in English it is the docstring of the class.

    Attributes:
        why: why it matters.
        false_alarms: when it fires although nothing is wrong.
        do: what to do; '' where the docstring has no such section.
        finds: what the rule finds; '' where the sentence of a finding says it.
    """

    why: str
    false_alarms: str = '没有已知的误报。'  # none known
    do: str = ''
    finds: str = ''


class Rule:
    """One rule: a subclass of one of the three below, whose name is the defect.

    Attributes:
        code: 'WC' + digit of the family + two digits; never used again for another rule.
        severity: of its findings, unless one says otherwise.
        scope: what it is about, 'load' or 'training'.
        explains: codes of symptoms: where this rule finds something about a load, their findings
            about the same load are left out.
        words: its 'title' in a few words, the 'text' of a finding, with {parameter} places, what to
            'do' next, with the same places; then labels and phrases that no one else uses.
        zh: the documentation in Chinese.
    """

    code: str
    severity: str
    scope: str
    explains: Tuple[str, ...] = ()
    words: Words
    zh: Chinese

    def __init_subclass__(cls, code: str = '', severity: str = '') -> None:
        """`class TextNone(LoadRule, code='WC403', severity=ERROR)`: the header says both."""
        cls.code, cls.severity = code, severity

    @property
    def name(self) -> str:
        """The class in kebab-case: reads after "allow"."""
        return re.sub('(?<!^)(?=[A-Z])', '-', type(self).__name__).lower()

    @property
    def family(self) -> str:
        """Told from the code."""
        return FAMILIES[int(self.code[2]) - 1]

    def said(self, key: str, lang: str) -> str:
        """Words of its own, with open places. Raises KeyError, ValueError for a language."""
        return self.words[key][LANGUAGES.index(lang)]

    def phrase(self, key: str, /, **facts: Plain) -> Phrase:
        """A sentence of its own words, for a parameter of a finding. Raises KeyError."""
        return phrase_of(key, facts, self.words)


class LoadRule(Rule):
    """A rule about one load of the training."""

    scope = 'load'

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        """Everything that there is to say about this load."""
        raise NotImplementedError


class TrainingRule(Rule):
    """A rule about the training as a whole."""

    scope = 'training'

    def look(self, report: CheckReport) -> Finds:
        """Everything that there is to say about the training."""
        raise NotImplementedError


class ToldByDialect(TrainingRule):
    """A rule that puts into words what the dialect knows of the start."""

    def look(self, report: CheckReport) -> Finds:
        """A finding for each such fact of its code."""
        for fact in report.plan.facts_of(self.code):
            yield Found(fact.option, **dict(fact.words))
