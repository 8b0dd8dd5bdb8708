"""Facts of a load that several rules look at."""

from __future__ import annotations

import re
from typing import Dict, Optional, Tuple, TypeVar

from basicsr_weightcheck.records.findings import ERROR, Conversion
from basicsr_weightcheck.records.phrases import Phrase, Plain
from basicsr_weightcheck.records.plans import ResumeState
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.tensors import Coverage, Difference
from basicsr_weightcheck.rules.rule import Found

UNKNOWN_READER = 'label:reader-model'
REASON = 300  # characters of an exception's text: four lines of a terminal


Fact = TypeVar('Fact')


class NotKnown(Exception):
    """A fact that a rule asks for is not known: it has nothing more to say."""


def known(fact: Optional[Fact]) -> Fact:
    """The fact. A rule that asks for one that is not known is left alone.

    Raises:
        NotKnown: there is none; caught by whoever asks the rule.
    """
    if fact is None:
        raise NotKnown
    return fact


def of_file(load: LoadReport, instead: str = '', /, **parameters: Plain) -> Found:
    """A finding at the option that names the weight file, with its path; else as `Found`."""
    return Found(load.step.path_option, instead, path=load.step.load_path, **parameters)


def at_table(load: LoadReport, /, **parameters: Plain) -> Found:
    """A finding at the option that names the table, with network and file."""
    option, path = load.step.key_option, load.step.load_path
    return Found(option, network=load.step.network, path=path, option=option, **parameters)


def resumed(report: CheckReport, problem: str = '') -> ResumeState:
    """The resumed state with this problem ('': none). Raises NotKnown where there is no such."""
    return known(report.resume_state if report.resume_state.problem == problem else None)


def at_state(state: ResumeState, /, **parameters: Plain) -> Found:
    """A finding about the state that the training resumes from."""
    return Found('path.resume_state', state=state.path, **parameters)


def amounts(coverage: Coverage) -> Dict[str, Plain]:
    """The parameters of a sentence that says how much is loaded."""
    return {
        'fraction': coverage.parameter_fraction,
        'parameters_loaded': coverage.parameters_loaded,
        'parameters_expected': coverage.parameters_expected,
    }


def counts(difference: Difference) -> Dict[str, Plain]:
    """The parameters of a sentence that says how many tensors differ."""
    return {
        'missing': len(difference.missing),
        'unexpected': len(difference.unexpected),
        'mismatched': len(difference.mismatched),
    }


def short_reason(message: str, most: int = REASON) -> str:
    """The first line of an exception's text, at most so many characters of it; phrases stay whole.

    Of a refusal by torch only what it refuses is told: its text goes on with how to switch the
    guard off, and would be cut before it warns of that.

    Source: torch/_weights_only_unpickler.py, torch/serialization.py `_get_wo_message` (2.13).
    """
    if isinstance(message, Phrase):  # a sentence of this project, in the user's language later
        return message
    head, guarded, cause = message.partition('WeightsUnpickler error:')
    if guarded:
        return re.split(r'\. |\n', cause.strip(), maxsplit=1)[0][:most]
    if 'weights_only' in message:
        head = re.split(r'\. |\n', head, maxsplit=1)[0]
    return head.split('\n')[0][:most]


def reader(option: str) -> str:
    """The label of what reads a weight file that is named outside `path:`, by its section."""
    section, _, rest = option.partition('.')
    if section.startswith('network_'):
        return 'label:reader-network'
    if section == 'datasets':
        return 'label:reader-dataset'
    if section == 'train' and '_opt.' in rest:
        return 'label:reader-loss'
    return 'label:reader-metric' if section == 'val' else UNKNOWN_READER


def asked_and_used(load: LoadReport) -> Tuple[str, str]:
    """(table asked for, table read); two empty texts where no table was asked for."""
    asked = load.step.key_configured
    return (str(asked), load.key_used or '') if isinstance(asked, str) else ('', '')


def left_random(load: LoadReport) -> Tuple[str, ...]:
    """'spynet 60' for every module that stays random behind the recommendation."""
    modules = load.recommendation.proof.random
    return tuple(f'{module} {count}' for module, count in modules) or ('label:random-none',)


def only_buffers_missing(load: LoadReport) -> bool:
    """Every parameter is in the file with its size, some buffers are not. Raises NotKnown."""
    difference, network = known(load.difference), known(load.network)
    parameters = {spec.key for spec in network.tensors if spec.is_parameter}
    lacks = bool(difference.missing) and parameters.isdisjoint(difference.missing)
    return lacks and not difference.mismatched


# Codes that say how much differs; a rule that says why explains them.
SYMPTOMS = ('WC201', 'WC202', 'WC203', 'WC204', 'WC212', 'WC301', 'WC302')


def stops(load: LoadReport) -> bool:
    """The load as configured ends with an exception."""
    return load.configured.loads is False


def runs(load: LoadReport) -> bool:
    """The load as configured ends without an exception; not where that could not be tried."""
    return bool(load.configured.loads)


def error_if_stops(load: LoadReport) -> str:
    """The severity instead of the rule's own: an error where the load ends the training."""
    return ERROR if stops(load) else ''


def strict_name(load: LoadReport) -> str:
    """The option that says how strict the load is, for a sentence; 'strict_load' without one."""
    return load.step.strict_option or 'strict_load'


def table_name(key: Optional[str]) -> str:
    """A table for a sentence: the root of a file has a label instead of a name."""
    return key or 'label:table-root'


def fitting(load: LoadReport) -> float:
    """Share of the parameters that the table gives by name and shape, whatever strict is."""
    return load.difference.coverage.parameter_fraction if load.difference is not None else 0.0


def conversion_of(load: LoadReport) -> Conversion:
    """The conversion that is recommended, or told as an alternative."""
    recommended = load.recommendation.conversion
    return recommended if recommended.is_needed else load.alternative.conversion


def asks_in_vain(load: LoadReport) -> bool:
    """The file has the table that is asked for, and another one is read."""
    asked, used = asked_and_used(load)
    return bool(used) and asked != used and load.header is not None and load.header.has_table(asked)
