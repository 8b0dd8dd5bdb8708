"""The file holds the same network more than once, under different prefixes.

Why it matters: generator_ema. is the average that is usually tested, generator. what was
trained; names and shapes cannot tell which is wanted.
Evidence: https://github.com/open-mmlab/mmagic/issues/1439.
False alarms: none known.
What to do: choose with --strip-prefix.
Source: the names of the file.
"""

from __future__ import annotations

from typing import Iterator, Optional

from basicsr_weightcheck.records.findings import INFO, Conversion
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    difference, conversion = load.difference, _conversion_of(load)
    if difference is None or conversion is None or not conversion.recipe.strip:
        return
    best = [one for one in difference.renames if one.matched == difference.renames[0].matched]
    found = tuple(one.found for one in best if one.kind == 'prefix-strip')
    if len(found) > 1:
        chosen = conversion.recipe.strip[0]
        yield Found(load.step.path_option, prefixes=found, chosen=chosen)


def _conversion_of(load: LoadReport) -> Optional[Conversion]:
    for advice in (load.recommendation, load.alternative):
        if advice is not None and advice.conversion is not None:
            return advice.conversion
    return None


RULE = Rule('WC230', 'several-networks-fit', INFO, LOAD, look)
