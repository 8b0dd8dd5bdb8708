"""Two classes are registered under the network's name.

Why it matters: Real-ESRGAN and HAT register UNetDiscriminatorSN and SRVGGNetCompact too. Which
copy `type:` means depends on what was imported; the copies may differ.
Evidence: own tests; loads of Real-ESRGAN and HAT with the installed basicsr.
False alarms: copies that are the same.
What to do: start the training with the package's own train.py, which imports its classes.
Source: basicsr 1.4.2 utils/registry.py `Registry.get`, which tries '<name>_basicsr' last.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    network = load.network
    if network is not None and network.namesake:
        yield Found(
            f'{load.step.network_option}.type',
            name=network.network_type,
            built=network.class_name,
            other=network.namesake,
        )


RULE = Rule('WC224', 'class-from-elsewhere', INFO, LOAD, look)
