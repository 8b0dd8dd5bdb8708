"""Frameworks that are recognised so that nobody takes them for BasicSR: nothing is said of them.

Source: layouts of open-mmlab/mmagic, of projects on PyTorch Lightning, and what stands below.
"""

from __future__ import annotations

import glob
import os
import re
from typing import ClassVar, Iterator, Tuple

from basicsr_weightcheck.dialects.dialect import Dialect
from basicsr_weightcheck.dialects.family.source_tree import read

LIGHTNING = re.compile(r'^\s*(?:import|from)\s+(?:pytorch_)?lightning\b', re.MULTILINE)


class Unsupported(Dialect):
    """A repository that has certain files at its root; its name is that which users know.

    Attributes:
        marks: files, each relative to the root; all have to be there.
    """

    turn = 6
    is_supported = False
    marks: ClassVar[Tuple[str, ...]] = ()

    def origins(self, folder: str) -> Iterator[str]:
        yield folder

    def recognises(self, origin: str) -> bool:
        return all(os.path.exists(os.path.join(origin, mark)) for mark in self.marks)


class Earlier(Unsupported):
    """What BasicSR was before 1.0, and what came of it: its code lies in codes/ or deeper.

    Source: models/networks.py `define_G` of xinntao/BasicSR of 2020, victorca25/traiNNer,
    XPixelGroup/ClassSR, Algolzw/image-restoration-sde.
    """

    turn = 2  # before the family: some have networks where a copy of BasicSR has them

    def origins(self, folder: str) -> Iterator[str]:
        yield folder
        yield os.path.join(folder, 'codes')

    def recognises(self, origin: str) -> bool:
        # A folder of networks alone is no framework: something has to train with them.
        if 'def define_G(' not in read(origin, 'models', 'networks.py'):
            return False
        scripts = glob.glob(os.path.join(glob.escape(origin), '*train*.py'))
        return bool(scripts) and super().recognises(origin)


class TraiNNer(Earlier):
    """The one that has options of its own."""

    name, marks = 'traiNNer', ('options/defaults.py',)


class BeforeOne(Earlier):
    """Any other."""

    name = 'BasicSR before 1.0'


class MMagic(Unsupported):
    """What became of MMEditing."""

    name, marks = 'MMagic', ('mmagic/__init__.py', 'configs')


class MMEditing(Unsupported):
    """What MMagic was."""

    name, marks = 'MMEditing', ('mmedit/__init__.py', 'configs')


class Lightning(Unsupported):
    """A project whose own scripts train with PyTorch Lightning."""

    name = 'PyTorch Lightning'

    def recognises(self, origin: str) -> bool:
        scripts = glob.glob(os.path.join(glob.escape(origin), '*train*.py'))
        scripts += glob.glob(os.path.join(glob.escape(origin), 'main*.py'))
        return any(LIGHTNING.search(read(script)) for script in scripts)
