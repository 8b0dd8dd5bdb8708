"""Which network a file was saved from: written by the hook, read by the check and by the hook."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.plan.provenance import (
    SUFFIX,
    differences,
    find_origin,
    parse_dump,
    stale_sidecar,
)
from tests.hook.conftest import Workshop
from tests.warm_child import WARM

pytestmark = pytest.mark.basicsr
RUN = [*WARM, '-m', 'basicsr_weightcheck', 'run']
REGISTERED = """
import basicsr_weightcheck.archs.register
from basicsr.train import"""


def restormer(workshop: Workshop, name: str, attention: str, weights: str) -> str:
    options = workshop.options(name, weights=weights)
    path = workshop.folder / options
    lines = []
    for line in path.read_text().splitlines():
        if line.startswith('network_g'):
            kinds = ', '.join([attention] * 4)
            line = (
                'network_g: {type: Restormer, dim: 8, num_blocks: [1, 1, 1, 1], '
                f'num_refinement_blocks: 1, attn_types: [{kinds}]}}'
            )
        lines.append(line.replace('scale: 2', 'scale: 1').replace('images/lq', 'images/gt'))
    path.write_text('\n'.join(lines))
    return options


def test_wta_weights_in_an_mdta_training(workshop: Workshop, monkeypatch: Any, capfd: Any) -> None:
    text = (workshop.folder / 'train.py').read_text()
    text = text.replace('\nfrom basicsr.train import', REGISTERED)
    (workshop.folder / 'train_restormer.py').write_text(text)
    command = [*RUN, 'train_restormer.py', '-opt']
    made = workshop.run([*command, restormer(workshop, 'wta', 'WTA', '~')])
    assert made.code == 0, made.text
    saved = workshop.folder / 'experiments' / 'wta' / 'models' / 'net_g_4.pth'
    sidecar = json.loads((saved.parent / (saved.name + SUFFIX)).read_text())
    assert sidecar['options']['attn_types'] == ['WTA'] * 4 and sidecar['parameters'] > 0
    assert sidecar['class'].endswith('.Restormer') and len(sidecar['source_sha256']) == 64
    for suffix in ('', SUFFIX):  # away from its experiment: the sidecar alone has to tell
        shutil.copy(str(saved) + suffix, str(workshop.folder / f'wta.pth{suffix}'))
    options = restormer(workshop, 'from_wta', 'MDTA', 'wta.pth')
    stopped = workshop.run([*command, options])
    assert stopped.code == 1 and not stopped.losses
    assert 'WC307' in stopped.err and 'wta.pth.weightcheck.json' in stopped.err
    assert '[WTA, WTA, WTA, WTA] -> [MDTA, MDTA, MDTA, MDTA]' in ' '.join(stopped.err.split())
    monkeypatch.chdir(workshop.folder)
    words = ['check', '-opt', options, '--format', 'json', '--no-report']
    words += ['--import', 'basicsr_weightcheck.archs.register', '--repair-imports']
    assert main(words) == 1
    document = json.loads(capfd.readouterr().out)
    assert document['verdict'] == 'wrong-checkpoint'
    assert [d['option'] for d in document['loads'][0]['origin']['differences']] == ['attn_types']
    same = workshop.run([*command, restormer(workshop, 'same', 'WTA', 'wta.pth')])
    assert same.code == 0 and not any('WC307' in line for line in same.lines)


def test_mdta_to_hta_stops_and_the_corrected_yaml_trains(workshop: Workshop) -> None:
    text = (workshop.folder / 'train.py').read_text()
    text = text.replace('\nfrom basicsr.train import', REGISTERED)
    (workshop.folder / 'train_restormer.py').write_text(text)
    command = [*RUN, 'train_restormer.py', '-opt']
    assert workshop.run([*command, restormer(workshop, 'mdta', 'MDTA', '~')]).code == 0
    weights = 'experiments/mdta/models/net_g_4.pth'
    options = restormer(workshop, 'hta', 'HTA', weights)
    stopped = workshop.run([*command, options])
    assert stopped.code == 1 and not stopped.losses and 'WC201' in stopped.err
    assert '+  strict_load_g: false' in stopped.err
    assert '+  strict_load_g: false' in (stopped.report('hta') or '')
    path = workshop.folder / 'hta_fixed.yml'
    text = (workshop.folder / options).read_text()
    path.write_text(text.replace('strict_load_g: true', 'strict_load_g: false'))
    trained = workshop.run([*command, path.name])
    assert trained.code == 0 and len(trained.losses) == 4
    assert any('net_g verified' in line for line in trained.lines)


def test_the_copied_yaml_and_the_log_tell_too(workshop: Workshop) -> None:
    options = workshop.options('told')
    assert workshop.train(options, hook=False).code == 0
    folder = workshop.folder / 'experiments' / 'told'
    saved = str(folder / 'models' / 'net_g_4.pth')
    origin = find_origin(saved, 'network_g')
    assert origin is not None and origin.path.endswith('told.yml')
    assert dict(origin.options)['num_feat'] == '8'
    (folder / 'told.yml').unlink()
    origin = find_origin(saved, 'network_g')
    assert origin is not None and origin.path.endswith('.log')
    assert dict(origin.options) == {
        'type': 'EDSR', 'num_in_ch': '3', 'num_out_ch': '3', 'num_feat': '8', 'num_block': '2',
        'upscale': '2',
    }  # fmt: skip
    for log in folder.glob('*.log'):
        log.unlink()
    assert find_origin(saved, 'network_g') is None


def test_two_runs_in_one_folder_tell_only_what_both_say(tmp_path: Path) -> None:
    """BasicSR copies one more YAML where a run goes on under another file name."""
    (tmp_path / 'models').mkdir()
    saved = str(tmp_path / 'models' / 'net_g_4.pth')
    (tmp_path / 'b_now.yml').write_text('network_g: {type: EDSR, num_feat: 8}\n')
    for first, known in (('{num_feat: 8, type: EDSR}', True), ('{type: EDSR, num_feat: 9}', False)):
        (tmp_path / 'a_first.yml').write_text(f'network_g: {first}\n')
        assert (find_origin(saved, 'network_g') is not None) == known


def test_a_sidecar_of_another_file_is_not_believed(workshop: Workshop) -> None:
    """The weights were written anew over a file whose sidecar stayed: other options, same keys."""
    import torch

    assert workshop.train(workshop.options('first')).code == 0
    saved = workshop.folder / 'experiments' / 'first' / 'models' / 'net_g_4.pth'
    sidecar = saved.parent / (saved.name + SUFFIX)
    document = json.loads(sidecar.read_text())
    document['options']['res_scale'] = 0.5
    path = workshop.folder / 'own.pth'
    for stale in (False, True):
        shutil.copy(str(saved), str(path))
        if stale:
            table = torch.load(str(path))
            table['params']['conv_first.bias'] += 1
            torch.save(table, str(path))
        (workshop.folder / f'own.pth{SUFFIX}').write_text(json.dumps(document))
        done = workshop.train(workshop.options(f'stale_{stale}', weights='own.pth'))
        codes = {line.split()[0] for line in done.lines}
        assert (done.code, 'WC316' in codes) == ((0, True) if stale else (1, False)), done.text
    old = {key: value for key, value in document.items() if key != 'file'}  # the first format
    (workshop.folder / f'own.pth{SUFFIX}').write_text(json.dumps(old))
    assert find_origin(str(path), 'network_g') is None
    assert stale_sidecar(str(path)) == f'{path}{SUFFIX}'


def test_dumps_and_defaults() -> None:
    text = 'x\n  network_g:[\n    type: A\n    blocks: [1, 2]\n    bias: False\n  ]\n'
    options = parse_dump(text, 'network_g')
    assert options == {'type': 'A', 'blocks': [1, 2], 'bias': False}
    assert parse_dump(text, 'network_d') == {}
    from basicsr_weightcheck.records.sources import Origin

    then = Origin('x', (('type', 'A'), ('bias', 'false')))
    assert differences(then, {'type': 'A'}, {}) == ()
    assert differences(then, {'type': 'A'}, {'bias': 'true'}) == (('bias', 'false', 'true'),)
    assert differences(then, {'type': 'A', 'bias': False}, {}) == ()


@pytest.mark.parametrize('content', ['', '{', '[]', '{"options": 3}', '\udcff'])
def test_broken_sidecars_tell_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / f'a.pth{SUFFIX}').write_bytes(content.encode('utf-8', 'surrogateescape'))
    assert find_origin(str(tmp_path / 'a.pth'), 'network_g') is None
