"""A safetensors file, whatever its name ends with, is handed to a loader that calls torch.load.

Why it matters: load_network has no branch for safetensors; the error speaks of map_location or of
a pickle, and changes with the torch version and the first byte of the file.
Evidence: https://github.com/facebookresearch/sam3/pull/599,
https://github.com/pytorch/pytorch/pull/170592.
False alarms: with --no-rehearsal, a fork whose loader does read safetensors; a rehearsal lets that
loader speak.
What to do: convert the file once to a .pth with the command in the recommendation.
Source: basicsr 1.4.2 models/base_model.py `load_network`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    header, outcome = load.header, load.configured
    if header is not None and header.container == 'safetensors':
        if outcome is None or not load.opens_container:
            yield Found(load.step.path_option, path=load.step.load_path)


RULE = Rule('WC106', 'safetensors-in-loader', ERROR, LOAD, look)
