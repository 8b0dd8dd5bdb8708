"""TOML option files: lines, edits that keep everything else, and what is said of a broken one."""

from __future__ import annotations

import sys
from typing import Any, Dict

import pytest

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.plan.option_edits import apply_edits
from basicsr_weightcheck.plan.option_file import parse_options
from basicsr_weightcheck.plan.toml_options import places
from basicsr_weightcheck.records.findings import OptionEdit

if sys.version_info < (3, 11):
    pytest.skip('tomllib is of Python 3.11', allow_module_level=True)
import tomllib

TEXT = r"""
name = "mine"  # of the experiment
scale = 4
"odd name" = 'a # b'
dotted.inner.last = '''two
lines''' # behind

[datasets.train]
patch_size = 64
augmentation = [ "none", # first
  'cutmix', ] # second

[path] # files
pretrain_network_g = 'w\g.pth'  # the good one
strict_load_g = true
#param_key_g = "params"

[network_g]
type = "compact"

[train]
ema = -1e-3
optim_g = { type = "adan_sf", betas = [0.9, 0.99], more.depth = {} }

[[many]]
x = 1
[ "a" . b ]
c = 1979-05-27T07:32:00Z
d = \"\"\"quotes \\\""" inside\"\"\""\"
""".replace('\\"\\"\\"', '"""').replace('"\\"\n', '"\n')


def with_edits(*edits: OptionEdit, text: str = TEXT) -> str:
    return apply_edits(parse_options(text, 'x.toml', 'toml'), edits)


def edit(option: str, before: Any, after: Any, **more: Any) -> OptionEdit:
    return OptionEdit(option, 1, before, after, **more)


def changed_lines(text: str, before: str = TEXT) -> Dict[str, str]:
    """{'-' or '+' with the line: the same} of what differs."""
    old, new = before.splitlines(), text.splitlines()
    return {
        'gone': '|'.join(line for line in old if line not in new),
        'new': '|'.join(line for line in new if line not in old),
    }


def test_every_place_holds_its_value() -> None:
    data = tomllib.loads(TEXT)
    seen = []
    for place in places(TEXT):
        if place.is_head:
            continue
        value: Any = data
        for key in place.keys:
            value = value[key]
        assert tomllib.loads('x = ' + TEXT[place.value[0] : place.value[1]])['x'] == value
        seen.append(place.option)
    assert seen[:4] == ['name', 'scale', 'odd name', 'dotted.inner.last']
    assert 'train.optim_g' in seen and 'a.b.d' in seen and 'many.x' not in seen


def test_lines_are_those_of_the_file() -> None:
    options = parse_options(TEXT, 'x.toml', 'toml')
    lines = TEXT.splitlines()
    assert options.data == tomllib.loads(TEXT)
    assert lines[options.lines['path.pretrain_network_g'] - 1].startswith('pretrain_network_g')
    assert lines[options.lines['train.optim_g.betas'] - 1].startswith('optim_g')
    assert options.lines['train.optim_g.more.depth'] == options.lines['train.optim_g']
    assert lines[options.lines['path'] - 1].startswith('[path]')


@pytest.mark.parametrize('newline', ['\n', '\r\n'])
def test_a_value_is_replaced_and_its_comment_stays(newline: str) -> None:
    text = TEXT.replace('\n', newline)
    new = with_edits(edit('path.pretrain_network_g', 'w\\g.pth', "it's\\new.pth"), text=text)
    assert changed_lines(new, text) == {
        'gone': "pretrain_network_g = 'w\\g.pth'  # the good one",
        'new': 'pretrain_network_g = "it\'s\\\\new.pth"  # the good one',
    }
    assert new.count(newline) == text.count(newline)


def test_an_option_is_added_behind_its_like() -> None:
    new = with_edits(edit('path.param_key_g', None, 'params_ema'))
    assert changed_lines(new) == {'gone': '', 'new': 'param_key_g = "params_ema"'}
    lines = new.splitlines()
    assert lines[lines.index('param_key_g = "params_ema"') - 1].startswith('pretrain_network_g')


