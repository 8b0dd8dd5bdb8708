"""Which code will run the training, told from source trees; nothing is imported.

Source of every flag: loaders of BasicSR 1.4.2, Restormer, NAFNet, CodeFormer (see docs).
"""

from __future__ import annotations

import glob
import os
import re
import sys
from importlib.machinery import PathFinder
from typing import Iterator, List, Optional, Tuple

from basicsr_weightcheck.records.plans import Framework

PACKAGE = 'basicsr'
OWN_PACKAGE = 'basicsr_weightcheck'
SOURCE_BYTES = 1 << 20


def find_framework(options_path: str, working_directory: str) -> Optional[Framework]:
    """Return the framework that a training of this YAML imports, None when there is none.

    Code next to the YAML wins over code next to the working directory, and both over an installed
    package: that is what the training's own script imports.
    """
    folders = list(_upwards(os.path.dirname(os.path.abspath(options_path))))
    folders += [folder for folder in _upwards(working_directory) if folder not in folders]
    installed = _installed_origin()
    vendored = next((f for f in folders if _is_framework(os.path.join(f, PACKAGE))), None)
    plugins = _plugins(folders)
    if vendored is not None:
        return describe_framework(os.path.join(vendored, PACKAGE), True, installed, plugins)
    if installed:
        return describe_framework(installed, False, '', plugins)
    return None


def _upwards(folder: str) -> Iterator[str]:
    folder = os.path.abspath(folder)
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def _is_framework(folder: str) -> bool:
    return os.path.isdir(os.path.join(folder, 'models')) and (
        os.path.isdir(os.path.join(folder, 'archs'))
        or os.path.isdir(os.path.join(folder, 'models', 'archs'))
    )


def _installed_origin() -> str:
    """Folder of the basicsr that sys.path offers, '' when it has none."""
    places = [place for place in sys.path if place and os.path.isdir(place)]
    spec = PathFinder.find_spec(PACKAGE, places)
    if spec is None:
        return ''
    if spec.origin:
        return os.path.dirname(spec.origin)
    # A package without __init__.py, as Restormer's after `setup.py develop`.
    folders = spec.submodule_search_locations or ()
    return next((folder for folder in folders if _is_framework(folder)), '')


def _plugins(folders: List[str]) -> Tuple[Tuple[str, str], ...]:
    """Packages beside the YAML that bring archs or models of their own."""
    for folder in folders:
        found = []
        for path in sorted(glob.glob(os.path.join(glob.escape(folder), '*', 'archs'))):
            name = os.path.basename(os.path.dirname(path))
            sources = glob.glob(os.path.join(glob.escape(path), '*_arch.py'))
            if sources and name.isidentifier() and name not in (PACKAGE, OWN_PACKAGE):
                found.append((name, folder))
        if found:
            return tuple(found)
    return ()


def describe_framework(
    origin: str, vendored: bool, installed: str, plugins: Tuple[Tuple[str, str], ...]
) -> Framework:
    """The framework whose package lies in the folder `origin`, told from its sources."""
    legacy = os.path.isdir(os.path.join(origin, 'models', 'archs'))
    loader = _source(origin, 'models', 'base_model.py')
    train = _source(origin, 'train.py')
    options = _source(origin, 'utils', 'options.py')
    models = ''.join(
        _source(path) for path in glob.glob(os.path.join(glob.escape(origin), 'models', '*.py'))
    )
    fallback = bool(re.search(r'[\'"]params[\'"] in load_net', loader))
    namespace = not os.path.isfile(os.path.join(origin, '__init__.py'))
    return Framework(
        name=PACKAGE,
        version=_version(origin),
        layout='legacy' if legacy else 'registry',
        dialect=_dialect(legacy, fallback, 'def parse_options' in options + train, options),
        origin=origin,
        root=os.path.dirname(origin),
        vendored=vendored,
        is_namespace=namespace,
        shadowed_origin=installed if installed and not _same(installed, origin) else '',
        plugins=plugins,
        resumes_automatically='training_states' in train and 'auto_resume' not in train,
        has_params_fallback=fallback,
        makes_param_key_dirs='param_key'
        not in _source(origin, 'utils', 'misc.py')
        .split('def make_exp_dirs')[-1]
        .split('\ndef ')[0],
        has_ema='params_ema' in models,
        key_option_has_suffix='param_key_g' in models,
        names_encoding=bool(re.search(r'open\([^)]*encoding', options + train)),
    )


def _dialect(legacy: bool, fallback: bool, parses_itself: bool, options: str) -> str:
    if legacy:
        return 'restormer' if fallback else 'nafnet'
    if 'def parse_options' in options:
        return 'basicsr'
    return 'codeformer' if parses_itself else 'unknown'


def _source(*parts: str) -> str:
    try:
        with open(os.path.join(*parts), encoding='utf-8', errors='replace') as file:
            return file.read(SOURCE_BYTES)
    except OSError:
        return ''


def _version(origin: str) -> str:
    text = _source(origin, 'version.py')
    match = re.search(r'__version__\s*=\s*[\'"]([^\'"]+)', text)
    if match:
        return match.group(1)
    return _source(os.path.dirname(origin), 'VERSION').strip()[:40]


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
