"""The weights lie in the experiment folder that the training renames before it loads.

Why it matters: a fresh start renames experiments/<name> to <name>_archived_<time>; the path in the
YAML is then gone, and the training stops with FileNotFoundError after the rename.
Evidence: own tests.
False alarms: a start that resumes, when the check was not told of --auto_resume; Retinexformer,
which names the folder after the YAML file and renames it only when its models folder holds files.
What to do: copy the weights to a folder outside of experiments/<name>, or, where the run is meant
to go on, name its state in resume_state; a new training gets a name: of its own.
Source: basicsr 1.4.2 train.py `train_pipeline`, utils/misc.py `make_exp_dirs`, `mkdir_and_rename`.
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
        if header is None or not header.is_training_state:  # WC217 says where a state belongs
            yield Found(option, folder=plan.archived_folder, load_path=load_path)


RULE = Rule('WC501', 'archived-before-load', ERROR, TRAINING, look)
