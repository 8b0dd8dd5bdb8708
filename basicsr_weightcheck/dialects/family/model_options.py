"""Options as BasicSR's own parser hands them to the model.

Source: basicsr 1.4.2 utils/options.py `parse_options`.
"""

from __future__ import annotations

import copy
import os
from typing import Any, Dict

from basicsr_weightcheck.dialects.dialect import Decoded
from basicsr_weightcheck.dialects.recorded_options import NamedSection, RecordedOptions
from basicsr_weightcheck.records.plans import LoadPlan


def training_options(given: Dict[str, Any], plan: LoadPlan) -> Decoded:
    """A copy with what the parser adds; networks know their names, and `path:` what is read."""
    options = copy.deepcopy(given)
    options.update(
        is_train=plan.is_train, dist=False, rank=0, world_size=1, num_gpu=0,
        auto_resume=False, root_path=plan.working_directory,
    )  # fmt: skip
    options.setdefault('manual_seed', 0)
    options.setdefault('name', 'rehearsal')
    datasets = options.get('datasets')
    for phase, dataset in datasets.items() if isinstance(datasets, dict) else ():
        if isinstance(dataset, dict):
            dataset['phase'] = str(phase).split('_')[0]
            if 'scale' in options:
                dataset['scale'] = options['scale']
    for name, section in options.items():
        if str(name).startswith('network_') and isinstance(section, dict):
            options[name] = NamedSection(str(name), section)
    paths = RecordedOptions(_paths(options.get('path'), plan))
    options['path'] = paths
    return Decoded(options, paths)


def _paths(section: Any, plan: LoadPlan) -> Dict[str, Any]:
    path = dict(section) if isinstance(section, dict) else {}
    root = plan.experiments_root or plan.working_directory
    for name in ('experiments_root', 'models', 'training_states', 'log', 'visualization'):
        path.setdefault(name, root)
    for key, value in path.items():
        if isinstance(value, str) and ('pretrain_network' in key or 'resume_state' in key):
            path[key] = os.path.expanduser(value)
    return path
