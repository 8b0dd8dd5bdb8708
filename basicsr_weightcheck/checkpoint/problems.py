"""Make the reader's errors: a code and facts, put into words in one place."""

from __future__ import annotations

import pickle
import struct
import zlib
from typing import Dict, Tuple, Type

from basicsr_weightcheck.checkpoint.dangerous_globals import dangerous_globals
from basicsr_weightcheck.checkpoint.limits import BOMBS, ceilings
from basicsr_weightcheck.errors import (
    CheckpointError,
    CorruptCheckpointError,
    LimitExceededError,
    NotUnderstoodError,
    UnsafePickleError,
)
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.phrases import Phrase, Plain

AGAIN = 'again'
# What the pickle machine and the standard library raise on bytes that are not what they claim.
# Of MALFORMED, what a value raises that the file uses in a way not known here.
NOT_FOLLOWED = (pickle.UnpicklingError, AttributeError, RecursionError, TypeError)
MALFORMED = (
    pickle.UnpicklingError,
    zlib.error,
    struct.error,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def problem(
    code: str,
    path: str = '',
    advice: str = AGAIN,
    kind: Type[CheckpointError] = CorruptCheckpointError,
    **facts: Plain,
) -> CheckpointError:
    """An error whose sentence is `code` of the reader's messages.

    Args:
        code: of the sentence.
        path: file concerned; '' lets `read_header` fill it in.
        advice: code of what to do; 'again' is to get the file again, '' is nothing.
        kind: class of the error.
        facts: for the places of both sentences.
    """
    do: str = phrase(f'do-{advice}', **facts) if advice else ''
    return kind(phrase(code, **facts), path=path, advice=do)


def exceeded(ceiling: str, value: int, found: int) -> CheckpointError:
    """A ceiling was reached; the error names it, its value, its unit and what was found.

    A LimitExceededError where torch would not bear the file either, else a NotUnderstoodError.

    Args:
        ceiling: field of `Limits`.
        value: the ceiling in force.
        found: what the file asks for (or has reached).
    """
    unit = ceilings()[ceiling][1]
    said = Phrase(unit, f'unit-{unit}')
    facts: Dict[str, Plain] = {'ceiling': ceiling, 'value': value, 'unit': said, 'found': found}
    if ceiling in BOMBS:
        return LimitExceededError(phrase('limit', **facts), advice=phrase('do-limit'))
    return NotUnderstoodError(phrase('limit', **facts), advice=phrase('do-ask-torch'))


def unsafe(names: Tuple[str, ...], path: str = '') -> CheckpointError:
    """The pickle names code; how it is worded hangs on whether it is known what the code does."""
    if dangerous_globals(names):
        return problem('unsafe', path, 'unsafe', UnsafePickleError, names=names)
    return problem('unsafe-unknown', path, 'take-out', UnsafePickleError, names=names)
