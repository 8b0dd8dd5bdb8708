"""The names say that file and training are for different tasks.

Why it matters: weights for deraining and for deblurring have the same keys and shapes. They load
completely, and the training starts far from where it should.
Evidence: https://github.com/swz30/Restormer/issues/16, https://github.com/swz30/Restormer/issues/90,
https://github.com/megvii-research/NAFNet/issues/73
False alarms: a transfer from one task to another; names that mean something else. A hint only.
What to do: make sure that this is the file you mean.
Source: own tests; names of the files that swz30/Restormer and megvii-research/NAFNet publish.
"""

from __future__ import annotations

import re
from typing import Dict, Iterator, Pattern, Set

from basicsr_weightcheck.records.findings import INFO
from basicsr_weightcheck.records.plans import OptionFile
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import LOAD, Case, Found, Rule

TASKS: Dict[str, str] = {
    'deraining': r'de_?rain',
    'deblurring': r'de_?blur|motion|defocus|gopro',
    'denoising': r'de_?nois|sidd|dnd',
    'dehazing': r'de_?haz',
    'low-light': r'low_?light|llie|(?<![a-z])lol(?![a-z])',
}
SIGMA = re.compile(r'sigma_?(\d+)', re.IGNORECASE)
SCALE = re.compile(r'x([23468])(?![0-9])|(?<![0-9])([23468])x', re.IGNORECASE)


def look(load: LoadReport, case: Case) -> Iterator[Found]:
    outcome = load.configured
    if outcome is None or not outcome.loads or outcome.missing or outcome.mismatched:
        return
    options = case.report.plan.options
    path = '/'.join(load.step.load_path.replace('\\', '/').split('/')[-3:])
    training = _training_names(options)
    scale = {f'x{options.get("scale")}'} if options.has('scale') else set()
    pairs = (
        (_tasks(path), _tasks(training)),
        (_numbers(SIGMA, 'sigma ', path), _numbers(SIGMA, 'sigma ', training)),
        (_numbers(SCALE, 'x', path), scale),
    )
    for found, expected in pairs:
        if found and expected and not found & expected:
            yield Found(
                load.step.path_option,
                path=load.step.load_path,
                found=tuple(sorted(found)),
                expected=tuple(sorted(expected)),
            )


def _training_names(options: OptionFile) -> str:
    """The name of the training, and names and folders of its data sets."""
    names = [str(options.get('name', ''))]
    datasets = options.get('datasets')
    for section in datasets.values() if isinstance(datasets, dict) else ():
        if isinstance(section, dict):
            names += [str(v) for k, v in section.items() if str(k).startswith(('name', 'dataroot'))]
    return ' '.join(names)


def _tasks(text: str) -> Set[str]:
    return {task for task, words in TASKS.items() if re.search(words, text, re.IGNORECASE)}


def _numbers(pattern: Pattern[str], word: str, text: str) -> Set[str]:
    """{'sigma 15'}; nothing where several numbers are named, as in a finetuning from x2 to x4."""
    numbers = {''.join(groups) for groups in (m.groups('') for m in pattern.finditer(text))}
    return {word + number for number in numbers} if len(numbers) == 1 else set()


RULE = Rule('WC220', 'name-says-another-task', INFO, LOAD, look)
