"""`check --first-look` on small networks: every trap is told, no right file is warned of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from basicsr_weightcheck.cli.main import main
from tests.look.conftest import NAFNET, RESNET, RESTORMER, Studio, codes, rows

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
TOLD = {'WC211', 'WC231', 'WC606', 'WC607'}
# Swapped channels and other ranges have rows of their own.
OTHER_INPUTS = {'input bgr', 'input times-255', 'input signed'}


@pytest.mark.parametrize('attention', ['MDTA', 'HTA', 'WTA'])
def test_a_right_restormer_is_not_warned_of(studio: Studio, attention: str) -> None:
    """And what its keys leave open is settled: WC211 is not said of WTA any more."""
    studio.write(RESTORMER.format(attention), f'{attention.lower()}.pth')
    document = studio.check()
    found = rows(document)
    assert not TOLD & set(codes(document)), (codes(document), found)
    assert document['verdict'] == 'ready'
    best = max(found, key=lambda name: found[name] or 0.0)
    assert best == 'configured' and found['configured'] > found['nothing'] + 3
    assert OTHER_INPUTS <= set(found)
    if attention == 'MDTA':
        assert found['input bgr'] < found['configured'] - 1


@pytest.mark.parametrize(
    ('network', 'weights', 'changes'),
    [
        (RESNET.format(2), 'srresnet_x2.pth', {'scale': 2, 'pictures': 'x2'}),
        (RESNET.format(4), 'srresnet_x4.pth', {'scale': 4, 'pictures': 'x4'}),
        (NAFNET, 'nafnet.pth', {}),
    ],
)
def test_other_right_files_are_not_warned_of(
    studio: Studio, network: str, weights: str, changes: Any
) -> None:
    studio.write(network, weights, **changes)
    document = studio.check()
    found = rows(document)
    assert not TOLD & set(codes(document)), (codes(document), found)
    assert found['configured'] > found['nothing'] > found['random'] - 20
    assert max(found.values()) == found['configured']


@pytest.mark.fires('WC607')
@pytest.mark.parametrize(('file', 'asked'), [('MDTA', 'WTA'), ('WTA', 'MDTA')])
def test_equal_keys_are_told_apart(studio: Studio, file: str, asked: str) -> None:
    """No sidecar, no YAML, no log beside the file; it loads strictly."""
    studio.write(RESTORMER.format(asked), f'{file.lower()}.pth')
    document = studio.check()
    found = rows(document)
    name = f'attn_types: [{", ".join([file] * 4)}]'
    assert codes(document)[0] == 'WC607' and 'WC211' not in codes(document)
    finding = document['loads'][0]['findings'][0]
    assert finding['severity'] == 'error' and name in finding['message']
    assert document['verdict'] == 'wrong-checkpoint'
    assert found[f'rival {name}'] > found['nothing'] + 3 > found['configured']
    assert OTHER_INPUTS <= set(found)


@pytest.mark.fires('WC606')
def test_hta_that_is_partly_random_spoils_the_pictures(studio: Studio) -> None:
    studio.write(RESTORMER.format('HTA'), 'mdta.pth', strict='false')
    document = studio.check()
    assert 'WC606' in codes(document)
    found = rows(document)
    assert found['random'] < found['configured'] < found['nothing']


def test_what_stops_is_a_row_and_the_recommendation_another(studio: Studio) -> None:
    studio.write(RESTORMER.format('HTA'), 'mdta.pth')
    document = studio.check()
    look = document['loads'][0]['first_look']
    assert look['rows'][0]['kind'] == 'configured'
    assert 'RuntimeError' in look['rows'][0]['problem']
    kinds = [row['kind'] for row in look['rows'] if not row['problem']]
    assert 'recommended' in kinds and 'nothing' in kinds


def test_a_conversion_is_made_and_looked_at(studio: Studio) -> None:
    import torch

    table = torch.load('mdta.pth')['params']
    torch.save({'params': {f'net_g.{key}': value for key, value in table.items()}}, 'prefix.pth')
    studio.write(RESTORMER.format('MDTA'), 'prefix.pth')
    before = set(Path().iterdir())
    document = studio.check('--no-report')
    found = rows(document)
    assert found['recommended'] > found['nothing'] + 3 and found['configured'] is None
    assert set(Path().iterdir()) == before


def test_another_table_is_a_row(studio: Studio) -> None:
    import torch

    table = torch.load('mdta.pth')['params']
    spoilt = {key: value * 0.5 for key, value in table.items()}
    torch.save({'params': spoilt, 'params_ema': table}, 'both.pth')
    studio.write(RESTORMER.format('MDTA'), 'both.pth')
    found = rows(studio.check())
    assert found['table params_ema'] > found['configured']


@pytest.mark.fires('WC607')
def test_a_file_of_swapped_channels_is_told(studio: Studio) -> None:
    """What a training on BGR pictures would have saved: the first and the last layer turned."""
    import torch

    table = torch.load('mdta.pth')['params']
    table['patch_embed.proj.weight'] = table['patch_embed.proj.weight'].flip(1)
    table['output.weight'] = table['output.weight'].flip(0)
    torch.save({'params': table}, 'bgr.pth')
    studio.write(RESTORMER.format('MDTA'), 'bgr.pth')
    document = studio.check()
    assert 'WC607' in codes(document)
    message = document['loads'][0]['findings'][0]['message']
    assert 'BGR instead of RGB' in message


def test_the_number_is_that_of_the_framework_itself(studio: Studio) -> None:
    """Its network, its load, its reader of pictures, and the textbook's formula."""
    import cv2
    import numpy as np
    import torch

    from tests.agreement.conftest import RepairedBasicsr

    basicsr = RepairedBasicsr()
    from basicsr.utils import img2tensor

    studio.write(RESNET.format(2), 'srresnet_x2.pth', scale=2, pictures='x2')
    found = studio.check()['loads'][0]['first_look']['rows'][0]['psnr_db_each']
    section = {'type': 'MSRResNet', 'num_feat': 20, 'num_block': 4, 'upscale': 2}
    network = basicsr.build_network(section).eval()
    network.load_state_dict(torch.load('srresnet_x2.pth')['params'])
    for number, value in enumerate(found):
        read: Any = cv2.imread
        lq, gt = (
            img2tensor(read(f'x2/{side}/{number}.png').astype(np.float32) / 255)
            for side in ('lq', 'gt')
        )
        with torch.no_grad():
            output = network(lq[None])[0].clamp(0, 1)
        expected = -10 * np.log10(((output - gt).double() ** 2).mean().item())
        assert value == pytest.approx(expected, abs=1e-3)


