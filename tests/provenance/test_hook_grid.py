"""Check, hook and the live tensors say the same of every tensor: 13 models and 12 files.

The training's constructor runs on real tensors with the hook installed. Its networks are read off
by their values; what the check says of the same options, and what the hook found, must be that.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Tuple

import pytest

import basicsr_weightcheck
from basicsr_weightcheck.hook import verify as verification
from basicsr_weightcheck.records.sources import FileTensor
from tests.agreement.networks import NETWORKS
from tests.provenance.idioms import TINY_NET
from tests.provenance.rehearsing import open_stage, rehearse
from tests.provenance.training import make_options, write
from tests.provenance.truth import compare, start
from tests.provenance.values import Values, networks_of

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]

Table = Dict[str, Any]
Make = Callable[[str, str, str], Any]


class Entry(NamedTuple):
    """One model of the grid: its class, section and what stands below `path:` besides."""

    model: str
    network: Dict[str, Any]
    strict: bool = True
    ema_decay: float = 0


# What the hook does not tell rightly yet; an entry that is told rightly fails the test.
NOT_YET: Dict[str, str] = {}


def _of(network: str) -> Dict[str, Any]:
    return dict(NETWORKS[network], type=network)


MODELS: Dict[str, Entry] = {
    'EDSR': Entry('SRModel', _of('EDSR')),
    'EDSR, average': Entry('SRModel', _of('EDSR'), True, 0.999),
    'EDSR, not strict': Entry('SRModel', _of('EDSR'), False, 0.999),
    'RRDBNet': Entry('SRModel', _of('RRDBNet'), False),
    'SRVGGNetCompact': Entry('SRModel', _of('SRVGGNetCompact')),
    'ECBSR': Entry('SRModel', _of('ECBSR'), False),
    'tied': Entry('SRModel', {'type': 'TinyTied'}, False),
    'its own load_state_dict': Entry('SRModel', {'type': 'TinyChooser'}, False),
    'spectral': Entry('SRModel', {'type': 'TinySpectral'}),
    'merge': Entry('MergeModel', TINY_NET, True, 0.999),
    'position': Entry('PositionModel', TINY_NET),
    'slice': Entry('SliceModel', TINY_NET),
    'catching': Entry('CatchingModel', TINY_NET),
}


def _without(shapes: Table, count: int) -> Table:
    return dict(list(shapes.items())[:-count])


def _resized(shapes: Table) -> Table:
    key = next(key for key, (shape, _) in shapes.items() if shape)
    shape, dtype = shapes[key]
    return {**shapes, key: ((shape[0] + 1, *shape[1:]), dtype)}


def _extra(shapes: Table) -> Table:
    import torch

    return {**shapes, 'more.weight': ((3,), torch.float32)}


def _prefixed(prefix: str) -> Callable[[Table], Table]:
    return lambda shapes: {prefix + key: value for key, value in shapes.items()}


def _double(shapes: Table) -> Table:
    import torch

    return {
        key: (shape, torch.float64 if dtype.is_floating_point else dtype)
        for key, (shape, dtype) in shapes.items()
    }


def _same(shapes: Table) -> Table:
    return shapes


FILES: Dict[str, Tuple[Tuple[str, ...], Callable[[Table], Table]]] = {
    'exact': (('params',), _same),
    'both tables': (('params', 'params_ema'), _same),
    'only the average': (('params_ema',), _same),
    'flat': (('',), _same),
    'one missing': (('params',), lambda shapes: _without(shapes, 1)),
    'half': (('params',), lambda shapes: _without(shapes, (len(shapes) + 1) // 2)),
    'extra': (('params',), _extra),
    'resized': (('params',), _resized),
    'module.': (('params',), _prefixed('module.')),
    'another prefix': (('params',), _prefixed('net_g.')),
    'double': (('params', 'params_ema'), _double),
    'another table': (('state_dict',), _same),
}


# They are loaded by the very lines that load EDSR, and what differs between networks is asked in
# tests/agreement: each meets a third of the files.
OTHER_NETWORKS = ('RRDBNet', 'SRVGGNetCompact', 'ECBSR')


def files_of(model: str) -> List[str]:
    if model in OTHER_NETWORKS:
        return list(FILES)[OTHER_NETWORKS.index(model) :: len(OTHER_NETWORKS)]
    return list(FILES)


class Found(NamedTuple):
    """What the hook saw of one load: the network, and the keys that hold the file's values."""

    network: Any
    equal: Tuple[str, ...]
    wrong: Tuple[str, ...]


