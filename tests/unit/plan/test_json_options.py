"""Option files in JSON with comments: what is read, and what an edit leaves alone."""

from __future__ import annotations

import difflib
import json
import re
import sys
from typing import Any, List

import pytest

from basicsr_weightcheck.errors import OptionError
from basicsr_weightcheck.plan.json_options import edit_json, parse_json
from basicsr_weightcheck.plan.option_edits import edited_data
from basicsr_weightcheck.records.findings import OptionEdit

COMMA_LINE = 2 if sys.version_info >= (3, 13) else 3  # from 3.13 on the comma itself is named
LEADING = """{
  "task": "sr"       // the folder
  , "path": {
    "root": "results"
    , "pretrained_netG": null      // path of pretrained model
\t, "pretrained_netE": "a\\"b.pth"
  }
  , "train": {"G_param_strict": true, "sizes": [1, 2]}
  , "scale": 1e-4
}
"""
TRAILING = """{
  "task": "sr",
  "path": {
    "root": "results",   // there
    "pretrained_netG": "w.pth"   // the file, its options
  },
  "train": {
    "E_decay": 0.999
  }
}
"""


def edit(option: str, after: Any, before: Any = None, **more: Any) -> OptionEdit:
    return OptionEdit(option, 1, before, after, **more)


def changed(text: str, one: OptionEdit) -> List[str]:
    """The lines that an edit changes; the result has to hold it and nothing else."""
    after = edit_json(text, one, 'x.json')
    data = edited_data(parse_json(text, 'x.json').data, [one])
    assert parse_json(after, 'x.json').data == data
    for comment in re.findall('//.*', text):
        assert comment in after or one.removed
    return [line for line in difflib.ndiff(text.split('\n'), after.split('\n')) if line[0] in '+-']


def test_values_and_lines() -> None:
    options = parse_json(LEADING, 'x.json')
    assert options.data['path']['pretrained_netE'] == 'a"b.pth'
    assert options.data['scale'] == 1e-4
    assert options.lines['path.pretrained_netG'] == 5
    assert options.lines['path.pretrained_netE'] == 6
    assert options.lines['train.G_param_strict'] == 8
    assert parse_json(LEADING.replace('\n', '\r\n'), 'x.json').lines == options.lines


def test_a_key_written_twice() -> None:
    options = parse_json('{"a": 1,\n "b": {},\n "a": 2}', 'x.json')
    assert options.data['a'] == 2
    assert [(one.option, one.first, one.later) for one in options.duplicates] == [('a', 1, 3)]


@pytest.mark.parametrize('newline', ['\n', '\r\n'])
def test_edits_keep_everything_else(newline: str) -> None:
    for text in (LEADING, TRAILING):
        text = text.replace('\n', newline)
        changed(text, edit('path.pretrained_netG', '模型/w.pth'))
        changed(text, edit('path.pretrained_netD', 'd.pth'))
        changed(text, edit('train.E_param_strict', False))
        changed(text, edit('train.new', [1, {'a': None}]))
        changed(text, edit('note', 'x'))
        changed(text, edit('path.root', 'results', 'results', becomes='path.roots'))


def test_new_options_look_like_their_neighbours() -> None:
    assert changed(LEADING, edit('path.pretrained_netD', 'd.pth')) == [
        '+ \t, "pretrained_netD": "d.pth"'
    ]
    assert changed(TRAILING, edit('path.pretrained_netE', 'e.pth')) == [
        '+     , "pretrained_netE": "e.pth"'
    ]
    assert changed(LEADING, edit('train.x', 1)) == [
        '-   , "train": {"G_param_strict": true, "sizes": [1, 2]}',
        '+   , "train": {"G_param_strict": true, "sizes": [1, 2], "x": 1}',
    ]


def test_a_line_is_taken_out_with_its_comment() -> None:
    gone = edit('path.pretrained_netG', None, removed=True)
    assert changed(LEADING, gone) == [
        '-     , "pretrained_netG": null      // path of pretrained model'
    ]
    with pytest.raises(OptionError, match='would change other options'):
        edit_json(LEADING, edit('path.root', None, removed=True), 'x.json')
    with pytest.raises(OptionError, match='not in the file'):
        edit_json(LEADING, edit('path.nothing', None, removed=True), 'x.json')


@pytest.mark.parametrize(
    'text, line, words',
    [
        ('{\n "path": "a//b.pth"\n}', 2, 'inside a text'),
        ('{\n "note": "https://x.org/w.pth" // there\n}', 2, 'inside a text'),
        ('{\n "a": 1\n "b": 2\n}', 3, 'no valid JSON'),
        ('{\n "a": 1,\n}', COMMA_LINE, 'no valid JSON'),
        ('// nothing', 0, 'empty'),
        ('[1]', 1, 'holds a list'),
        ('[' * 100_000, 0, 'nested too deeply'),
    ],
)
def test_what_the_training_cannot_read(text: str, line: int, words: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse_json(text, 'x.json')
    assert words in str(caught.value) and (caught.value.line or 0) == line


def test_the_same_values_as_the_framework_reads() -> None:
    """Its reader cuts lines at their first //."""
    for text in (LEADING, TRAILING):
        cut = ''.join(line.split('//')[0] + '\n' for line in text.splitlines(keepends=True))
        assert parse_json(text, 'x.json').data == json.loads(cut)
