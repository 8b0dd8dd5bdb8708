"""The index of the file announces more bytes than the file has, or the zip directory at its end is
gone.

Why it matters: torch stops when it loads the file, with words that change with the container and
the place of the cut and do not say how much is missing.
Evidence: https://github.com/CompVis/stable-diffusion/issues/93,
https://github.com/NVIDIA/pix2pixHD/issues/243,
https://github.com/OpenTalker/SadTalker/issues/217.
False alarms: none known.
What to do: download or copy the file again and compare its size with the source.
Source: torch/serialization.py `load`; basicsr_weightcheck/checkpoint/read.py `read_header`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.messages.cut_words import cut_phrase
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    header = load.header
    if header is not None and header.cut is not None:
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            cut=cut_phrase(header.cut),
            **header.cut._asdict(),
        )


RULE = Rule('WC103', 'incomplete-file', ERROR, LOAD, look, ('WC212',))