@pytest.fixture(scope='module')
def stage(plugin: Any) -> Iterator[Any]:
    with open_stage(plugin.folder) as opened:
        yield opened


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, plugin: Any) -> Iterator[List[Found]]:
    """What the hook verifies is noted; nothing stops."""
    found: List[Found] = []
    real = verification.verify

    def noted(network: Any, *more: Any) -> Any:
        result = real(network, *more)
        wrong = (*result.different, *result.unread, *result.touched)
        found.append(Found(network, result.equal, wrong))
        return result

    monkeypatch.setattr(verification, 'verify', noted)
    monkeypatch.setenv('WEIGHTCHECK_ON_ERROR', 'warn')
    monkeypatch.setattr('sys.argv', ['train.py'])
    monkeypatch.chdir(tmp_path)
    basicsr_weightcheck.install()
    yield found
    basicsr_weightcheck.uninstall()


def _shapes(section: Dict[str, Any]) -> Table:
    from basicsr.archs import build_network

    return {
        key: (tuple(value.shape), value.dtype)
        for key, value in build_network(section).state_dict().items()
    }


def _write(path: str, shapes: Table, file: str, values: Values) -> None:
    tables, change = FILES[file]
    content: Dict[str, Any] = {}
    for table in tables:
        place = content.setdefault(table, {}) if table else content
        for key, (shape, dtype) in change(shapes).items():
            place[key] = values.tensor(FileTensor(path, table, key), shape, dtype)
    write(path, 'pth', content)


def _hooked(case: str, found: List[Found], networks: Dict[str, Any], rehearsal: Any) -> List[str]:
    """Where the hook's last word about a network is not the check's."""
    wrong: List[str] = []
    said = {one.network: one for one in rehearsal.sources}
    for name, network in networks.items():
        seen = [one for one in found if one.network is network]
        if not seen or name not in said:
            continue
        whole = {one.key for one in said[name].tensors if one.kind == 'whole'}
        if set(seen[-1].equal) != whole:
            differ = sorted(set(seen[-1].equal) ^ whole)
            wrong.append(f'{case}: {name}: hook and check differ in {differ}')
        if seen[-1].wrong:
            wrong.append(f'{case}: {name}: not verified: {seen[-1].wrong}')
    return wrong


def _models() -> List[Any]:
    known = {name: pytest.mark.xfail(reason=why, strict=True) for name, why in NOT_YET.items()}
    return [pytest.param(name, marks=known.get(name, ())) for name in MODELS]


@pytest.mark.parametrize('model', _models())
def test_check_hook_and_values_agree(
    model: str, tmp_path: Path, stage: Any, plugin: Any, hook: List[Found]
) -> None:
    entry, disagreements = MODELS[model], []
    shapes = _shapes(entry.network)
    model_class = plugin.model(entry.model)
    kept: Dict[str, Any] = {}

    class Watched(model_class):  # type: ignore[misc, valid-type]
        def setup_schedulers(self) -> None:
            super().setup_schedulers()
            kept.update(networks_of(self))

    for file in files_of(model):
        case, values = f'{model} / {file}', Values()
        path = os.path.join(str(tmp_path), 'weights.pth')
        _write(path, shapes, file, values)
        below = {'pretrain_network_g': path, 'strict_load_g': entry.strict}
        if file == 'flat':
            below['param_key_g'] = None
        options = make_options(entry.model, entry.network, below, entry.ema_decay)
        hook.clear()
        kept.clear()
        real = start(Watched, options, values)
        rehearsal = rehearse(stage, options, plugin.folder)
        found = compare(case, real, rehearsal)
        if not found and not real.error:
            found = _hooked(case, hook, kept, rehearsal)
            assert hook or entry.model == 'CatchingModel', f'{case}: the hook saw no load'
        disagreements += found
    assert not disagreements, '\n'.join(disagreements)


def test_the_grid_is_as_large_as_it_says() -> None:
    assert len(MODELS) == 13 and len(FILES) == 12
    assert sorted(one for model in OTHER_NETWORKS for one in files_of(model)) == sorted(FILES)
