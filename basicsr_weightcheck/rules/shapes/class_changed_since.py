"""The source text of the network's class is not what it was when the file was saved, as the
sidecar of the hook says.

Why it matters: with equal keys another code may compute something else; authors change a network
after they uploaded its weights.
Evidence: https://github.com/caiyuanhao1998/Retinexformer/issues/35,
https://github.com/open-mmlab/mmagic/issues/305.
False alarms: a change of comments or layout changes the text too; the classes that it is built
from are not compared.
What to do: look at what changed in the class, and make sure that the meaning of the weights is the
same.
Source: basicsr_weightcheck/hook/provenance.py.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    origin, network = load.origin, load.network
    if origin is None or network is None or not origin.source_sha256:
        return
    if network.source_sha256 and network.source_sha256 != origin.source_sha256:
        yield Found(
            load.step.network_option,
            then=origin.class_name,
            now=network.class_name,
            source=origin.path,
        )


RULE = Rule('WC308', 'class-changed-since', INFO, LOAD, look)
