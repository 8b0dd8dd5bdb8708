"""Slices, joins, channels, casts; and what is said of a rule file that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

import pytest

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.conversion.rename_rules import KeyPattern, shipped, shipped_names
from tests.conversion.conftest import Run, load
from tests.conversion.test_command import refused, save

pytestmark = pytest.mark.torch
State = Dict[str, Any]


@pytest.mark.parametrize('dim', [0, 1, 2])
def test_joins_and_slices_along_any_dim(folder: Path, convert_json: Run, dim: int) -> None:
    import torch

    state = {f'block.{i}.{name}.weight': torch.randn(6, 4, 2).transpose(0, 1)
             for i in range(2) for name in 'qkv'}  # fmt: skip
    save(state)
    Path('join.yml').write_text(
        f"concat:\n  block.{{}}.qkv.*: {{dim: {dim}, of: ['block.{{}}.q.*', 'block.{{}}.k.*', "
        f"'block.{{}}.v.*']}}\n"
    )
    code, document = convert_json('a.pth', '-o', 'out.pth', '--rules', 'join.yml')
    joined = load()['params']
    assert code == 0 and list(joined) == ['block.0.qkv.weight', 'block.1.qkv.weight']
    for i in range(2):
        parts = [state[f'block.{i}.{name}.weight'] for name in 'qkv']
        assert torch.equal(joined[f'block.{i}.qkv.weight'], torch.cat(parts, dim))
    Path('split.yml').write_text(
        f"""rename:
  '**.qkv.*':
    - {{to: '**.q.*', slice: {{dim: {dim}, stop: 1/3}}}}
    - {{to: '**.k.*', slice: {{dim: {dim}, start: 1/3, stop: 2/3}}}}
    - {{to: '**.v.*', slice: {{dim: {dim}, start: 2/3}}}}
