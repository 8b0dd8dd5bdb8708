"""The pickle names code: something that is neither on torch's list of names for data nor known to
make a plain value.

Why it matters: where weights_only is off (the default before torch 2.6) torch imports and calls
what a pickle names while it loads the file. A newer torch refuses the file; there the rule tells
names such as os.system, and WC104 the others.
Evidence: own tests.
False alarms: with a torch before 2.6 a class of the training itself (a callback, a configuration)
may be harmless; names alone do not tell it from an attack.
What to do: where the code is known to do harm, do not load the file; else take the tensors out
with `convert`, which calls nothing, or get the weights as a state dict or as safetensors.
Source: CPython Lib/pickle.py `load_global`, `load_reduce`;
torch/_weights_only_unpickler.py `_get_allowed_globals`;
basicsr_weightcheck/checkpoint/weights_only.py `harmful_globals`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.errors import UnsafePickleError
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    error = case.errors.get(load.step.load_path)
    if isinstance(error, UnsafePickleError):
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            names=error.names,
            reason=error.what,
            advice=error.advice,
        )


RULE = Rule('WC105', 'dangerous-pickle', ERROR, LOAD, look)
