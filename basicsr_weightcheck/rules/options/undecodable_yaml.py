"""The YAML is UTF-8, and the framework opens it in another encoding, in which it cannot be read.

Why it matters: on Windows open() takes the system's encoding (GBK, cp1252); a Chinese comment then
ends the training with UnicodeDecodeError: 'charmap' or 'gbk' codec can't decode.
Evidence: https://github.com/XPixelGroup/BasicSR/issues/707
False alarms: a training that is started with another locale, or with PYTHONUTF8=1, than the check.
What to do: set PYTHONUTF8=1, or keep the file to ASCII.
Source: basicsr 1.4.2 utils/options.py, `open(args.opt, mode='r')`; Restormer_LLIE names utf-8.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    encoding, line = case.report.plan.undecodable
    if encoding:
        yield Found('', encoding=encoding, at=str(line))


RULE = Rule('WC412', 'undecodable-yaml', ERROR, TRAINING, look)
