"""What the sources of a copy of BasicSR tell; nothing is imported.

Source of every flag: loaders of BasicSR 1.4.2, Restormer, NAFNet, CodeFormer (see docs).
"""

from __future__ import annotations

import dataclasses
import glob
import os
import re
from typing import List, NamedTuple, Tuple

from basicsr_weightcheck.records.plans import Framework

# Of one file: more than any source of the family has.
SOURCE_BYTES = 1 << 20
ROOT_PARTS = re.compile(r'^\s*(?:import|from) (?:archs|models)\b', re.MULTILINE)


class SourceTexts(NamedTuple):
    """Texts of the files that tell one dialect from another, '' where there is none.

    Attributes:
        is_legacy: networks lie in models/archs and are found by name.
        loader: models/base_model.py.
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
    """It has models and networks where BasicSR or its legacy copies have them.

    A plug-in has models too, but not the class that they are made from.
    """
    models = os.path.join(folder, 'models')
    if os.path.isdir(os.path.join(models, 'archs')):
        return True
    has_base = os.path.isfile(os.path.join(models, 'base_model.py'))
    return has_base and os.path.isdir(os.path.join(folder, 'archs'))


def brings_parts(folder: str) -> bool:
    """A repository whose archs/ or models/ are imported by these names alone, from its root.

    Its scripts do so (IART, MAN); those of a package without an __init__.py
    import it by its own name (dslisleedh/PLKSR plksr/train.py).
    """
    if not any(os.path.isdir(os.path.join(folder, part)) for part in ('archs', 'models')):
        return False
    scripts = glob.glob(os.path.join(glob.escape(folder), '*train*.py'))
    return any(ROOT_PARTS.search(read(script)) for script in scripts)


def inside_each(folder: str, *parts: str) -> List[str]:
    """What glob says of `*/…/…`, sorted; its own way takes ten times as long among many files."""
    try:
        with os.scandir(folder) as entries:
            names = [one.name for one in entries if one.is_dir() and one.name[0] != '.']
    except OSError:
        return []
    paths = (os.path.join(folder, name, *parts) for name in names)
    return sorted(filter(os.path.exists, paths))


def root_of_start(folder: str) -> str:
    """The folder that a start script in `folder` takes for the root of its experiments.

    Source: XPixelGroup/HAT hat/train.py, icandle/MAN train.py: `root_path` is so many times the
    parent of the script; where none says so, the folder itself ('' where there is no script).
    """
    scripts = sorted(glob.glob(os.path.join(glob.escape(folder), '*train*.py')))
    for script in scripts:
        found = re.search(r'join\(__file__((?:,\s*(?:\w+\.)*pardir)+)\)', read(script))
        if found is not None:
            ups = [os.pardir] * found.group(1).count('pardir')
            return os.path.normpath(os.path.join(script, *ups))
    return folder if scripts else ''


def pinned_version(folder: str, package: str) -> Tuple[str, str]:
    """(version, file) of a package that a repository asks for exactly; two empty texts if none."""
    for name in ('requirements.txt', 'setup.py', 'pyproject.toml'):
        text = read(folder, name)
        found = re.search(rf'^[\s"\']*{package}\s*==\s*([\w.]+)', text, re.MULTILINE)
        if found is not None:
            return found.group(1), name
    return '', ''


def sources_of(origin: str) -> SourceTexts:
    """Read the files of a package that tell its dialect."""
    return SourceTexts(
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
    # Its own text alone: other functions of the file may speak of `param_key` as well.
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
        resume_names_sections=framework.dialect == 'basicsr',
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
