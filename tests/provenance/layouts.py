"""The fixture models of this folder in both layouts of the family."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from tests.agreement.legacy_layout import write_repository

SOURCES = Path(__file__).resolve().parents[1] / 'fixtures' / 'provenance'
MODULES = ('family', 'idioms', 'program')
PACKAGE = 'forks'
REGISTER = """from basicsr.utils.registry import ARCH_REGISTRY
from forks.archs import tiny_arch

for name, found in vars(tiny_arch).items():
    if name.startswith('Tiny'):
        ARCH_REGISTRY.register(found)
"""


def write_plugin(folder: str) -> str:
    """A package beside the YAML that registers its networks and models with basicsr 1.4.2."""
    package = os.path.join(folder, PACKAGE)
    for part in ('archs', 'models'):
        os.makedirs(os.path.join(package, part))
    _write(os.path.join(package, '__init__.py'), '')
    _write(os.path.join(package, 'archs', '__init__.py'), REGISTER)
    shutil.copy(str(SOURCES / 'tiny_arch.py'), os.path.join(package, 'archs'))
    _copy_models(os.path.join(package, 'models'))
    imports = ''.join(f'from forks.models import {name}  # noqa: F401\n' for name in MODULES)
    _write(os.path.join(package, 'models', '__init__.py'), imports)
    return folder


def import_plugin(folder: str) -> Any:
    """`type name -> model class` of the package, in this process (basicsr is repaired before)."""
    sys.path.insert(0, folder)
    try:
        __import__(f'{PACKAGE}.archs')
        __import__(f'{PACKAGE}.models')
    finally:
        sys.path.remove(folder)
    from basicsr.utils.registry import MODEL_REGISTRY

    return MODEL_REGISTRY.get


def write_older(folder: str) -> str:
    """A repository of the older layout that has the same networks and models in it."""
    write_repository(folder, '')
    models = os.path.join(folder, 'basicsr', 'models')
    shutil.copy(str(SOURCES / 'tiny_arch.py'), os.path.join(models, 'archs'))
    _copy_models(models)
    _append(
        os.path.join(models, 'archs', '__init__.py'),
        "_arch_modules.append(importlib.import_module('basicsr.models.archs.tiny_arch'))\n",
    )
    for name in MODULES[1:]:
        _append(
            os.path.join(models, '__init__.py'),
            f"_model_modules.append(importlib.import_module('basicsr.models.{name}'))\n",
        )
    return folder


def import_older(folder: str) -> Any:
    """The same for the older layout; in a process of its own."""
    from tests.agreement.legacy_layout import import_repository

    import_repository(folder)
    import importlib

    names = ('image_restoration_model', *MODULES[1:])
    modules = [importlib.import_module(f'basicsr.models.{name}') for name in names]
    return lambda name: next(getattr(m, name) for m in modules if hasattr(m, name))


def _copy_models(folder: str) -> None:
    for name in MODULES:
        shutil.copy(str(SOURCES / f'{name}.py'), folder)


def _write(path: str, text: str) -> None:
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def _append(path: str, text: str) -> None:
    with open(path, 'a', encoding='utf-8') as file:
        file.write(text)
