"""Will the training resume, and from what? A resume replaces the pretrain paths.

Source: BasicSR 1.4.2 train.py `load_resume_state`, utils/misc.py `check_resume`; Restormer
train.py and utils/misc.py (there the networks to ignore are named 'g', not 'network_g').
"""

from __future__ import annotations

import copy
import os
import re
from typing import Any, Dict, Optional, Tuple

from basicsr_weightcheck.dialects.dialect import Start
from basicsr_weightcheck.records.plans import Framework, OptionFile, Resume


def find_resume(start: Start, experiments_root: str) -> Optional[Resume]:
    """The resume that a start would make, None for a fresh start."""
    options, framework = start.options, start.framework
    automatic = start.auto_resume or framework.resumes_automatically
    state = _latest_state(options, start.working_directory) if automatic else ''
    # With --auto_resume BasicSR never looks at the YAML's own resume_state.
    if not state and not start.auto_resume:
        automatic = False
        state = str(options.get('path.resume_state') or '')
    if not state:
        return None
    state = os.path.expanduser(state)
    iteration = start.iteration_of(os.path.join(start.working_directory, state))
    return Resume(
        state, automatic, iteration, _replaced(options, framework, experiments_root, iteration)
    )


def used_data(
    options: OptionFile, framework: Framework, resume: Optional[Resume]
) -> Dict[str, Any]:
    """The options after `check_resume`: pretrain paths replaced, in BasicSR also `params_ema`.

    A fresh start changes nothing.
    """
    if resume is None:
        return options.data
    data = copy.deepcopy(options.data)
    path = data.setdefault('path', {})
    for option, _, used in resume.replaced:
        path[option.split('.', 1)[1]] = used
    if framework.resume_names_sections:
        for key in [key for key in path if str(key).startswith('param_key')]:
            if path[key] == 'params_ema':
                path[key] = 'params'
    return data


def _latest_state(options: OptionFile, working_directory: str) -> str:
    # Relative to the working directory, also where experiments_root lies elsewhere.
    folder = os.path.join('experiments', str(options.get('name', '')), 'training_states')
    try:
        names = os.listdir(os.path.join(working_directory, folder))
    except OSError:
        return ''
    numbered = [(int(m.group(1)), m.group(0)) for m in map(_STATE.fullmatch, names) if m]
    return os.path.join(folder, max(numbered)[1]) if numbered else ''


_STATE = re.compile(r'(\d+)\.state')


def _replaced(
    options: OptionFile, framework: Framework, root: str, iteration: Optional[int]
) -> Tuple[Tuple[str, str, str], ...]:
    ignored = options.get('path.ignore_resume_networks') or ()
    full_name = framework.resume_names_sections
    replaced = []
    for network in (key for key in options.data if str(key).startswith('network_')):
        letter = network[len('network_') :]
        if (network if full_name else letter) in ignored:
            continue
        option = f'path.pretrain_network_{letter}'
        number = '<iter>' if iteration is None else str(iteration)
        used = os.path.join(root, 'models', f'net_{letter}_{number}.pth')
        replaced.append((option, str(options.get(option) or ''), used))
    return tuple(replaced)