"""
    )
    assert main(['convert', 'out.pth', '-o', 'again.pth', '--rules', 'split.yml']) == 0
    again = load('again.pth')['params']
    assert list(again) == list(state)
    assert all(torch.equal(again[key], state[key]) for key in state)


def test_channels_of_what_is_joined_along_them(folder: Path, convert_json: Run) -> None:
    import torch

    rgb, depth = torch.randn(5, 3, 3, 2), torch.randn(5, 1, 3, 2)
    save({'rgb.weight': rgb, 'depth.weight': depth})
    Path('join.yml').write_text("concat:\n  conv.*: {dim: 1, of: ['rgb.*', 'depth.*']}\n")
    change = ['--in-channels', 'conv.weight:2', '--channel-mode', 'slice']
    code, document = convert_json('a.pth', '-o', 'out.pth', '--rules', 'join.yml', *change)
    assert code == 0 and torch.equal(load()['params']['conv.weight'], rgb[:, :2])
    assert document['recipe']['channels'][0]['mode'] == 'slice'  # held against its schema
    change = ['--in-channels', 'conv.weight:8', '--channel-mode', 'tile']
    code, document = convert_json('a.pth', '-o', 'more.pth', '--rules', 'join.yml', *change)
    both = torch.cat([rgb, depth], 1)
    assert code == 0
    tiled = load('more.pth')['params']['conv.weight']
    torch.testing.assert_close(tiled, both.repeat(1, 2, 1, 1) / 2)


@pytest.mark.parametrize('mode, number', [
    ('mean', 1), ('mean', 3), ('tile', 6), ('tile', 4), ('tile', 3), ('slice', 1), ('slice', 2),
])  # fmt: skip
@pytest.mark.parametrize('dtype', ['float32', 'float16', 'bfloat16', 'float64'])
def test_input_channels(folder: Path, mode: str, number: int, dtype: str) -> None:
    import torch

    weight = torch.randn(5, 3, 3, 3).to(getattr(torch, dtype))
    save({'params': {'conv.weight': weight, 'conv.bias': torch.zeros(5)}})
    change = ['--in-channels', f'conv.weight:{number}', '--channel-mode', mode]
    assert main(['convert', 'a.pth', '-o', 'out.pth', *change]) == 0
    found = load()['params']['conv.weight']
    exact = weight.double()
    if mode == 'slice':
        expected = exact[:, :number]
    elif mode == 'mean':
        mean = (exact[:, 0] + exact[:, 1] + exact[:, 2]) / number
        expected = mean[:, None].expand(5, number, 3, 3)
    else:
        origin = [i % 3 for i in range(number)]
        copies = torch.tensor([origin.count(channel) for channel in origin])
        expected = exact[:, origin] / copies[:, None, None]
    assert torch.equal(found, expected.to(weight.dtype))
    if mode != 'slice' and dtype == 'float64':
        # A gray image, once as it is and once with equal channels, gives the same.
        image = torch.randn(1, 1, 8, 8, dtype=torch.float64)
        one = torch.nn.functional.conv2d(image.expand(1, 3, 8, 8), weight)
        other = torch.nn.functional.conv2d(image.expand(1, number, 8, 8), found)
        torch.testing.assert_close(one, other)


def test_values_that_overflow_are_named(folder: Path, convert_json: Run) -> None:
    import torch

    save({'params': {'big': torch.tensor([1e6, 1.0]), 'fine': torch.ones(2), 'n': torch.tensor(3)}})
    code, document = convert_json('a.pth', '-o', 'out.pth', '--dtype', 'float16')
    assert code == 0 and document['overflowed'] == ['big']
    assert document['changes']['cast'] == [{'before': 'float32', 'after': 'float16', 'tensors': 2}]
    assert load()['params']['big'].tolist() == [float('inf'), 1.0]


def test_large_strided_tensors_are_read_in_pieces(folder: Path) -> None:
    import torch

    wide = torch.arange(3_000_000, dtype=torch.float32).reshape(1500, 2000)
    state = {'t': wide.t(), 'c': wide.reshape(5, 300, 2000).permute(2, 0, 1), 'h': wide[:, ::2]}
    save({'params': state})
    assert main(['convert', 'a.pth', '-o', 'out.pth']) == 0
    found = load()['params']
    assert all(torch.equal(found[key], value) for key, value in state.items())


@pytest.mark.parametrize('text, words', [
    ('', 'rules.yml:1: is empty'),
    ('[1, 2]', 'rules.yml:1: rule file: expected a mapping'),
    ('rename: {a: b', 'rules.yml:1: is no YAML'),
    ('about: x', 'rules.yml:1: rule file: it has neither prefixes, rename nor concat'),
    ('renames: {a: b}', "rules.yml:1: rule file: 'renames' is not one of about, "),
    ('rename:\n  a: b\n  a: c', "rules.yml:3: rename: 'a' stands there twice"),
    ('rename:\n  a: []', 'rules.yml:2: rename a: there is no new name'),
    ('rename:\n  a.*: b.{}', 'rules.yml:2: rename a.*: b.{} has places that a.* does not have'),
    ('rename:\n  a: {slice: {stop: 1/2}}', 'rules.yml:2: rename a: `to` is missing'),
    ('rename:\n  a: {to: b, slice: {stop: 1e999999999}}', "stop: '1e999999999' is no number"),
    ('rename:\n  a:\n    to: b\n    slice: {stop: half}', "rules.yml:4: stop: 'half' is no number"),
    ('rename:\n  a: {to: b, slice: {start: 2, stop: 1}}', 'stop does not lie behind start'),
    ('rename:\n  a: {to: b, slice: {start: 1/3, stop: 16}}', 'it mixes shares'),
    ('rename:\n  a: {to: b, slice: {dim: 1/2}}', 'dim: expected a whole number'),
    ('concat:\n  c: {of: [a.*, "b.{}"]}', 'rules.yml:2: concat c: its parts have different places'),
    ('concat:\n  c: {dim: 0}', 'rules.yml:2: concat c: `of` is missing'),
    ('prefixes: module.', 'rules.yml:1: prefixes: expected a list of texts'),
    ('rename: {conv.weight: {to: x, slice: {dim: 9, stop: 1/2}}}', 'cannot be cut along dim 9'),
    ('rename: {conv.weight: {to: x, slice: {dim: 0, stop: 1/3}}}', 'cannot be cut along dim 0'),
    ('concat: {x: {dim: 0, of: [conv.weight, conv.bias]}}', 'cannot be joined along dim 0'),
    ('rename: {a: &x [*x]}', 'rules.yml:1: '),
])  # fmt: skip
def test_wrong_rule_files(folder: Path, small: State, capfd: Any, text: str, words: str) -> None:
    save(dict(small))
    Path('rules.yml').write_text(text)
    assert words in refused(capfd, 'a.pth', '-o', 'out.pth', '--rules', 'rules.yml')


def test_patterns() -> None:
    pattern = KeyPattern('**.block.{}.conv{}.*')
    values = pattern.match('net.block.12.conv3.weight')
    assert values == (('**', 'net'), ('{}', '12'), ('{}', '3'), ('*', 'weight'))
    assert KeyPattern('body.{}.rdb{}.**.*').fill(values) == 'body.12.rdb3.net.weight'
    assert pattern.match('net.block.x.conv3.weight') is None
    assert pattern.match('net.block.1.conv3.weight.more') is None
    assert KeyPattern('a.b').match('a+b') is None


def test_shipped_rules_are_sound() -> None:
    assert {'esrgan-old', 'esrgan-middle', 'mdta-to-hta'} <= set(shipped_names())
    for name in shipped_names():
        rules = shipped(name)
        assert rules.prefixes or rules.renames
        assert rules.lossless == all(t.cut is None for r in rules.renames for t in r.targets)


@pytest.mark.parametrize('name, prefix', [
    ('dataparallel', 'module.'), ('dataparallel', 'module.module.'), ('compile', '_orig_mod.'),
    ('compile', 'module._orig_mod.'), ('lightning', 'model.net.'), ('gan', 'module.generator.'),
])  # fmt: skip
def test_wrapper_rules(
    folder: Path, convert_json: Run, small: State, name: str, prefix: str
) -> None:
    import torch

    state = {prefix + key: value for key, value in small.items()}
    state['loss.weight'] = torch.zeros(1)
    save(state)
    code, document = convert_json('a.pth', '-o', 'out.pth', '--rules', name)
    assert code == 0 and list(load()['params']) == list(small)
    assert document['changes']['dropped'] == [{'found': 'loss.weight', 'why': 'prefix'}]
