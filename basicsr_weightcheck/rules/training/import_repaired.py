"""The framework was imported only after a repair, which the finding names.

Why it matters: the training makes no such repair. functional-tensor: torchvision 0.17 removed a
module that basicsr 1.4.2 imports; torchvision-operators: torchvision does not fit torch;
namespace-package: an installed basicsr hides the one beside the YAML; version-file: setup.py was
never run.
Evidence: https://github.com/XPixelGroup/BasicSR/issues/663,
https://github.com/xinntao/Real-ESRGAN/issues/783,
https://github.com/TencentARC/GFPGAN/issues/506.
False alarms: functional-tensor is repaired wherever torchvision lacks it, also for frameworks that
do not need it, such as Restormer, NAFNet and CodeFormer.
What to do: make the same repair in your environment, or start with `basicsr-weightcheck run
--repair-imports`, which brings the module back.
Source: basicsr 1.4.2 data/degradations.py; basicsr_weightcheck/rehearsal/import_fixes.py.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule

NAMESPACE = 'namespace-package'  # two copies of the framework: WC506 says it


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    for repair in rehearsal.import_repairs if rehearsal is not None else ():
        if repair != NAMESPACE:
            yield Found(repair=repair, fix=f'label:fix-{repair}')


RULE = Rule('WC504', 'import-repaired', WARNING, TRAINING, look)