def test_a_section_is_made_or_filled() -> None:
    assert with_edits(edit('path.a', None, False), text='x = 1') == 'x = 1\n\n[path]\na = false\n'
    text = '[path]\n[network_g]\ntype = "x"\n'
    assert with_edits(edit('path.a', None, 1), text=text) == text.replace(
        '[path]\n', '[path]\na = 1\n'
    )
    assert with_edits(edit('a', None, 1), text='[b]\nc = 2\n') == 'a = 1\n[b]\nc = 2\n'


def test_options_are_removed_renamed_and_moved() -> None:
    text = TEXT.replace('.last =', '.x = 1\ndotted.inner.last =')
    new = with_edits(edit('dotted.inner.last', 'two\nlines', None, removed=True), text=text)
    assert 'lines' not in new and 'dotted.inner.x = 1' in new and '[datasets.train]' in new
    new = with_edits(edit('path.strict_load_g', True, True, becomes='path.strict_load_d'))
    assert changed_lines(new) == {'gone': 'strict_load_g = true', 'new': 'strict_load_d = true'}
    new = with_edits(edit('scale', 4, 4, becomes='path.scale'))
    assert changed_lines(new)['gone'] == '' and new.index('scale = 4') > new.index('[path]')


def test_what_becomes_nothing_is_taken_out() -> None:
    new = with_edits(edit('path.pretrain_network_g', 'w\\g.pth', None))
    assert changed_lines(new)['new'] == '' and 'the good one' not in new
    assert with_edits(edit('path.resume_state', None, None)) == TEXT


def test_an_option_inside_of_a_line_is_left_to_the_user() -> None:
    for one in (
        edit('train.optim_g.type', 'adan_sf', None, removed=True),
        edit('train.optim_g.type', 'adan_sf', 'adam'),
        edit('train.optim_g.lr', None, 0.5),
    ):
        with pytest.raises(OptionError) as raised:
            with_edits(one)
        assert raised.value.what.code == 'edit-not-alone'  # type: ignore[attr-defined]


def test_behind_a_value_without_measure_nothing_is_located() -> None:
    """The reader is asked at each line of a value: a file may have one of a million."""
    text = 'a = 1\nx = [\n' + '1,\n' * 5000 + ']\nb = 2\n'
    options = parse_options(text, 'x.toml', 'toml')
    assert options.data['b'] == 2 and options.lines == {'a': 1}
    with pytest.raises(OptionError):
        with_edits(edit('b', 2, 3), text=text)


@pytest.mark.parametrize(
    ('line', 'said', 'corrected'),
    [
        (r'pretrain_network_g = "C:\data\x.pth" # y', 'backslash', r"= 'C:\data\x.pth' # y"),
        ('strict_load_g = False', 'true and false', 'strict_load_g = false'),
        ('pretrain_network_g = w/x.pth', 'quoted', "pretrain_network_g = 'w/x.pth'"),
        ('pretrain_network_g: "x.pth"', 'colon', 'pretrain_network_g = "x.pth"'),
        ('strict_load_g = ', 'no valid TOML', ''),
    ],
)
def test_the_line_of_a_mistake_is_named_and_corrected(line: str, said: str, corrected: str) -> None:
    with pytest.raises(OptionError) as raised:
        parse_options(f'[path]\n{line}\nname = "a"\n', 'x.toml', 'toml')
    assert raised.value.line == 2
    assert said in str(raised.value)
    assert corrected in str(raised.value)


def test_what_is_there_twice_is_told() -> None:
    with pytest.raises(OptionError) as raised:
        parse_options('[a]\nx = 1\n\nx = 2\n', 'x.toml', 'toml')
    assert raised.value.line == 4 and 'allows it once' in str(raised.value)
