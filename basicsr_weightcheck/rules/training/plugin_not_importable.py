"""A plug-in package beside the YAML cannot be imported as a whole; its networks were imported from
below it.

Why it matters: a training that imports the package, or anything in it, stops there; often it is its
data sets that do not fit the installed basicsr, or a version.py that setup.py has not written yet.
An error where the network or the model of this training comes from that package.
Evidence: own tests; own runs of HAT with basicsr 1.4.2.
False alarms: a package that happens to lie there and is not used by this training.
What to do: import the package with the Python of the training, and mend what it says.
Source: XPixelGroup/HAT hat/__init__.py, xinntao/Real-ESRGAN realesrgan/__init__.py.
"""

from __future__ import annotations

from typing import Iterator, Set

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import Rehearsal
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule


def look(case: Case) -> Iterator[Found]:
    rehearsal = case.report.rehearsal
    if rehearsal is None:
        return
    used = _packages(rehearsal)
    for package, reason in rehearsal.broken_plugins:
        yield Found('', ERROR if package in used else '', package=package, reason=reason)


def _packages(rehearsal: Rehearsal) -> Set[str]:
    """Packages that the networks and the load calls of this training come from."""
    names = [network.class_name for _, network in rehearsal.networks]
    names += [load.configured.by for load in rehearsal.loads]
    return {name.split('.')[0] for name in names}


RULE = Rule('WC527', 'plugin-not-importable', WARNING, TRAINING, look)