def test_the_data_set_of_the_training_where_there_is_no_other(studio: Studio) -> None:
    studio.write(RESTORMER.format('MDTA'), 'mdta.pth')
    path = Path('train.yml')
    more = '    gt_size: 32\n    use_hflip: true\n    use_rot: true\n\nnetwork_g:'
    text = path.read_text().replace('  val:', '  train:').replace('\nnetwork_g:', '\n' + more, 1)
    path.write_text(text)
    look = studio.check()['loads'][0]['first_look']
    assert look['source'] == 'datasets.train' and (look['height'], look['width']) == (32, 32)
    assert look['rows'][0]['psnr_db'] > 24


class Evil:
    def __reduce__(self) -> Any:
        return open, ('was_run', 'w')


def test_nothing_of_a_file_is_run(studio: Studio) -> None:
    import torch

    table = torch.load('mdta.pth')['params']
    torch.save({'params': table, 'more': Evil()}, 'evil.pth')
    studio.write(RESTORMER.format('MDTA'), 'evil.pth')
    document = studio.check()
    assert not Path('was_run').exists()
    assert document['verdict'] == 'unusable-file'
    look = document['loads'][0]['first_look']
    assert look is None or all(row['psnr_db'] is None for row in look['rows'][:1])


def test_folders_instead_of_the_data_sets(studio: Studio) -> None:
    studio.write(RESTORMER.format('MDTA'), 'mdta.pth', pictures='nowhere')
    document = studio.check('--first-look', 'noisy/lq', 'noisy/gt')
    assert rows(document)['configured'] > rows(document)['nothing'] + 3
    look = document['loads'][0]['first_look']
    assert look['pictures'] == ['0.png', '1.png'] and (look['height'], look['width']) == (64, 64)


def test_inputs_alone_tell_less(studio: Studio) -> None:
    studio.write(RESTORMER.format('MDTA'), 'mdta.pth')
    document = studio.check('--first-look', 'noisy/lq')
    row = document['loads'][0]['first_look']['rows'][0]
    assert row['psnr_db'] is None and row['finite'] and row['from_input_db'] > 15
    assert not TOLD & set(codes(document)) or codes(document) == ['WC211']


def test_no_pictures_is_said(studio: Studio) -> None:
    studio.write(RESTORMER.format('MDTA'), 'mdta.pth', pictures='nowhere')
    document = studio.check()
    assert 'datasets.val cannot be read' in document['loads'][0]['first_look']['problem']
    assert document['verdict'] == 'ready'


def test_a_picture_that_ends_the_child_is_named(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is too large for the memory, say: the child cannot tell any more."""
    ending = 'import os\nimport cv2\ncv2.imdecode = lambda *_: os._exit(7)\n'
    Path('ending.py').write_text(ending)
    monkeypatch.setenv('PYTHONPATH', str(studio.folder))
    studio.write(RESTORMER.format('MDTA'), 'mdta.pth')
    problem = studio.check('--import', 'ending')['loads'][0]['first_look']['problem']
    assert 'exit code 7' in problem and '0.png' in problem


@pytest.mark.parametrize('lang', ['en', 'zh'])
def test_text_and_page_show_it(studio: Studio, lang: str, capfd: Any) -> None:
    pytest.importorskip('jinja2')
    studio.write(RESTORMER.format('WTA'), 'mdta.pth')
    arguments = ['check', '-opt', 'train.yml', '--lang', lang, '--format', 'html', '--first-look']
    main([*arguments, '--import', 'basicsr_weightcheck.archs.register'])
    shown = capfd.readouterr()
    page = Path('weightcheck_reports/look/check.html').read_text(encoding='utf-8')
    assert page.count('<img src="data:image/png;base64,') >= 6
    words = {'en': ('First look', 'doing nothing'), 'zh': ('初看', '什么都不做')}[lang]
    text = Path('weightcheck_reports/look/recommendation.txt').read_text(encoding='utf-8')
    assert all(word in page and word in text for word in words)
    assert words[0].lower() in shown.err.lower()  # progress


@pytest.mark.parametrize(
    ('arguments', 'code'),
    [
        (['--first-look', 'a', 'b', 'c'], 'look-folders'),
        (['--first-look', '--no-rehearsal'], 'look-needs-rehearsal'),
    ],
)
def test_contradictions(studio: Studio, arguments: Any, code: str, capfd: Any) -> None:
    studio.write(RESTORMER.format('MDTA'), 'mdta.pth')
    assert main(['check', '-opt', 'train.yml', '--format', 'json', *arguments]) == 2
    assert json.loads(capfd.readouterr().out)['code'] == code
