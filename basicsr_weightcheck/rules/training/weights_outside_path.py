"""A weight file is named outside path:; the network, the loss or the data set loads it itself.

Why it matters: such a load is not part of the check: it has its own rules, takes a fixed table,
and is overwritten where pretrain_network_g has the same keys.
Evidence: https://github.com/sczhou/CodeFormer/issues/304,
https://github.com/TencentARC/GFPGAN/issues/38.
False alarms: an option that looks like a weight file and that nothing loads.
What to do: make sure that the file exists and has the table that the network asks for; `inspect`
lists its tables.
Source: basicsr 1.4.2 archs/spynet_arch.py `SpyNet.__init__`, archs/basicvsr_arch.py
`EDVRFeatureExtractor.__init__`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.rules.facts import reader
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    followed = {path for sources in case.report.sources for path, _ in sources.files}
    for option, value in case.report.plan.other_weight_paths:
        if value in followed:
            continue  # the networks say what they have of it
        yield Found(option, option=option, value=value, reader=reader(option))


RULE = Rule('WC512', 'weights-outside-path', INFO, TRAINING, look)
