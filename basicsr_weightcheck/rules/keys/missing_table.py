"""The load asks for a table that the file does not have.

Why it matters: `load_net[param_key]` ends the training with KeyError. Files of other tools have no
table at all, or call it state_dict; releases may have params_ema only.
Evidence: https://github.com/XPixelGroup/BasicSR/issues/253,
https://github.com/xinntao/Real-ESRGAN/issues/743,
https://github.com/TencentARC/AnimeSR/issues/10.
False alarms: a TypeError that the loader of a fork raises for another reason.
What to do: name a table of the file in param_key_g (param_key in Restormer and NAFNet). A file
without tables needs ~ there in BasicSR; with ema_decay, or in Restormer and NAFNet, it must be
converted to {'params': ...}: net_g_ema always asks for params_ema, and there ~ ends the training.
Source: basicsr 1.4.2, Restormer and NAFNet models/base_model.py `load_network`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.conversions import PARAMS
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    outcome, header = load.configured, load.header
    if outcome is None or header is None or outcome.error not in ('KeyError', 'TypeError'):
        return
    asked = load.step.key_configured
    if asked is None or asked in header.tables:
        return  # the network raises it, in a load_state_dict of its own
    if case.report.plan.framework.has_params_fallback and PARAMS in header.tables:
        return
    yield Found(
        load.step.key_option,
        network=load.step.network,
        key=str(asked),
        path=load.step.load_path,
        tables=tuple(name or 'label:table-root' for name in header.tables) or ('-',),
        error=outcome.error,
    )


RULE = Rule('WC205', 'missing-table', ERROR, LOAD, look)
