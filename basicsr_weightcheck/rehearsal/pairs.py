"""Pictures to put through a network: of the YAML's data sets, or of folders.

Data sets are read by the framework's own classes, which also make the degradation and normalise.
"""

from __future__ import annotations

import importlib
import os
import random
import re
import sys
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

from basicsr_weightcheck.errors import NotLookedAt
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.rehearsal.import_framework import Imported
from basicsr_weightcheck.rehearsal.real_start import SEED

PICTURES = ('.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff', '.webp')
MOST_CHARACTERS = 200


class Pair(NamedTuple):
    """One sample.

    Attributes:
        name: of the file, or its number in the data set.
        lq: (1, c, h, w) or (1, t, c, h, w), float32.
        gt: the same, larger by the scale; None where there is none.
    """

    name: str
    lq: Any
    gt: Any


def dataset_pairs(
    imported: Imported, options: Dict[str, Any], number: int
) -> Tuple[str, List[Pair]]:
    """('datasets.val', samples) of the first data set that can be read; those of validation first.

    Args:
        imported: the framework.
        options: as the model's constructor gets them.
        number: of samples, taken at even distances.

    Raises:
        NotLookedAt: none can be read; says why of the first.
    """
    datasets = options.get('datasets')
    named = datasets.items() if isinstance(datasets, dict) else ()
    sections = [(str(k), dict(v)) for k, v in named if isinstance(v, dict) and v.get('type')]
    sections.sort(key=lambda one: not one[0].startswith('val'))
    troubles = []
    for phase, section in sections:
        try:
            return f'datasets.{phase}', list(_of_dataset(imported, section, number))
        except Exception as error:  # whatever a data set's class raises
            text = f'{type(error).__name__}: {error}'[:MOST_CHARACTERS]
            troubles.append(phrase('look-dataset-fails', phase=phase, error=text))
    raise NotLookedAt(troubles[0] if troubles else phrase('look-no-dataset'))


def _of_dataset(imported: Imported, section: Dict[str, Any], number: int) -> Iterator[Pair]:
    import numpy
    import torch

    for name, value in section.items():
        if name.startswith('dataroot') and isinstance(value, str):
            section[name] = os.path.expanduser(value)
    data = importlib.import_module(f'{imported.framework.name}.data')
    build = getattr(data, 'build_dataset', None) or data.create_dataset
    dataset = build(section)
    for at in dict.fromkeys(len(dataset) * part // number for part in range(number)):
        random.seed(SEED)
        numpy.random.seed(SEED)
        torch.manual_seed(SEED)
        _announce(_paths(dataset, at) or f'{section.get("phase", "")} {at}')
        sample = dataset[at]
        gt = sample.get('gt')
        yield Pair(_name(sample, at), sample['lq'][None], None if gt is None else gt[None])


def _paths(dataset: Any, at: int) -> str:
    """Files of a sample, as far as the data set tells them before it reads them."""
    paths = getattr(dataset, 'paths', None)
    one = paths[at] if isinstance(paths, (list, tuple)) and at < len(paths) else ''
    return ' '.join(map(str, one.values())) if isinstance(one, dict) else str(one)


def _announce(name: str) -> None:
    """The last line that is left of a child that a picture is too large for."""
    print(name, file=sys.stderr, flush=True)


def _name(sample: Any, at: int) -> str:
    path = sample.get('lq_path') or sample.get('gt_path')
    return os.path.basename(path) if isinstance(path, str) else str(at)


def folder_pairs(lq: str, gt: str, number: int) -> List[Pair]:
    """The first pictures of two folders that belong together, or of one where `gt` is ''.

    Args:
        lq, gt: folders; names are the same but for the ending, and an 'x4' of the smaller ones.
        number: of pictures, taken at even distances.

    Raises:
        NotLookedAt: a folder has no pictures, or one has no partner or cannot be read.
    """
    names = _pictures(lq)
    wanted = {os.path.splitext(name)[0]: name for name in _pictures(gt)} if gt else {}
    pairs = []
    for at in dict.fromkeys(len(names) * part // number for part in range(number)):
        target = None
        if gt:
            stem = os.path.splitext(names[at])[0]
            partner = wanted.get(stem) or wanted.get(re.sub(r'_?x\d$', '', stem))
            if partner is None:
                raise NotLookedAt(phrase('look-unpaired', name=names[at], folder=gt))
            target = _read(os.path.join(gt, partner))
        pairs.append(Pair(names[at], _read(os.path.join(lq, names[at])), target))
    return pairs


def _pictures(folder: str) -> List[str]:
    try:
        names = sorted(name for name in os.listdir(folder) if name.lower().endswith(PICTURES))
    except OSError:
        names = []
    if not names:
        raise NotLookedAt(phrase('look-no-pictures', folder=folder))
    return names


def _read(path: str) -> Any:
    """(1, 3, h, w), float32, 0 to 1, RGB. Raises NotLookedAt where it cannot be read."""
    import numpy
    import torch

    try:
        from PIL import Image
    except ImportError as error:
        raise NotLookedAt(phrase('look-needs-pillow')) from error
    _announce(path)
    try:
        with Image.open(path) as image:
            array = numpy.asarray(image.convert('RGB'), dtype=numpy.float32) / 255
    except Exception as error:  # Pillow has many: cut files, unknown ones, pictures without measure
        reason = f'{type(error).__name__}: {error}'[:MOST_CHARACTERS]
        raise NotLookedAt(phrase('look-unreadable', path=path, error=reason)) from error
    return torch.from_numpy(array).permute(2, 0, 1)[None].contiguous()
