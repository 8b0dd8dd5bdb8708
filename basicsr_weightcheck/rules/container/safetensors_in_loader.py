"""A safetensors file is handed to a loader that calls torch.load.

Source: basicsr 1.4.2 models/base_model.py `load_network` reads with torch.load only.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    header, outcome = load.header, load.configured
    if header is not None and header.container == 'safetensors':
        if outcome is None or not outcome.loads:
            yield Found(load.step.path_option, path=load.step.load_path)


RULE = Rule('WC106', 'safetensors-in-loader', ERROR, LOAD, look)
