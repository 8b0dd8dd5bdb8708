"""A plug-in package beside the YAML cannot be imported as a whole; its networks were imported from
below it.

Why it matters: a training that imports the package, or anything in it, stops there; often it is its
data sets that do not fit the installed basicsr, or a version.py that setup.py has not written yet.
Evidence: own tests; own runs of HAT with basicsr 1.4.2.
False alarms: a package that happens to lie there and is not used by this training.
What to do: import the package with the Python of the training, and mend what it says.
Source: XPixelGroup/HAT hat/__init__.py, xinntao/Real-ESRGAN realesrgan/__init__.py.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    for package, reason in rehearsal.broken_plugins if rehearsal is not None else ():
        yield Found(package=package, reason=reason)


RULE = Rule('WC527', 'plugin-not-importable', WARNING, TRAINING, look)
