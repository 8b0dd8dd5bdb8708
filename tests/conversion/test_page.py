"""The report in both languages and as Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

import pytest

from basicsr_weightcheck.cli.main import main
from tests.conversion.test_command import save

pytestmark = pytest.mark.torch


@pytest.mark.parametrize(
    'form', [['--lang', 'zh'], ['--format', 'markdown'], ['--style', 'rich'], []]
)
def test_every_kind_of_line(folder: Path, small: Dict[str, Any], capfd: Any, form: Any) -> None:
    import torch

    state = {f'net_g.{key}': value for key, value in small.items()}
    state.update({f'net_g.block.{i}.qkv.weight': torch.full((3, 1), 1e9) for i in range(20)})
    state.update({'net_d.weight': torch.zeros(2), 'net_g.total_ops': torch.zeros(1)})
    state['net_g.odd'] = torch.zeros(2, dtype=torch.float8_e4m3fn)
    save({'params': state, 'epoch': 3})
    Path('rules.yml').write_text(
        'rename:\n  never: x\n  block.{}.qkv.*: {to: "block.{}.q.*", slice: {stop: 1/3}}\n'
        'concat: {norm.both: {of: [norm.weight, norm.bias]}}\n'
    )
    arguments = ['--strip-prefix', 'net_g.', '--rules', 'rules.yml', '--drop', '*.running_*']
    arguments += ['--drop-profiler', '--in-channels', 'conv.weight:1', '--channel-mode', 'mean']
    arguments += ['--dtype', 'float16', '-o', 'out.pth', *form]
    assert main(['convert', 'a.pth', *arguments]) == 0
    out = capfd.readouterr().out
    plain = out.replace('\\', '')
    for word in ('block.0.q.weight', 'norm.both', 'never', 'net_d.weight', 'total_ops', 'odd',
                 'epoch = 3', '(4, 1, 3, 3)', 'float32', '20'):  # fmt: skip
        assert word in plain, word
    assert ('已写入' if 'zh' in form else 'Written') in out
