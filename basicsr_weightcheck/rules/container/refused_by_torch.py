"""The file is whole, and torch.load refuses it because it holds something else than tensors and
plain values.

Why it matters: since torch 2.6 weights_only is on by default; older files with numpy scalars, a
Namespace or a whole pickled module then end the training.
Evidence: https://github.com/XPixelGroup/BasicSR/pull/706,
https://github.com/pytorch/pytorch/issues/98921,
https://github.com/e3nn/e3nn/issues/519,
https://github.com/eriklindernoren/PyTorch-YOLOv3/issues/454 (nn.Module).
False alarms: a training script that allows the class with torch.serialization.add_safe_globals or
replaces torch.load: the check does not run that script. It asks the torch of the Python that it
runs in.
What to do: take the tensors out with `convert`, which calls nothing that the file names; the reason
names the object in the way. An older torch, or weights_only=False, would call it.
Source: torch/serialization.py `load`, torch/_weights_only_unpickler.py `Unpickler`.
"""

from __future__ import annotations

import re
from typing import Iterator

from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.object_words import object_phrase
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.facts import short_reason
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

_CONTAINER_READS = 'safetensors'


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    outcome, header = load.configured, load.header
    if outcome is None or header is None or not header.complete:
        return
    if outcome.error == 'UnpicklingError' and header.container != _CONTAINER_READS:
        refused = re.search(r'Unsupported (?:global|class): GLOBAL (\S+)', outcome.message)
        reason: str = short_reason(outcome.message, 200)
        if refused:
            reason = object_phrase(refused.group(1), header.foreign)
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            error=outcome.error,
            reason=reason,
            advice=phrase('do-take-out' if header.tables else 'do-ask-for-weights'),
        )


RULE = Rule('WC104', 'refused-by-torch', ERROR, LOAD, look)
