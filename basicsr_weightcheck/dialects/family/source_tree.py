"""What the sources of a copy of BasicSR tell; nothing is imported.

Source of every flag: loaders of BasicSR 1.4.2, Restormer, NAFNet, CodeFormer (see docs).
"""

from __future__ import annotations

import dataclasses
import glob
import os
import re
from typing import NamedTuple

from basicsr_weightcheck.records.plans import Framework

SOURCE_BYTES = 1 << 20


class Sources(NamedTuple):
    """Texts of the files that tell one dialect from another, '' where there is none.

    Attributes:
        is_legacy: networks lie in models/archs and are found by name.
        loader: models/base_model.py.
        train: train.py.
        options: utils/options.py.
    """

    is_legacy: bool
    loader: str
    train: str
    options: str

    @property
    def has_fallback(self) -> bool:
        """An absent table silently becomes 'params'."""
        return bool(re.search(r'[\'"]params[\'"] in load_net', self.loader))


def is_package(folder: str) -> bool:
    """It has models and networks where BasicSR or its legacy copies have them."""
    return os.path.isdir(os.path.join(folder, 'models')) and (
        os.path.isdir(os.path.join(folder, 'archs'))
        or os.path.isdir(os.path.join(folder, 'models', 'archs'))
    )


def sources_of(origin: str) -> Sources:
    """Read the files of a package that tell its dialect."""
    return Sources(
        os.path.isdir(os.path.join(origin, 'models', 'archs')),
        read(origin, 'models', 'base_model.py'),
        read(origin, 'train.py'),
        read(origin, 'utils', 'options.py'),
    )


def described(framework: Framework) -> Framework:
    """The framework with everything that its sources tell."""
    origin = framework.origin
    sources = sources_of(origin)
    models = ''.join(
        read(path) for path in glob.glob(os.path.join(glob.escape(origin), 'models', '*.py'))
    )
    folders = read(origin, 'utils', 'misc.py').split('def make_exp_dirs')[-1].split('\ndef ')[0]
    text = sources.options + sources.train
    return dataclasses.replace(
        framework,
        version=_version(origin),
        layout='legacy' if sources.is_legacy else 'registry',
        resumes_automatically=(
            'training_states' in sources.train and 'auto_resume' not in sources.train
        ),
        has_params_fallback=sources.has_fallback,
        makes_param_key_dirs='param_key' not in folders,
        has_ema='params_ema' in models,
        key_option_has_suffix='param_key_g' in models,
        names_encoding=bool(re.search(r'open\([^)]*encoding', text)),
    )


def read(*parts: str) -> str:
    """The beginning of a file, '' where it cannot be read."""
    try:
        with open(os.path.join(*parts), encoding='utf-8', errors='replace') as file:
            return file.read(SOURCE_BYTES)
    except OSError:
        return ''


def _version(origin: str) -> str:
    text = read(origin, 'version.py')
    match = re.search(r'__version__\s*=\s*[\'"]([^\'"]+)', text)
    if match:
        return match.group(1)
    return read(os.path.dirname(origin), 'VERSION').strip()[:40]
