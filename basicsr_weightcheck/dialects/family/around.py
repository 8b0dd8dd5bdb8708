"""What the training does to files and folders before it reaches the load.

Source: BasicSR 1.4.2 utils/misc.py `mkdir_and_rename`, `make_exp_dirs`; Restormer's copy lacks the
exemption for `param_key`.
"""

from __future__ import annotations

import os
import re
from typing import Any, Dict, List, Tuple

from basicsr_weightcheck.dialects.option_names import meant
from basicsr_weightcheck.records.plans import Framework, OptionFile, PathEffect

# Options that the parser overwrites with folders of its own before make_exp_dirs sees them.
OWN_FOLDERS = (
    'experiments_root', 'models', 'training_states', 'log', 'visualization', 'results_root', 'root',
)  # fmt: skip
# Of a network of any letter or number: a class of one's own has net_0, net_1.
KNOWN = re.compile(
    r'(pretrain_network|strict_load)_[a-z0-9]\w*|resume_state|ignore_resume_networks'
)
MISPLACED = re.compile(
    r'(pretrain_network|strict_load|param_key)_[a-z]\w*|param_key|resume_state|ignore_resume_networks'
)
WEIGHT_FILE = re.compile(r'.*\.(pth|pt|ckpt|safetensors)')


def path_effects(
    section: Dict[str, Any], framework: Framework, working_directory: str
) -> Tuple[PathEffect, ...]:
    """What `os.makedirs` makes of every option below `path:` that is not exempt."""
    exempt = ['strict_load', 'pretrain_network', 'resume']
    if not framework.makes_param_key_dirs:
        exempt.append('param_key')
    read = [key_name(framework, letter) for letter in 'gd']
    effects = []
    for key, value in section.items():
        name = str(key)
        if name in OWN_FOLDERS or any(part in name for part in exempt):
            continue
        effect = _effect(value, working_directory)
        effects.append(PathEffect(f'path.{name}', str(value), effect, name in read))
    return tuple(effects)


def _effect(value: Any, working_directory: str) -> str:
    if not isinstance(value, str):
        return 'not-text'
    is_file = os.path.isfile(os.path.join(working_directory, value))
    return 'is-file' if is_file else 'makes-directory'


def unknown_options(
    section: Dict[str, Any], framework: Framework
) -> Tuple[Tuple[str, str, bool], ...]:
    """(dotted option, nearest known name or '', surely meant) of options that no loader reads."""
    known = ['pretrain_network_g', 'pretrain_network_d', 'strict_load_g', 'strict_load_d']
    known += ['resume_state', 'ignore_resume_networks']
    known += [key_name(framework, 'g'), key_name(framework, 'd')]
    found = []
    for key in map(str, section):
        if KNOWN.fullmatch(key) or key in OWN_FOLDERS or key in known or 'param_key' in key:
            continue
        found.append((f'path.{key}', *meant(key, known)))
    return tuple(found)


def ignored_key_options(section: Dict[str, Any], framework: Framework) -> Tuple[str, ...]:
    """`param_key` in a framework that reads `param_key_g`, or the other way round."""
    if not framework.is_found:
        return ()
    wrong = 'param_key' if framework.key_option_has_suffix else 'param_key_'
    named = [key for key in map(str, section) if key.startswith('param_key')]
    exact = framework.key_option_has_suffix
    return tuple(
        f'path.{key}' for key in named if (key == wrong if exact else key.startswith(wrong))
    )


def key_name(framework: Framework, letter: str) -> str:
    """Name of the option below `path:` that chooses the table."""
    return f'param_key_{letter}' if framework.key_option_has_suffix else 'param_key'


def weight_options(options: OptionFile) -> Dict[str, str]:
    """{dotted option: path} of everything below `path:` that is called as the loaders' options."""
    section = options.get('path')
    return {
        f'path.{key}': value
        for key, value in (section.items() if isinstance(section, dict) else ())
        if str(key).startswith('pretrain_network_') and isinstance(value, str)
    }


def misplaced_options(options: OptionFile) -> Tuple[str, ...]:
    """Dotted places of load options that stand outside `path:` (often a lost indentation)."""
    found: List[str] = []
    for place in options.lines:
        *sections, name = place.split('.')
        if sections != ['path'] and len(sections) <= 1 and MISPLACED.fullmatch(name):
            found.append(place)
    return tuple(found)


def forced_options(options: OptionFile) -> Tuple[Tuple[str, str], ...]:
    """(new top-level option, place in the form of --force_yml) that an entry probably meant.

    Source: basicsr 1.4.2 utils/options.py `parse_options`: sections end at a colon; a name with
    dots is one name, and the last name of an entry may be new.
    """
    found = []
    for name in options.forced:
        if '.' in name:
            found.append((name, name.replace('.', ':')))
        elif MISPLACED.fullmatch(name):
            found.append((name, f'path:{name}'))
    return tuple(found)


def other_weight_paths(options: OptionFile) -> Tuple[Tuple[str, str], ...]:
    """(dotted option, value) of weight files named outside `path:`, where they belong elsewhere."""
    misplaced = misplaced_options(options)
    found = []
    for place in options.lines:
        value = options.get(place)
        if (
            not place.startswith('path.')
            and place not in misplaced
            and isinstance(value, str)
            and WEIGHT_FILE.fullmatch(value)
        ):
            found.append((place, value))
    return tuple(found)
