"""Every key and shape fits, and the file was saved from a network with other options, as the
sidecar of the hook, the YAML or the log beside it says.

Why it matters: the load is complete, and the network computes something else than the one that was
trained: another attention, another window, another scale.
Evidence: https://github.com/megvii-research/NAFNet/issues/73,
https://github.com/xinntao/Real-ESRGAN/issues/233.
False alarms: an option that the class ignores, or one that was overridden by --force_yml and so
does not show in the copied YAML. Options of the training (drop rates, gradient checkpointing,
initialization) are not compared.
What to do: write the options that the file was trained with, or name a file of this network.
Source: basicsr_weightcheck/plan/provenance.py `find_origin`; basicsr 1.4.2 utils/options.py
`copy_opt_file`, `dict2str`.
"""

from __future__ import annotations

from typing import Iterator, Tuple

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.provenance import is_of_training
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    outcome = load.configured
    if load.origin is None or outcome is None or not outcome.loads:
        return
    if outcome.missing or outcome.unexpected or outcome.mismatched:
        return
    changed = _computing(load)
    if changed:
        yield Found(load.step.network_option, changed=changed, source=load.origin.path)


def _computing(load: LoadReport) -> Tuple[str, ...]:
    return tuple(
        f'{option}: {then} -> {now}'
        for option, then, now in load.origin_differences
        if not is_of_training(option)
    )


RULE = Rule('WC307', 'same-keys-another-network', ERROR, LOAD, look)
