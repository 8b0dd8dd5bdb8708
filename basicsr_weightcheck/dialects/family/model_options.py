"""Options as BasicSR's own parser hands them to the model.

Source: basicsr 1.4.2 utils/options.py `parse_options`.
"""

from __future__ import annotations

import copy
import inspect
import os
import sys
from typing import Any, Callable, ContextManager, Dict, Optional

from basicsr_weightcheck.dialects.dialect import Decoded, option_file, part_of, raised_by
from basicsr_weightcheck.dialects.recorded_options import NamedSection, RecordedOptions
from basicsr_weightcheck.records.plans import LoadPlan


def training_options(given: Dict[str, Any], plan: LoadPlan) -> Decoded:
    """A copy with what the parser adds; networks know their names, and `path:` what is read."""
    options = copy.deepcopy(given)
    options.update(
        is_train=plan.is_train, dist=False, rank=0, world_size=1, num_gpu=0,
        auto_resume=False, root_path=_root(plan),
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


def parsed_options(
    options: Dict[str, Any], plan: LoadPlan, guard: ContextManager[Any]
) -> Dict[str, Any]:
    """What the framework's own parser makes of these options.

    Source: basicsr 1.4.2 utils/options.py `parse_options(root_path, is_train)`; Restormer and
    CodeFormer utils/options.py `parse(opt_path, [root_path,] is_train)`. A fork without either, or
    with other parameters, is not asked: the options are returned as they are, as where the parser
    wants more on the command line than is known here.

    Args:
        options: as the file has them, or as edited, and as a resume changes them.
        plan: for the framework, folders and what is trained.
        guard: entered while the parser runs.

    Raises:
        Exception, SystemExit: what ends the parser, and with it the training.
    """
    import yaml

    try:
        text = yaml.safe_dump(options, sort_keys=False)  # ASCII, as it is read in any encoding
    except yaml.YAMLError:
        return options  # of a live model, which were parsed before
    parse = _parser(plan)
    if parse is None:
        return options
    arguments = sys.argv
    with option_file(text, 'train.yml') as path:
        sys.argv = ['train.py', '-opt', path]
        try:
            with guard:
                made = parse(path)
        except SystemExit as error:
            if raised_by(error) == 'argparse':
                return options
            raise
        finally:
            sys.argv = arguments
    parsed = made[0] if isinstance(made, tuple) and made else made
    return _resumed(parsed, options, plan) if isinstance(parsed, dict) else options


def _parser(plan: LoadPlan) -> Optional[Callable[[str], Any]]:
    """The framework's parser as a function of a file's path; None where it cannot be asked."""
    try:
        module = part_of(plan.framework, 'utils.options')
    except ImportError:
        return None
    parse = getattr(module, 'parse_options', None) or getattr(module, 'parse', None)
    if parse is None:
        return None
    wanted = set(inspect.signature(parse).parameters)
    given = {'opt_path': '', 'root_path': _root(plan), 'is_train': plan.is_train}
    if not wanted <= set(given):
        return None
    return lambda path: parse(**{name: {**given, 'opt_path': path}[name] for name in wanted})


def _resumed(parsed: Dict[str, Any], options: Dict[str, Any], plan: LoadPlan) -> Dict[str, Any]:
    """The parser's options with what a resume puts in their place, which is done after it.

    Source: basicsr 1.4.2 utils/misc.py `check_resume`.
    """
    written, used = plan.options.get('path'), options.get('path')
    paths = parsed.get('path')
    if isinstance(written, dict) and isinstance(used, dict) and isinstance(paths, dict):
        paths.update({k: v for k, v in used.items() if k not in written or written[k] != v})
    return parsed


def _root(plan: LoadPlan) -> str:
    """The folder that the training's script calls root_path; experiments/NAME lies in it."""
    root = plan.experiments_root
    return os.path.dirname(os.path.dirname(root)) if root else plan.working_directory


def _paths(section: Any, plan: LoadPlan) -> Dict[str, Any]:
    path = dict(section) if isinstance(section, dict) else {}
    root = plan.experiments_root or plan.working_directory
    for name in ('experiments_root', 'models', 'training_states', 'log', 'visualization'):
        path.setdefault(name, root)
    for key, value in path.items():
        if isinstance(value, str) and ('pretrain_network' in key or 'resume_state' in key):
            path[key] = os.path.expanduser(value)
    return path
