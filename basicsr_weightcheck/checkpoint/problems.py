"""What the reader refuses: its ceilings, and its errors, put into words in one place."""

from __future__ import annotations

import os
import pickle
import struct
import zlib
from typing import Dict, List, NamedTuple, Tuple, Type

from basicsr_weightcheck.checkpoint.pickles.weights_only import dangerous_globals
from basicsr_weightcheck.errors import (
    CheckpointError,
    CorruptCheckpointError,
    LimitExceededError,
    NotUnderstoodError,
    UnsafePickleError,
)
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.phrases import Phrase, Plain

# Ceilings of the reader. Each one has a name, a value, a unit and a reason.

MIB = 1 << 20


_REASONS: List[Tuple[int, str, str]] = []
# Work out of proportion to the size of the file: no reader bears it, torch's own neither. Beyond
# any other ceiling only this reader gives up.
BOMBS = frozenset(('pickle_growth', 'integer_bytes', 'key_bits', 'key_items', 'inflation'))


def _cap(value: int, unit: str, reason: str) -> int:
    _REASONS.append((value, unit, reason))
    return value


class Limits(NamedTuple):
    """Far above real files, and low enough that no file takes 200 MiB or 5 seconds."""

    pickle_bytes: int = _cap(24 * MIB, 'bytes', 'the index of 50,000 tensors takes about 12 MiB')
    pickle_steps: int = _cap(
        3_000_000, 'steps', 'a tensor takes about 45 steps of the pickle machine'
    )
    pickle_memory: int = _cap(80 * MIB, 'bytes', 'what the steps build; a tensor takes about 1 KiB')
    pickle_growth: int = _cap(
        24, 'times', 'the bytes read, where pickle_memory is reached; real files build 4 to 16'
    )
    kept_numbers: int = _cap(
        100_000, 'values', 'numbers of one list or dict without tensors; more are only counted'
    )
    globals: int = _cap(1_000, 'names', 'names of classes and functions; real files have 5 to 50')
    integer_bytes: int = _cap(64, 'bytes', 'sizes and counters have 8, the magic number 10')
    line_bytes: int = _cap(4_096, 'bytes', 'a number or a name in the text steps of a pickle')
    tensors: int = _cap(50_000, 'tensors', 'the largest networks have about 3,000')
    dimensions: int = _cap(64, 'dimensions', 'as in torch')
    nodes: int = _cap(
        250_000, 'values', 'in what holds tensors; shared values count each time, as they unfold'
    )
    beside: int = _cap(250_000, 'values', 'in what holds no tensor; more are only counted')
    depth: int = _cap(
        512, 'levels', 'mappings and lists that hold tensors; torch.save writes 493 at most'
    )
    key_length: int = _cap(1_000, 'characters', 'names of real networks have up to 120')
    key_bits: int = _cap(64, 'bits', 'keys that are numbers; optimizers count their parameters')
    key_items: int = _cap(64, 'values', 'in a key that is a tuple')
    names_length: int = _cap(
        16 * MIB, 'characters', 'all dotted names together; real files have kilobytes'
    )
    storages: int = _cap(60_000, 'entries', 'of a legacy stream; one or less for a tensor')
    zip_entries: int = _cap(60_000, 'entries', 'one for each storage')
    directory_bytes: int = _cap(8 * MIB, 'bytes', 'an entry takes about 75 to 110')
    inflation: int = _cap(200, 'times', 'an index shrinks 5 to 30 times when it is compressed')
    header_bytes: int = _cap(
        16 * MIB, 'bytes', 'JSON of safetensors; a tensor takes about 100 (the format: 100,000,000)'
    )
    header_values: int = _cap(1_000_000, 'values', 'a tensor has about 10 in the JSON')

    def hold(self, ceiling: str, found: int) -> None:
        """Raise as `exceeded` where a file asks for more than a ceiling allows."""
        if found > getattr(self, ceiling):
            raise self.exceeded(ceiling, found)

    def exceeded(self, ceiling: str, found: int) -> CheckpointError:
        """A ceiling was reached; the error names it, its value, its unit and what was found.

        A LimitExceededError where torch would not bear the file either, else a NotUnderstoodError.

        Args:
            found: what the file asks for (or has reached).
        """
        unit = ceilings()[ceiling][1]
        facts: Dict[str, Plain] = {'ceiling': ceiling, 'value': getattr(self, ceiling)}
        what = phrase('limit', **facts, unit=Phrase(unit, f'unit-{unit}'), found=found)
        if ceiling in BOMBS:
            return LimitExceededError(what, advice=phrase('do-limit'))
        return NotUnderstoodError(what, advice=phrase('do-ask-torch'))


DEFAULT_LIMITS = Limits()


def ceilings() -> Dict[str, Tuple[int, str, str]]:
    """{name: (value, unit, reason)} of every ceiling, in the order of the class."""
    return dict(zip(Limits._fields, _REASONS))


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


def unsafe(names: Tuple[str, ...], path: str = '') -> CheckpointError:
    """The pickle names code; how it is worded hangs on whether it is known what the code does."""
    if dangerous_globals(names):
        return problem('unsafe', path, 'unsafe', UnsafePickleError, names=names)
    return problem('unsafe-unknown', path, 'take-out', UnsafePickleError, names=names)


def file_stamp(status: os.stat_result) -> Tuple[int, ...]:
    """Changes when another file stands in its place, or when it is written."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
