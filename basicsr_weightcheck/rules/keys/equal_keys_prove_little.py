"""With another value of an option the network has the same names and shapes, and other classes of
modules.

Why it matters: a strict load runs and every weight is in place, but a file that was trained with
the other value then computes something else: another attention, another activation.
Evidence: https://github.com/HzFrancesca/Restormer_LLIE (HTA and WTA have the keys of MDTA).
False alarms: a file that was trained with this value: the keys do not tell it from the others.
Quiet where a sidecar, a YAML or a log beside the file says what it was trained with (WC307), and
where the option has its default or a look at pictures tells that it is right (check --first-look).
What to do: make sure that the checkpoint was trained with the same value.
Source: basicsr_weightcheck/workflow/silent_options.py.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.records.provenance import shown_value
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import unsettled_options
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

SHOWN = 4  # pairs of classes


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    for silent in unsettled_options(load):
        if silent.classes:
            yield Found(
                f'{load.step.network_option}.{silent.name}',
                name=silent.name,
                value=shown_value(silent.value),
                other=shown_value(silent.other),
                classes=tuple(_shown(*pair) for pair in silent.classes[:SHOWN]),
            )


def _shown(own: str, other: str) -> str:
    """'HTA / MDTA', in full where only the modules that define them differ."""
    short, other_short = own.rpartition('.')[2], other.rpartition('.')[2]
    if short == other_short:
        short, other_short = own, other
    return f'{short or "-"} / {other_short or "-"}'


RULE = Rule('WC211', 'equal-keys-prove-little', WARNING, LOAD, look)
