"""With another value of an option the network has the same names, shapes and classes, and other
plain attributes: a residual scale, a range of the image, a shift of windows.

Why it matters: no file tells the value that it was trained with, and the load is complete with any.
Evidence: https://github.com/sanghyun-son/EDSR-PyTorch/issues/195 (res_scale),
https://github.com/hongyuanyu/SPAN/issues/6 (img_range),
https://github.com/chaiNNer-org/spandrel/issues/145.
False alarms: an attribute that the forward pass does not look at. Quiet where the option has its
default, where a sidecar, a YAML or a log beside the file says what it was trained with (WC307), and
where a look at pictures tells that it is right (check --first-look).
What to do: nothing, if the checkpoint was trained with this value.
Source: basicsr 1.4.2 archs/edsr_arch.py `EDSR` (res_scale, img_range);
basicsr_weightcheck/workflow/silent_options.py.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.provenance import shown_value
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import unsettled_options
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

SHOWN = 4  # attributes


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    for silent in unsettled_options(load):
        if not silent.classes:
            yield Found(
                f'{load.step.network_option}.{silent.name}',
                name=silent.name,
                value=shown_value(silent.value),
                other=shown_value(silent.other),
                attributes=tuple(
                    f'{name}: {own} / {other}' for name, own, other in silent.attributes[:SHOWN]
                ),
            )


RULE = Rule('WC231', 'option-leaves-no-trace', INFO, LOAD, look)
