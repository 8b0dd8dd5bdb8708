"""The loader puts weights under other names than the file has them under.

Why it matters: KAIR without strict copies the file's tensors to the network's one after the other,
whatever their names; one layer more in front gives every layer the weights of another, and no
error says so.
Evidence: https://github.com/cszn/KAIR/issues/18
False alarms: a loader that renames on purpose where beginning and end of a name both change; where
the network has none of the file's names, the order may be right, and it is a warning.
What to do: rename the keys of the file, and load strictly.
Source: cszn/KAIR models/model_base.py `load_network` (fc1732f); the loader itself was run.
"""

from __future__ import annotations

from typing import Iterator, Tuple

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import SYMPTOMS
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    outcome = load.configured
    pairs = [pair for pair in outcome.renamed if _is_other(pair)] if outcome is not None else []
    if outcome is not None and pairs:
        key, found = pairs[0]
        severity = '' if _shares_names(load) else WARNING
        yield Found(
            load.step.path_option, severity, count=len(pairs), key=key, found=found, by=outcome.by
        )


def _shares_names(load: LoadReport) -> bool:
    """The file has names of the network: foreign ones say nothing against its order."""
    own = {spec.key for spec in load.network.tensors} if load.network is not None else set()
    tables = load.header.tables if load.header is not None else {}
    return any(spec.key in own for table in tables.values() for spec in table.tensors)


def _is_other(pair: Tuple[str, str]) -> bool:
    """Not the same name with a prefix more or less."""
    key, found = pair
    return not (key.endswith(f'.{found}') or found.endswith(f'.{key}'))


RULE = Rule('WC218', 'copied-by-position', ERROR, LOAD, look, explains=SYMPTOMS)
