"""The network has a part called `module`, which the loader takes for DataParallel's prefix.

Why it matters: load_network strips a leading 'module.' from every key of the file; for such a
network the right keys are the ones with it. What the network itself saved does not load again.
Evidence: own tests.
False alarms: none: the loader itself was run.
What to do: give the part another name, or save the file's keys with one more 'module.'.
Source: basicsr 1.4.2 models/base_model.py `load_network`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import SYMPTOMS
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

MODULE = 'module.'


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    outcome = load.configured
    if outcome is None or load.network is None:
        return
    stripped = [
        key
        for key in outcome.missing
        if key.startswith(MODULE) and key[len(MODULE) :] in outcome.unexpected
    ]
    if stripped:
        yield Found(
            load.step.network_option,
            count=len(stripped),
            key=stripped[0],
            network_type=load.network.network_type,
        )


RULE = Rule('WC223', 'module-is-a-name', ERROR, LOAD, look, explains=(*SYMPTOMS, 'WC209'))
