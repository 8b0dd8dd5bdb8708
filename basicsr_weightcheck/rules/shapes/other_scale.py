"""The file was made for another scale than the network.

Why it matters: x4 into x2 drops a layer of the file and fills the whole network, x2 into x4 leaves
a layer of the upsampling head random, x2 into x3 resizes one; RRDBNet takes its image in pieces
below x4, so that the first layer does not fit. Strict loading stops in each case.
Evidence: https://github.com/XPixelGroup/HAT/issues/90, https://github.com/XPixelGroup/BasicSR/issues/88,
https://github.com/xinntao/Real-ESRGAN/issues/806, https://github.com/XPixelGroup/BasicSR/issues/276
False alarms: none known; a finetuning from another scale is told by `strict_load: false` or by
the names of file and training, and gets no change of the scale.
What to do: the scale of the file where the YAML means it; strict_load false for a finetuning from
one scale to another.
Source: basicsr 1.4.2 archs/arch_util.py `Upsample`, archs/rrdbnet_arch.py `RRDBNet.__init__`.
"""

from __future__ import annotations

from typing import Iterator, Sequence

from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.numbers import shape
from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import SYMPTOMS, fitting, stops
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

SHOWN = 4  # names of tensors in the sentence


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    cause, difference = load.cause, load.difference
    if cause is None or difference is None or not cause.options or not cause.scale_only:
        return
    option = cause.options[0]
    resized = [f'{m.key} {shape(m.expected)}' for m in difference.mismatched]
    random = [*difference.missing, *resized]
    yield Found(
        f'{load.step.network_option}.{option.name}',
        _severity(load),
        found=str(option.found),
        expected=str(option.expected),
        fraction=fitting(load),
        random=len(random),
        names=tuple(random[:SHOWN]),
        dropped=len(difference.unexpected),
        rest=_rest(random, len(difference.unexpected)),
        strict=load.step.strict_option or 'strict_load',
        advice=f'label:scale-{cause.transfer or "option"}',
    )


def _rest(random: Sequence[str], dropped: int) -> str:
    """What stays random and what has no place, as far as there is any."""
    parts = []
    if random:
        parts.append(phrase('scale-random', count=len(random), names=tuple(random[:SHOWN])))
    if dropped:
        parts.append(phrase('scale-dropped', count=dropped))
    return phrase('scale-both', one=parts[0], other=parts[1]) if len(parts) > 1 else parts[0]


def _severity(load: LoadReport) -> str:
    if stops(load) or load.cause is None or not load.cause.transfer:
        return ERROR
    first = load.difference is not None and load.difference.mismatched
    return WARNING if first else INFO  # a layer of the file that is dropped is easily overlooked


RULE = Rule('WC303', 'other-scale', ERROR, LOAD, look, explains=SYMPTOMS)
