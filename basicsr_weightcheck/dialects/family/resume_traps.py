"""Names and folders that make a resume do something else than the YAML says.

Source: BasicSR 1.4.2 train.py `load_resume_state`, utils/misc.py `scandir`, `check_resume`;
Restormer train.py (lists every name in the folder) and utils/misc.py `check_resume`.
"""

from __future__ import annotations

import os
import re
from typing import List, Optional, Tuple

from basicsr_weightcheck.dialects.dialect import Start
from basicsr_weightcheck.dialects.family.around import key_name
from basicsr_weightcheck.records.plans import Framework, OptionFile, Resume
from basicsr_weightcheck.records.resumes import ResumeTraps

STATES = 'training_states'


def find_traps(start: Start, experiments_root: str, resume: Optional[Resume]) -> ResumeTraps:
    """What stands in the way of a resume."""
    options, framework = start.options, start.framework
    searches = start.auto_resume or framework.resumes_automatically
    here = os.path.join(
        start.working_directory, 'experiments', str(options.get('name', '')), STATES
    )
    averages = _averages(options, framework) if resume is not None else ''
    if not searches:
        return ResumeTraps(misnamed=_misnamed(options, framework), averages_option=averages)
    found = resume is not None and resume.automatic
    written = str(options.get('path.resume_state') or '')
    return ResumeTraps(
        stray=_stray(here, framework),
        elsewhere='' if found else _elsewhere(here, experiments_root),
        not_read=written if start.auto_resume and not found else '',
        misnamed=_misnamed(options, framework),
        averages_option=averages,
    )


def _names(folder: str) -> List[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _stray(folder: str, framework: Framework) -> Tuple[str, ...]:
    """What the number of an iteration cannot be read from."""
    if framework.resumes_automatically:
        # int(name[0:-6]) over everything that is there
        return tuple(name for name in _names(folder) if not re.fullmatch(r'\d+', name[:-6]))
    states = [name for name in _names(folder) if name.endswith('state') and name[0] != '.']
    return tuple(name for name in states if not re.fullmatch(r'\d+', name.split('.state')[0]))


def _elsewhere(here: str, experiments_root: str) -> str:
    """The states of the experiment, where the training is not started in the folder above it."""
    folder = os.path.join(experiments_root, STATES) if experiments_root else ''
    if not folder or os.path.realpath(folder) == os.path.realpath(here):
        return ''
    return folder if any(name.endswith('.state') for name in _names(folder)) else ''


def _misnamed(options: OptionFile, framework: Framework) -> Tuple[Tuple[str, str], ...]:
    written = options.get('path.ignore_resume_networks')
    if not isinstance(written, (list, tuple)):
        return ()
    whole = framework.resume_names_sections
    found = []
    for name in map(str, written):
        letter = name[len('network_') :] if name.startswith('network_') else name
        letter = letter[len('net_') :] if letter.startswith('net_') else letter
        read = f'network_{letter}' if whole else letter
        if name != read and options.has(f'network_{letter}'):
            found.append((name, read))
    return tuple(found)


def _averages(options: OptionFile, framework: Framework) -> str:
    """BasicSR 1.4.2 turns params_ema into params when it resumes; older copies do not."""
    if framework.resume_names_sections:
        return ''
    option = f'path.{key_name(framework, "g")}'
    return option if options.get(option) == 'params_ema' else ''
