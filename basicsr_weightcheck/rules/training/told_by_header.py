"""The network could not be built; what the header of the file alone tells is said.

Why it matters: whether the file is of the network that the YAML describes can often be seen without
building one.
Evidence: own tests.
False alarms: none known; it is a line of information.
What to do: compare it with the network of the options.
Source: basicsr_weightcheck/identify/recognize.py `recognize`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    if load.identity is not None:
        options = tuple(f'{name} {value}' for name, value in load.identity.options)
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            network_type=load.identity.network_type,
            options=options or ('label:header-no-options',),
        )


RULE = Rule('WC531', 'told-by-header', INFO, LOAD, look)
