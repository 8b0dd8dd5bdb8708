"""The shapes of the file are those of another known network class.

Why it matters: a discriminator's file for the generator, the generator's for the discriminator,
SRVGGNetCompact for RRDBNet: hardly anything loads, and without strict nothing says so.
Evidence: https://github.com/xinntao/Real-ESRGAN/issues/109, https://github.com/xinntao/Real-ESRGAN/issues/521,
https://github.com/Markfryazino/wav2lip-hq/issues/3, https://github.com/JingyunLiang/SwinIR/issues/28
False alarms: a network of one's own that takes over parts of a known one; said only where less
than half of the file fits, or both classes are known.
What to do: name a file of the network, or the network of the file; the other role has an option of
its own (pretrain_network_d).
Source: the classes of basicsr 1.4.2 archs/.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import SYMPTOMS, fitting, stops
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

DISCRIMINATORS = ('UNetDiscriminatorSN', 'VGGStyleDiscriminator')


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    cause, network = load.cause, load.network
    if cause is None or network is None or cause.file_network is None:
        return
    theirs = cause.file_network.network_type
    letter = 'd' if theirs in DISCRIMINATORS else 'g'
    right = f'path.pretrain_network_{letter}'
    yield Found(
        load.step.path_option,
        WARNING if not stops(load) and load.recommendation is None and load.must_be_false else '',
        path=load.step.load_path,
        found=theirs,
        expected=network.network_type,
        fraction=fitting(load),
        advice='label:class-other' if right == load.step.path_option else f'label:class-{letter}',
    )


RULE = Rule('WC309', 'weights-of-another-class', ERROR, LOAD, look, explains=SYMPTOMS)
