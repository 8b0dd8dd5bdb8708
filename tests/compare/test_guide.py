"""Every command, section and scenario of the guide to the two scripts, in both languages.

The expected outputs lie in golden/; WEIGHTCHECK_REGOLD=1 writes them anew.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Callable, List

import pytest

from tests.helpers import ROOT

pytestmark = pytest.mark.torch
Run = Callable[..., 'subprocess.CompletedProcess[str]']
GOLDEN = Path(__file__).parent / 'golden'
MDTA_HTA = (
    'experiments/LowLight_Restormer/models/net_g_100000.pth '
    'experiments/LowLight_Restormer_HTA/models/net_g_100000.pth'
)
# (name of the golden file, exit code, command line as in the guide)
COMMANDS = [
    ('two', 0, 'compare_weights_simple.py model1.pth model2.pth'),
    ('two_rich', 0, 'compare_weights.py --file1 model1.pth --file2 model2.pth'),
    ('one', 0, 'compare_weights_simple.py model.pth'),
    ('one_rich', 0, 'compare_weights.py --file1 model.pth'),
    ('names', 1, 'compare_weights_simple.py mdta.pth hta.pth --name1 MDTA模型 --name2 HTA模型'),
    (
        'names_rich',
        1,
        'compare_weights.py --file1 mdta.pth --file2 hta.pth --name1 MDTA模型 --name2 HTA模型',
    ),
    (
        'scenario1',
        1,
        f'compare_weights_simple.py {MDTA_HTA} --name1 MDTA权重 --name2 HTA权重',
    ),
    (
        'scenario2',
        0,
        'compare_weights_simple.py pretrained_model.pth experiments/train/models/net_g_latest.pth '
        '--name1 预训练权重 --name2 训练后权重',
    ),
    ('scenario3', 0, 'basicsr-weightcheck inspect --ema both.pth'),
    (
        'many',
        1,
        'basicsr-weightcheck compare base_model.pth experiments/train/models/net_g_5000.pth '
        'experiments/train/models/net_g_10000.pth experiments/train/models/net_g_latest.pth '
        'experiments/LowLight_Restormer_HTA/models/net_g_100000.pth',
    ),
]


@pytest.mark.parametrize('lang', ['en', 'zh'])
@pytest.mark.parametrize('name, code, line', COMMANDS, ids=[name for name, _, _ in COMMANDS])
def test_commands_of_the_guide(run_script: Run, name: str, code: int, line: str, lang: str) -> None:
    done = run_script(*shlex.split(line), lang=lang)
    assert (done.returncode, done.stderr) == (code, '')
    golden = GOLDEN / f'{name}.{lang}.txt'
    if os.environ.get('WEIGHTCHECK_REGOLD'):
        golden.write_text(done.stdout, encoding='utf-8')
    assert done.stdout == golden.read_text(encoding='utf-8')


def in_order(text: str, parts: List[str]) -> bool:
    at = 0
    for part in parts:
        at = text.find(part, at) + 1
        if not at:
            return False
    return True


@pytest.mark.parametrize('line', [
    'compare_weights_simple.py mdta.pth hta.pth',
    'compare_weights.py --file1 mdta.pth --file2 hta.pth',
])  # fmt: skip
def test_sections_come_in_the_order_of_the_guide(run_script: Run, line: str) -> None:
    text = run_script(*line.split(), lang='zh').stdout
    assert in_order(text, [
        '比较 模型1 vs 模型2', '【1. 键名比较】', '模型1 键数量：', '模型2 键数量：',
        '共同键数量：',
        '仅在 模型1 中存在的键（', 'qkv_dwconv.weight', '[shape: (',
        '仅在 模型2 中存在的键（', 'mdc_',
        '【2. 形状比较】', '[OK] 所有共同键的形状都匹配', '形状匹配的键：', '【3. 数值比较】',
        '完全相同的键：', '极小差异的键：', '明显差异的键：', '【比较总结】',
        '[×] 键名不同（总差异：',
        '[OK] 所有共同键的形状都匹配', '[~] 数值有差异（',
        '[结论] 两个权重文件的结构不同', '原因：键名不同',
        'strict_load_g: false',
    ])  # fmt: skip


@pytest.mark.parametrize('line', [
    'compare_weights_simple.py model.pth', 'compare_weights.py --file1 model.pth',
])  # fmt: skip
def test_one_file_gives_the_numbered_table(run_script: Run, line: str) -> None:
    text = run_script(*line.split(), lang='zh').stdout
    assert in_order(text, [
        '模型1 权重信息', '总键数量：', '序号', '键名', '形状', '数值个数',
        '1 ', 'patch_embed.proj.weight', '(8, 3, 3, 3)', '216',
        '2 ', 'encoder_level1.0.norm1.body.weight', '总参数数量：至多 ', '张量数量：',
    ])  # fmt: skip


def test_roles_of_scenario_one(run_script: Run) -> None:
    text = run_script('compare_weights_simple.py', 'mdta.pth', 'hta.pth', lang='en').stdout
    shared = text[text.index('Shared, same name') : text.index('[2. Shapes]')]
    for role in ('attn.qkv.weight', 'attn.project_out.weight', 'attn.temperature'):
        assert f'*.{role} × 9' in shared
    only = text[text.index('only in model 1') : text.index('only in model 2')]
    assert '*.attn.qkv_dwconv.weight × 9' in only
    for role in ('mdc_q', 'mdc_k', 'mdc_v'):
        assert f'*.attn.{role}' in text[text.index('only in model 2') : text.index('Shared')]


def test_identical_structure_means_strict_true(run_script: Run) -> None:
    """The guide says strict=False there; true works and is what should be written."""
    done = run_script('compare_weights_simple.py', 'model1.pth', 'model2.pth', lang='zh')
    assert '结构完全相同' in done.stdout
    assert '  strict_load_g: true' in done.stdout and 'strict_load_g: false' not in done.stdout


def test_redirected_output_is_plain_and_the_same_every_time(run_script: Run) -> None:
    first = run_script('compare_weights_simple.py', 'mdta.pth', 'hta.pth', PYTHONHASHSEED='1')
    second = run_script('compare_weights_simple.py', 'mdta.pth', 'hta.pth', PYTHONHASHSEED='2')
    assert first.stdout == second.stdout and '\x1b' not in first.stdout


def test_the_guides_loop_over_many_files(run_script: Run, guide_files: Path) -> None:
    loop = (
        'for file in experiments/*/models/net_g_*.pth; do echo "=== Comparing with $file ==="; '
        f'"$PYTHON" {ROOT}/scripts/compare_weights_simple.py base_model.pth "$file"; echo ""; done'
    )
    import sys

    done = subprocess.run(
        ['bash', '-c', loop],
        cwd=str(guide_files),
        env={**os.environ, 'PYTHON': sys.executable, 'WEIGHTCHECK_LANG': 'zh'},
        stdout=subprocess.PIPE,
        encoding='utf-8',
    )
    assert done.stdout.count('=== Comparing with') == done.stdout.count('【比较总结】') == 5


def test_the_simple_script_needs_nothing_beyond_numpy(run_script: Run, guide_files: Path) -> None:
    code = (
        'import sys\n'
        'allowed = {"numpy", "basicsr_weightcheck"}\n'
        'sys.argv = ["compare_weights_simple.py", "mdta.pth", "hta.pth"]\n'
        f'sys.path.insert(0, {str(ROOT)!r})\n'
        'from basicsr_weightcheck.cli.main import main\n'
        'main(["compare", "--style", "plain", "mdta.pth", "hta.pth"])\n'
        'names = ("torch", "yaml", "rich", "joblib", "safetensors")\n'
        'bad = [name for name in names if name in sys.modules]\n'
        'sys.exit(f"imported: {bad}" if bad else 0)\n'
    )
    import sys

    done = subprocess.run(
        [sys.executable, '-c', code], cwd=str(guide_files), stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert done.stderr == ''
