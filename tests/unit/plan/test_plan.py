"""The YAML as BasicSR's own loader reads it, and edits that touch single lines only."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.errors import OptionError, UsageError
from basicsr_weightcheck.plan.option_edits import apply_edits
from basicsr_weightcheck.plan.option_file import parse_options, read_options
from basicsr_weightcheck.plan.overrides import apply_overrides, read_value
from basicsr_weightcheck.plan.read_plan import read_plan
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.plans import NO_FRAMEWORK
from tests.helpers import write_options

TEXT = """name: x  # a comment
model_type: SRModel
network_g:
  type: EDSR
path:
  pretrain_network_g: a.pth   # kept
  strict_load_g: true
  resume_state: ~
train:
  ema_decay: 0.999
"""


def edit(option: str, after: Any) -> OptionEdit:
    return OptionEdit(option, 0, None, after)


def test_an_edit_changes_its_line_only() -> None:
    options = parse_options(TEXT, 'a.yml')
    changed = apply_edits(options, [edit('path.strict_load_g', False)])
    assert changed == TEXT.replace('strict_load_g: true', 'strict_load_g: false')


def test_an_absent_option_is_added_behind_its_network() -> None:
    options = parse_options(TEXT, 'a.yml')
    changed = apply_edits(options, [edit('path.param_key_g', None)])
    assert parse_options(changed, 'a.yml').get('path.param_key_g', 'absent') is None
    assert '  pretrain_network_g: a.pth   # kept\n  param_key_g: ~\n' in changed


def test_an_option_is_taken_out_with_its_comment() -> None:
    options = parse_options(TEXT, 'a.yml')
    gone = OptionEdit('path.pretrain_network_g', 6, 'a.pth', None, removed=True)
    changed = apply_edits(options, [gone])
    assert changed == TEXT.replace('  pretrain_network_g: a.pth   # kept\n', '')


def test_a_framework_without_init_is_found_where_python_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Restormer's after `setup.py develop`, checked from elsewhere."""
    (tmp_path / 'code' / 'basicsr' / 'models' / 'archs').mkdir(parents=True)
    (tmp_path / 'elsewhere').mkdir()
    monkeypatch.setattr(sys, 'path', [str(tmp_path / 'code')])
    found = find_framework(str(tmp_path / 'elsewhere' / 'a.yml'), str(tmp_path / 'elsewhere'))
    assert found is not None and found.origin == str(tmp_path / 'code' / 'basicsr')


def test_carriage_returns_stay() -> None:
    text = TEXT.replace('\n', '\r\n')
    changed = apply_edits(parse_options(text, 'a.yml'), [edit('path.param_key_g', 'params_ema')])
    assert changed.count('\r\n') == changed.count('\n') == text.count('\n') + 1


def test_an_edit_through_an_alias_is_refused() -> None:
    text = 'common: &c {strict_load_g: true}\npath: *c\nother: *c\n'
    with pytest.raises(OptionError):
        apply_edits(parse_options(text, 'a.yml'), [edit('path.strict_load_g', False)])


@given(st.booleans() | st.integers(-9, 9) | st.none() | st.text('abc: #~\'"é中-', max_size=8))
def test_every_value_survives_the_edit(value: Any) -> None:
    options = parse_options(TEXT, 'a.yml')
    changed = apply_edits(options, [edit('path.strict_load_g', value)])
    assert parse_options(changed, 'a.yml').get('path.strict_load_g', 'absent') == value


def test_steps_of_a_training_with_ema() -> None:
    plan = read_plan(parse_options(TEXT, 'a.yml'), NO_FRAMEWORK, '.')
    assert [(s.network, s.key_configured) for s in plan.steps] == [
        ('net_g', 'params'), ('net_g_ema', 'params_ema'),
    ]  # fmt: skip
    assert all(step.strict_effective for step in plan.steps)


@pytest.mark.parametrize('text, place', [
    ('a: 1\n\tb: 2\n', '2'),
    ('a: [1, 2\nb: 3\n', ''),
    ('- just\n- a list\n', ''),
    ('', ''),
])  # fmt: skip
def test_what_is_no_option_file_is_an_option_error(tmp_path: Path, text: str, place: str) -> None:
    path = write_options(tmp_path, text)
    with pytest.raises(OptionError) as caught:
        read_options(path)
    assert caught.value.path == path and place in str(caught.value.line)


@pytest.mark.parametrize('text, value', [
    ('~', None), ('None', None), ('True', True), ('3', 3), ('0.5', 0.5), ('[1,2]', [1, 2]),
    ('!!float1e-4', 1e-4), ('a.pth', 'a.pth'),
])  # fmt: skip
def test_override_values_are_those_of_basicsr(text: str, value: Any) -> None:
    assert read_value(text) == value


def test_override_changes_the_copy_only() -> None:
    options = parse_options(TEXT, 'a.yml')
    changed = apply_overrides(options, ['path:strict_load_g=false'])
    assert changed.get('path.strict_load_g') is False
    assert options.get('path.strict_load_g') is True
    with pytest.raises(UsageError):
        apply_overrides(options, ['path:x=a=b'])
    with pytest.raises(OptionError):
        apply_overrides(options, ['paht:x=a'])


def test_another_copy_is_found_although_the_path_begins_with_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`python -m` puts the working directory first."""
    for place in ('repository', 'installed'):
        package = tmp_path / place / 'basicsr'
        (package / 'archs').mkdir(parents=True)
        (package / 'models').mkdir()
        for name in ('__init__.py', 'models/base_model.py'):
            (package / name).write_text('')
    here = tmp_path / 'repository'
    monkeypatch.setattr(sys, 'path', [str(here), str(tmp_path / 'installed')])
    found = find_framework(str(here / 'a.yml'), str(here))
    assert found.shadowed_origin == str(tmp_path / 'installed' / 'basicsr')
