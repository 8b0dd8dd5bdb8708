"""Where a checkpoint comes from: its sidecar, the YAML beside it, or the log of its training.

Source: basicsr 1.4.2 utils/options.py `copy_opt_file` and `dict2str`; Restormer train.py.
"""

from __future__ import annotations

import ast
import dataclasses
import glob
import hashlib
import json
import os
import re
from typing import Any, Dict, List, Optional, Tuple

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.plan.weight_paths import resolve
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.records.sources import Origin, shown_value

SUFFIX = '.weightcheck.json'
# Options are printed at the beginning of a log.
LOG_BYTES = 1 << 20
# A weight file may have gigabytes, and is sealed at every save.
ENDS_BYTES = 1 << 20


def with_origin(load: LoadReport, plan: LoadPlan) -> LoadReport:
    """The load with what is known of the network that its file was saved from."""
    path = resolve(load.step.load_path, plan.working_directory)
    load = dataclasses.replace(load, stale_sidecar=stale_sidecar(path))
    origin = find_origin(path, load.step.network_option)
    section = plan.options.get(load.step.network_option)
    if origin is None or not isinstance(section, dict):
        return load
    known = dict(load.network.defaults) if load.network is not None else {}
    return dataclasses.replace(
        load, origin=origin, origin_differences=differences(origin, section, known)
    )


def find_origin(checkpoint: str, section: str) -> Optional[Origin]:
    """What is known of the network that a checkpoint was saved from, None when nothing is.

    Args:
        checkpoint: path of the weight file.
        section: 'network_g', ...
    """
    # The sidecar is of this very file; the others are of the run, and may be of a later one.
    sidecar = _sidecar(checkpoint, section)
    if sidecar is not None:
        return sidecar
    told = _copied_yamls(checkpoint, section) or _logs(checkpoint, section)
    # Of several runs in one folder nothing says which one saved the file.
    agreed = all(dict(one.options) == dict(told[0].options) for one in told)
    return told[0] if told and agreed else None


def seal(path: str) -> Dict[str, Any]:
    """What tells a file from another: its size in bytes, and a hash of its first and last MiB.

    The header or the directory of every container stands there; the directory of an archive has the
    checksums of all its tensors.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, 'rb') as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        ends = hashlib.sha256(file.read(ENDS_BYTES))
        file.seek(max(0, size - ENDS_BYTES))
        ends.update(file.read(ENDS_BYTES))
    return {'bytes': size, 'ends_sha256': ends.hexdigest()}


def stale_sidecar(checkpoint: str) -> str:
    """The sidecar that lies beside a checkpoint and was written for another, '' without one."""
    document = _document(checkpoint + SUFFIX)
    return checkpoint + SUFFIX if document and not _is_of(document, checkpoint) else ''


def _document(path: str) -> Dict[str, Any]:
    try:
        with open(path, encoding='utf-8') as file:
            document = json.load(file)
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _is_of(document: Dict[str, Any], checkpoint: str) -> bool:
    try:
        return bool(document.get('file') == seal(checkpoint))
    except OSError:
        return False


def _sidecar(checkpoint: str, section: str) -> Optional[Origin]:
    path = checkpoint + SUFFIX
    document = _document(path)
    options = document.get('options')
    if not isinstance(options, dict) or document.get('section', section) != section:
        return None
    if not _is_of(document, checkpoint):
        return None
    return Origin(
        path,
        _flat(options),
        str(document.get('class') or ''),
        str(document.get('source_sha256') or ''),
    )


def _experiment(checkpoint: str) -> str:
    """experiments/<name> of experiments/<name>/models/net_g_5.pth, '' elsewhere.

    traiNNer-redux keeps the raw networks of a training with averages in models/resume_models.
    """
    folder = os.path.dirname(os.path.abspath(checkpoint))
    if os.path.basename(folder) == 'resume_models':
        folder = os.path.dirname(folder)
    return os.path.dirname(folder) if os.path.basename(folder) == 'models' else ''


def _copied_yamls(checkpoint: str, section: str) -> List[Origin]:
    folder, found = _experiment(checkpoint), []
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), '*.yml'))) if folder else []:
        try:
            options = read_options(path).get(section)
        except OptionError:
            continue
        if isinstance(options, dict):
            found.append(Origin(path, _flat(options)))
    return found


def _logs(checkpoint: str, section: str) -> List[Origin]:
    folder, found = _experiment(checkpoint), []
    logs = glob.glob(os.path.join(glob.escape(folder), 'train_*.log')) if folder else []
    for path in sorted(logs, reverse=True):
        try:
            with open(path, encoding='utf-8', errors='replace') as file:
                options = parse_dump(file.read(LOG_BYTES), section)
        except OSError:
            continue
        if options:
            found.append(Origin(path, _flat(options)))
    return found


def parse_dump(text: str, section: str) -> Dict[str, Any]:
    """The options of one section in what dict2str printed, {} when it is not there.

    One option a line, `key: value` with the value as Python's str shows it.
    """
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if line.strip() == f'{section}:['), -1)
    options: Dict[str, Any] = {}
    if start < 0:
        return options
    for line in lines[start + 1 :]:
        if line.strip() == ']':
            return options
        match = re.fullmatch(r'\s*([\w.-]+): (.*)', line)
        if match:
            options[match.group(1)] = _value(match.group(2))
    return options


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return {'true': True, 'false': False}.get(text, text)


def _flat(options: Dict[str, Any]) -> Tuple[Tuple[str, str], ...]:
    return tuple((str(key), shown_value(value)) for key, value in options.items())


def differences(
    origin: Origin, options: Dict[str, Any], defaults: Dict[str, str]
) -> Tuple[Tuple[str, str, str], ...]:
    """(option, then, now) of every option of the section that differs.

    Args:
        options: the section of the YAML now.
        defaults: {option: value as text} of the class, for what one side does not write;
            without a default such an option is not compared.
    """
    # What one side leaves to the default is the default: written out it is no difference.
    then, now = {**defaults, **dict(origin.options)}, {**defaults, **dict(_flat(options))}
    return tuple(
        (name, then[name], now[name])
        for name in dict.fromkeys([*then, *now])
        if name in then and name in now and then[name] != now[name]
    )
