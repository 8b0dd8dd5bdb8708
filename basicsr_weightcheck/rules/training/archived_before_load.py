"""The weights lie in the folder that the training renames before it loads.

Source: basicsr 1.4.2 train.py `make_exp_dirs` runs before `build_model`;
utils/misc.py `mkdir_and_rename`.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    plan = case.report.plan
    for option in plan.archived_options:
        load_path = str(plan.options.get(option, ''))
        header = case.report.headers.get(load_path)
        if header is None or not header.is_training_state:  # WC240 says where a state belongs
            yield Found(option, folder=plan.archived_folder, load_path=load_path)


RULE = Rule('WC501', 'archived-before-load', ERROR, TRAINING, look)
