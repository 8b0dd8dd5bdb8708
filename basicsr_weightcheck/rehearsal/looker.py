"""Child side of a look: networks with their values, one after the other, on the same pictures."""

from __future__ import annotations

import importlib
import os
import random
import re
import sys
from dataclasses import replace
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Sequence, Tuple

from basicsr_weightcheck.errors import NotLookedAt, WeightCheckError
from basicsr_weightcheck.look.measure import as_row, measure, nothing_done
from basicsr_weightcheck.look.picture import Sample, as_png, first_sample, pixels, value_range
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.looks import Look, LookRow
from basicsr_weightcheck.records.tensors import HELD_BACK, CheckpointHeader
from basicsr_weightcheck.rehearsal.following.doors import refuse_download
from basicsr_weightcheck.rehearsal.harmless import on_this_device, replaced
from basicsr_weightcheck.rehearsal.import_framework import Imported
from basicsr_weightcheck.rehearsal.play import as_parsed, losses, networks_of
from basicsr_weightcheck.rehearsal.protocol import LookRequest, Request

# Run a model's real constructor with the real values of its files, on the CPU.
#
# Files are read by torch's own weights_only reader, which runs nothing that they name. One that
# needs more than that is not loaded here, and neither is one that the check has refused.

SEED = 0  # of what a file leaves random: the same in every row of a look


def real_network(imported: Imported, request: Request, name: str) -> Any:
    """The network (bare) as the training starts with it, values included.

    Args:
        request: what is asked of the training's options; files in `headers` that were refused are
            not opened.
        name: of the attribute, as `networks_of` names it.

    Raises:
        NotLookedAt: there is no such network, or a file must not be read.
        Exception: what ends the constructor.
    """
    import torch

    dialect = imported.dialect
    model_class = dialect.model_class(imported.parts, request.plan)
    options = dialect.model_options(request.options, request.plan).options
    with replaced([*_doors(request.headers), *losses(imported)], on_this_device()):
        torch.manual_seed(SEED)
        model = model_class.__new__(model_class)
        dialect.construct(model, options)
        dialect.resume(model, request.plan, torch.load)
    for place, network, _ in networks_of(imported, model):
        if place == name:
            return network
    raise NotLookedAt(phrase('look-no-network', network=name))


def _doors(headers: Dict[str, CheckpointHeader]) -> Iterator[Tuple[Any, Any]]:
    """(function, what replaces it): nothing is run, nothing is fetched."""
    import numpy
    import torch

    yield torch.load, _inert_load(torch.load, headers)
    yield torch.hub.download_url_to_file, refuse_download
    yield numpy.load, _plain_arrays(numpy.load)


def _inert_load(real: Callable[..., Any], headers: Dict[str, CheckpointHeader]) -> Any:
    def load(f: Any, map_location: Any = None, *_: Any, **__: Any) -> Any:
        header = headers.get(str(f))
        if header is not None and header.container == HELD_BACK:
            raise NotLookedAt(phrase('look-held-back', path=str(f)))
        return real(f, map_location='cpu', weights_only=True)

    return load


def _plain_arrays(real: Callable[..., Any]) -> Any:
    def load(file: Any, *args: Any, **kwargs: Any) -> Any:
        return real(file, *args[:1], **{**kwargs, 'allow_pickle': False})

    return load


# Pictures to put through a network: of the YAML's data sets, or of folders.
#
# Data sets are read by the framework's own classes, which also make the degradation and
# normalise.

PICTURES = ('.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff', '.webp')
MOST_OF_AN_ERROR = 200


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
            text = f'{type(error).__name__}: {error}'[:MOST_OF_AN_ERROR]
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
        reason = f'{type(error).__name__}: {error}'[:MOST_OF_AN_ERROR]
        raise NotLookedAt(phrase('look-unreadable', path=path, error=reason)) from error
    return torch.from_numpy(array).permute(2, 0, 1)[None].contiguous()


MOST_CHARACTERS = 300
SIDE = 96  # pixels of an input; a Restormer takes a second and a half for it on one core


class Looker:
    """Keeps the pictures from one request to the next; of the networks one at a time."""

    def __init__(self, imported: Imported) -> None:
        self._imported = imported
        self._source = ''
        self._names: Tuple[str, ...] = ()
        self._samples: List[Sample] = []

    def look(self, request: LookRequest) -> Look:
        """The rows of one network, and of doing nothing where it is the first; never raises."""
        try:
            start = as_parsed(self._imported, request.start, [])
            request = replace(request, start=start)
            network = real_network(self._imported, start, request.network)
        except (Exception, SystemExit) as error:  # whatever ends a constructor
            row = LookRow(request.kind, request.name, problem=_said(error))
            return self._answer(request, [row])
        first = not self._samples
        if first:
            try:
                self._open(request, network)
            except WeightCheckError as error:
                return Look(request.network, problem=error.what)
        rows = [self._row(request.kind, request.name, network, '')]
        rows += [self._row('input', one, network, one) for one in self._told_by(request.inputs)]
        if first:
            rows += self._nothing()
        return self._answer(request, rows)

    def _open(self, request: LookRequest, network: Any) -> None:
        """Take the pictures, cut for this network. Raises NotLookedAt."""
        if request.lq:
            pairs: List[Pair] = folder_pairs(request.lq, request.gt, request.number)
            self._source = ' | '.join(part for part in (request.lq, request.gt) if part)
        else:
            start = request.start
            options = self._imported.dialect.model_options(start.options, start.plan).options
            self._source, pairs = dataset_pairs(self._imported, options, request.number)
        self._samples = [first_sample(one.lq, one.gt, network, SIDE) for one in pairs]
        self._names = tuple(pair.name for pair in pairs)

    def _row(self, kind: str, name: str, network: Any, change: str) -> LookRow:
        try:
            return as_row(kind, name, [measure(network, one, change) for one in self._samples])
        except Exception as error:  # whatever a network raises
            return LookRow(kind, name, problem=_said(error))

    def _told_by(self, changes: Sequence[str]) -> Sequence[str]:
        """Those that change something of these pictures."""
        first = self._samples[0]
        if value_range(first.lq) != (0.0, 1.0):
            return ()
        return [one for one in changes if one != 'bgr' or first.lq.shape[-3] == 3]

    def _nothing(self) -> List[LookRow]:
        found = [nothing_done(sample) for sample in self._samples]
        made = [one for one in found if one is not None]
        return [as_row('nothing', '', made)] if len(made) == len(found) else []

    def _answer(self, request: LookRequest, rows: Sequence[LookRow]) -> Look:
        if not self._samples:
            return Look(request.network, rows=tuple(rows))
        first = self._samples[0]
        limits = value_range(first.gt if first.gt is not None else first.lq)
        return Look(
            request.network,
            self._source,
            self._names,
            tuple(first.lq.shape[-2:]),
            first.scale,
            tuple(rows),
            '',
            as_png(pixels(first.lq, limits)),
            as_png(pixels(first.gt, limits)) if first.gt is not None else b'',
        )


def _said(error: BaseException) -> str:
    if isinstance(error, WeightCheckError):
        return error.what
    return f'{type(error).__name__}: {error}'[:MOST_CHARACTERS]
