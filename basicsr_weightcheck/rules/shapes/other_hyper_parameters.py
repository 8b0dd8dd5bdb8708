"""The file was made with other options of the network than the YAML has.

Why it matters: hundreds of size mismatches or missing keys have one cause: a width, a depth, a
number of channels. `strict_load: false` would train a network that took little of the file; the
right options take all of it.
Evidence: https://github.com/xinntao/Real-ESRGAN/issues/178, https://github.com/cszn/KAIR/issues/99,
https://github.com/IDKiro/DehazeFormer/issues/27, https://github.com/swz30/Restormer/issues/108,
https://github.com/Zj-BinXia/DiffIR/issues/61, https://github.com/csguoh/MambaIR/issues/116
False alarms: none known: the options are read off the shapes of file and network alike, or tried
out, and the network is built with them before they are named.
What to do: give the network the options of the file; keep strict_load true. `type:` is one of them
where a registered class of a like name takes the file wholly (a second version, another stage).
Where the change is meant (grey images, a sixth channel) and most of the file fits, strict_load
false keeps the network; where little fits, take a file that was made with these options.
Source: the classes of basicsr 1.4.2 archs/, swz30/Restormer, megvii-research/NAFNet.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.messages.numbers import share
from basicsr_weightcheck.records.causes import OptionDifference
from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.provenance import shown_value
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import SYMPTOMS, fitting, stops
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    cause = load.cause
    if cause is None or not cause.options or cause.scale_only:
        return
    lines = case.report.plan.options.lines
    section = load.step.network_option
    yield Found(
        f'{section}.{cause.options[0].name}',
        WARNING if cause.transfer and not stops(load) else '',
        found=tuple(f'{one.name}: {shown_value(one.found)}' for one in cause.options),
        expected=tuple(_written(one) for one in cause.options),
        section=section,
        lines=tuple(
            str(lines.get(f'{section}.{one.name}', lines.get(section, 0))) for one in cause.options
        ),
        fraction=fitting(load),
        then=share(cause.fraction),
        advice=f'label:options-{cause.transfer or _other_way(load, case.report.plan.min_loaded)}',
        strict=load.step.strict_option or 'strict_load',
    )


def _other_way(load: LoadReport, asked: float) -> str:
    """Beside the options of the file: the network as it is, or another file."""
    runs = load.strict_false is not None and load.strict_false.loads
    most = load.difference is not None and load.difference.coverage.least >= asked
    return 'keep' if runs and most else 'file'


def _written(option: OptionDifference) -> str:
    default = ' (default)' if option.is_default else ''
    return f'{option.name}: {shown_value(option.expected)}{default}'


RULE = Rule('WC305', 'other-hyper-parameters', ERROR, LOAD, look, explains=(*SYMPTOMS, 'WC210'))
