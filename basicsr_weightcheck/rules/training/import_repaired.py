"""The framework is imported only with a repair, which the finding names.

Why it matters: a plain start of the training makes no such repair and stops. functional-tensor:
torchvision 0.17 removed a module that basicsr 1.4.2 imports; torchvision-operators: torchvision
does not fit torch; version-file: setup.py was never run.
Evidence: https://github.com/XPixelGroup/BasicSR/issues/663,
https://github.com/xinntao/Real-ESRGAN/issues/783,
https://github.com/TencentARC/GFPGAN/issues/506.
False alarms: the check runs in another environment than the training. Only a note where the
training is started with the repair and the check was told so.
What to do: make the same repair in your environment; or start with `basicsr-weightcheck run
--repair-imports`, which makes it, and check with --repair-imports (in the YAML: `weightcheck:
{repair_imports: true}`).
Source: basicsr 1.4.2 data/degradations.py; basicsr_weightcheck/rehearsal/import_fixes.py,
stage.py `Stage.rehearse` (the import is tried without a repair first).
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.findings import ERROR, INFO
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule

NAMESPACE = 'namespace-package'  # two copies of the framework: WC506 says it
SECOND_TRY = 'second-try'  # no repair was used, and yet the second import did not fail


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    if rehearsal is None:
        return
    error = rehearsal.import_error
    repairs = [one for one in rehearsal.import_repairs if one != NAMESPACE]
    if not error and repairs:
        names = ', '.join(repairs)
        what = phrase('import-is-repaired', repair=names)
        yield Found('', INFO, repair=names, error='', what=what, fix='label:start-repaired')
        return
    if error and not repairs and rehearsal.failure != 'import':
        repairs = [SECOND_TRY]
    for repair in repairs:
        what = phrase('import-stops', repair=repair, error=error)
        yield Found(repair=repair, error=error, what=what, fix=f'label:fix-{repair}')


RULE = Rule('WC504', 'import-repaired', ERROR, TRAINING, look)
