"""Pages of every kind, made from files with hostile key names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict

import pytest

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.records.scans import ERROR, FULL, PARTLY, Scan, ScanRow
from basicsr_weightcheck.report.check.view import check_view
from basicsr_weightcheck.report.html.render import rendered
from basicsr_weightcheck.report.scan_page import scan_view
from basicsr_weightcheck.workflow.checking.check import check
from tests.agreement.conftest import RepairedBasicsr
from tests.check.conftest import BASE

# Each would set window.hit, end the script's data or turn the text around, were it not escaped.
HOSTILE = (
    '<script>window.hit=1</script>.weight',
    '"><img src=x onerror="window.hit=1">.weight',
    "'><svg onload=window.hit=1>.bias",
    '</script><script>window.hit=1</script>.weight',
    '</style><img src=x onerror=window.hit=1>.weight',
    '{{ 7 * 7 }}{% include "page.js" %}.weight',
    'turn\u202edetrevni.weight',
    'ansi\x1b[31mred\x07.weight',
    'line\nbreak\u2028.weight',
    '权重.weight',
)
COMMENT = '<!--<script>.weight'  # apart: in one script it would undo what </script> does


def hostile_table(step: float, *more: str) -> Dict[str, Any]:
    import torch

    table: Dict[str, Any] = {}
    for index in range(40):
        for name in ('attn.qkv', 'ffn.conv'):
            table[f'layers.{index}.{name}.weight'] = torch.full((index + 1, 8, 3, 3), 1.0)
    for index, key in enumerate((*HOSTILE, *more)):
        table[key] = torch.full((16, 8 + index), 1.0 + step * index)
    return table


def make_checks(folder: Path) -> Dict[str, str]:
    """A check whose file lacks keys, has one of another shape, and hostile ones beyond."""
    import torch

    section = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 2}
    state = RepairedBasicsr().build_network(dict(section, type='EDSR')).state_dict()
    table = {key: value for key, value in state.items() if 'body.0.conv1' not in key}
    table['conv_last.weight'] = torch.zeros(3, 5, 3, 3)
    table.update(hostile_table(0))
    torch.save({'params': table}, str(folder / 'weights.pth'))
    options = BASE.replace('strict_load_g: true', 'strict_load_g: true  # <b>&"\u202e</b>')
    (folder / 'train.yml').write_text(options, encoding='utf-8')
    report = check('train.yml')
    for lang in ('en', 'zh'):
        text = rendered(check_view, report, lang)
        (folder / f'check_{lang}.html').write_text(text, encoding='utf-8')
    return {'check': 'check_en.html', 'check_zh': 'check_zh.html'}


def make_scan(folder: Path, lang: str) -> str:
    counts: Dict[str, Any] = {'tensors_expected': 9, 'missing': 1, 'unexpected': 0, 'mismatched': 0}
    rows = [
        ScanRow('good.pth', 'params', True, 1.0, 9, convertible=1.0, reason=FULL, **counts),
        ScanRow(
            '<img src=x onerror=window.hit=1>.pth', '"><script>window.hit=1</script>', False, 0.5,
            5, convertible=0.9, reason=PARTLY, **counts,
        ),
        ScanRow('broken.pth', None, None, 0.0, 0, convertible=0.0, reason=ERROR,
                detail='<svg onload=window.hit=1>', **counts),
    ]  # fmt: skip
    scan = Scan('<b>.yml', 'network_g', '<i>Net', 9, 1000, tuple(rows))
    path = folder / f'scan_{lang}.html'
    path.write_text(rendered(scan_view, scan, lang), encoding='utf-8')
    return path.name


@pytest.fixture(scope='session')
def pages(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Path]:
    """{'check', 'compare', 'inspect', 'scan', 'check_zh', ...: the page}."""
    import torch

    folder = tmp_path_factory.mktemp('pages')
    before = os.getcwd()
    os.chdir(str(folder))
    try:
        made = make_checks(folder)
        for name, step in (('one', 0.0), ('other', 0.003)):
            torch.save({'params': hostile_table(step)}, f'{name}.pth')
            torch.save({'params': hostile_table(step, COMMENT)}, f'{name}_more.pth')
        for lang in ('en', 'zh'):
            more = ['--format', 'html', '--lang', lang, '--output']
            main(['compare', 'one_more.pth', 'other_more.pth', *more, f'compare_{lang}.html'])
            main(['inspect', 'other.pth', '--values', *more, f'inspect_{lang}.html'])
            suffix = '' if lang == 'en' else '_zh'
            made[f'compare{suffix}'] = f'compare_{lang}.html'
            made[f'inspect{suffix}'] = f'inspect_{lang}.html'
            made[f'scan{suffix}'] = make_scan(folder, lang)
    finally:
        os.chdir(before)
    return {name: folder / path for name, path in made.items()}
