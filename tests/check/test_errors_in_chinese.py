"""What wrong arguments lead to is said in Chinese, and each case meets its own error."""

from __future__ import annotations

import errno
import io
import json
import os
import string
import sys
from pathlib import Path
from typing import Any, List

import pytest

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import error_line, language, needs
from tests.helpers import write_tables, write_weights
from tests.schemas import validate
from tests.unit.messages.test_messages import TABLES

CONV = {'conv.weight': (4, 3, 3, 3), 'conv.bias': (4,)}
YAML = 'name: probe\nscale: 2\nnetwork_g:\n  type: EDSR\npath:\n  pretrain_network_g: a.pth\n'

CHECK = ('check', '-opt', 'train.yml')
CONVERT = ('convert', 'a.pth', '-o', 'out.pth')

# code of what is said, command line
COMMANDS = [
    ('no-file-given', ('compare',)),
    ('only-two-files', ('compare', 'a.pth', 'a.pth', 'a.pth', '--plot', 'x.png')),
    ('no-table-of-name', ('compare', 'a.pth', 'a.pth', '--table1', 'ema')),
    ('tables-are', ('inspect', 'a.pth', '--table', 'ema')),
    ('tables-none', ('inspect', 'none.pth', '--table', 'ema')),
    ('no-table', ('inspect', 'none.pth')),
    ('cannot-be-read', ('inspect', 'nothing.pth')),
    ('plot-ending', ('compare', 'a.pth', 'a.pth', '--plot', 'x.txt')),
    ('nothing-to-draw', ('compare', 'a.pth', 'a.pth', '--no-values', '--plot', 'x.png')),
    ('cannot-be-written', ('compare', 'a.pth', 'a.pth', '--output', 'nowhere/x.txt')),
    ('fixed-one-yaml', (*CHECK, 'train.yml', '--fixed', 'x.yml')),
    ('fixed-is-source', (*CHECK, '--fixed', 'train.yml')),
    ('pre-commit-reads', (*CHECK, '--pre-commit', '--apply')),
    ('output-without-report', (*CHECK, '--output', 'x', '--no-report')),
    ('edits-of-overrides', (*CHECK, '--apply', '--force_yml', 'name=x')),
    ('html-one-yaml', (*CHECK, 'train.yml', '--format', 'html', '--no-report')),
    ('force-yml-form', (*CHECK, '--force_yml', 'path:x=a=b')),
    ('force-yml-no-option', (*CHECK, '--force_yml', 'paht:x=a')),
    ('force-yml-value', (*CHECK, '--force_yml', 'scale=²')),
    ('force-yml-no-section', (*CHECK, '--force_yml', 'name:x=a')),
    ('report-folder', (*CHECK, '--no-rehearsal', '--output', 'a.pth')),
    ('yaml-missing-here', ('check', '-opt', 'nothing.yml')),
    ('no-script', ('run',)),
    ('cannot-be-read', ('run', 'nothing.py')),
    ('no-rule', ('explain', 'xyz')),
    ('no-rule-near', ('explain', 'WC2O1')),
    ('no-match', ('scan', '-opt', 'train.yml', 'x*.pth')),
    ('no-options-below', ('check', '-opt', 'empty')),
    ('no-weights-below', ('inspect', 'empty')),
    ('no-section', ('scan', '-opt', 'train.yml', 'a.pth', '--network', 'd')),
    ('scheduler-without-dask', ('scan', '-opt', 'train.yml', 'a.pth', '--scheduler', 'x')),
    ('dask-without-scheduler', ('scan', '-opt', 'train.yml', 'a.pth', '--backend', 'dask')),
    ('no-output-file', ('convert', 'a.pth')),
    ('rules-for-alone', (*CONVERT, '--rules-for', 'a.*')),
    ('channels-alone', (*CONVERT, '--in-channels', 'conv.weight:1')),
    ('channels-no-tensor', (*CONVERT, '--in-channels', 'x:1', '--channel-mode', 'mean')),
    ('channels-impossible', (*CONVERT, '--in-channels', 'conv.bias:1', '--channel-mode', 'mean')),
    ('several-tables', ('convert', 'two.pth', '-o', 'out.pth')),
    ('several-networks', ('convert', 'gan.pth', '-o', 'out.pth')),
    ('one-table-only', ('convert', 'two.pth', '-o', 'out.pth', '--container', 'safetensors',
                        '--take', 'params,params_ema')),
    ('nothing-left', (*CONVERT, '--drop', '*')),
    ('no-rules', (*CONVERT, '--rules', 'xyz')),
    ('target-no-folder', ('convert', 'a.pth', '-o', 'nowhere/out.pth')),
    ('target-is-folder', ('convert', 'a.pth', '-o', '.')),
    ('target-is-source', ('convert', 'a.pth', '-o', 'a.pth')),
    ('target-exists', ('convert', 'a.pth', '-o', 'two.pth')),
]  # fmt: skip
# code of what is said, text of a rule file
RULE_FILES = [
    ('rules-empty', ''),
    ('rules-not-utf8', '\udcff'),
    ('rules-too-long', '#' * ((1 << 20) + 1)),
    ('rules-no-yaml', 'rename: ['),
    ('rule-file', '[1]'),
    ('rule-file-nothing', 'about: x'),
    ('rule-no-mapping', 'rename: x'),
    ('rule-twice', 'rename: {a: b, a: c}'),
    ('rule-unknown-word', 'renames: {}'),
    ('rule-no-text', 'rename: {a: ""}'),
    ('rule-no-texts', 'prefixes: x'),
    ('rule-no-number', 'rename: {a: {to: b, slice: {dim: x}}}'),
    ('rule-no-whole-number', 'rename: {a: {to: b, slice: {start: 1, dim: 0.5}}}'),
    ('rule-no-new-name', 'rename: {a: []}'),
    ('rule-word-missing', 'rename: {a: {slice: {start: 1}}}'),
    ('rule-word-missing', 'concat: {a: {dim: 0}}'),
    ('rule-other-places', 'concat: {a: {of: [b.*, c]}}'),
    ('rule-unfilled', 'rename: {a: "b.*"}'),
    ('slice-order', 'rename: {a: {to: b, slice: {start: 2, stop: 1}}}'),
    ('slice-mixed', 'rename: {a: {to: b, slice: {start: 1/2, stop: 3}}}'),
    ('several-prefixes', 'prefixes: [conv.w, conv.b]'),
    ('names-clash', 'rename: {conv.weight: conv.bias}'),
    ('join-impossible', 'concat: {x: {of: [conv.weight, conv.bias]}}'),
    ('slice-impossible', 'rename: {conv.bias: {to: x, slice: {start: 3, stop: 9}}}'),
    ('slice-impossible-end', 'rename: {conv.bias: {to: x, slice: {start: 9}}}'),
]  # fmt: skip
# code of what is said, package that is not installed, command line
PACKAGES = [
    ('needs-shtab', 'shtab', ('completion', 'bash')),
    ('needs-matplotlib', 'matplotlib', ('compare', 'a.pth', 'a.pth', '--plot', 'x.png')),
    ('needs-html', 'jinja2', ('inspect', 'a.pth', '--format', 'html')),
    ('needs-spandrel', 'spandrel', ('inspect', 'a.pth', '--spandrel')),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('WEIGHTCHECK_LANG', 'zh')
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'train.yml').write_text(YAML)
    write_weights('a.pth', CONV)
    write_tables('none.pth', {})
    write_tables('two.pth', {'params': CONV, 'params_ema': CONV})
    heads = ('generator.', 'generator_ema.')
    write_weights('gan.pth', {head + key: CONV[key] for head in heads for key in CONV}, '')
    return tmp_path


def parts(code: str) -> List[str]:
    """The parts of a Chinese sentence between its places."""
    return [text for text, _, _, _ in string.Formatter().parse(TABLES[code][1]) if text]


def assert_said(capfd: Any, code: str, *arguments: str) -> None:
    assert main(arguments) == 2
    out, err = capfd.readouterr()
    # The report of a check may stand above an error about writing it.
    line = err.splitlines()[-1]
    assert line.startswith('basicsr-weightcheck: ') and 'Traceback' not in err
    assert any('\u4e00' <= c <= '\u9fff' for c in line) and '{' not in line, line
    assert all(part in line for part in parts(code)), line
    assert not any(os.strerror(one) in line for one in errno.errorcode), line


@pytest.mark.parametrize('code, arguments', COMMANDS)
def test_commands(capfd: Any, code: str, arguments: Any) -> None:
    assert_said(capfd, code, *arguments)


@pytest.mark.parametrize('code, text', RULE_FILES)
def test_rule_files(folder: Path, capfd: Any, code: str, text: str) -> None:
    (folder / 'rules.yml').write_text(text, encoding='utf-8', errors='surrogateescape')
    assert_said(capfd, code, *CONVERT, '--rules', 'rules.yml')


@pytest.mark.parametrize('code, package, arguments', PACKAGES)
def test_missing_packages(
    capfd: Any, monkeypatch: pytest.MonkeyPatch, code: str, package: str, arguments: Any
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    assert_said(capfd, code, *arguments)


def test_a_page_in_a_terminal(capfd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, 'isatty', lambda: True)
    assert_said(capfd, 'html-in-terminal', 'inspect', 'a.pth', '--format', 'html')


def test_the_option_wins_over_the_variable(capfd: Any) -> None:
    assert main(['explain', 'xyz', '--lang', 'en']) == 2
    assert capfd.readouterr().err == (
        "basicsr-weightcheck: there is no rule 'xyz'. `rules` lists all of them.\n"
    )


@pytest.mark.parametrize('encoding, lang', [
    ('utf-8', 'zh'), ('gbk', 'zh'), ('cp1252', 'en'), ('ascii', 'en'),
])  # fmt: skip
def test_an_output_without_chinese_characters_gets_english(
    monkeypatch: pytest.MonkeyPatch, encoding: str, lang: str
) -> None:
    monkeypatch.setattr(sys, 'stdout', io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert language(None) == lang and language('zh') == 'zh'


def test_annotations_of_github_are_chinese_too(capfd: Any) -> None:
    assert main([*CHECK, '--force_yml', 'name:x=a', '--format', 'github']) == 2
    line = capfd.readouterr().out
    assert line.startswith('::error file=train.yml') and all(
        part in line for part in parts('force-yml-no-section')
    )


def test_missing_numpy() -> None:
    with pytest.raises(UsageError) as caught, needs('numpy'):
        raise ImportError('No module named numpy')
    assert caught.value.code == 'needs-numpy'
    assert 'numpy（No module named numpy）' in error_line(caught.value, 'zh')


# `compare` has printed its document when it draws the picture; `run` knows no format.
OTHERS = {'--format', '--plot', 'run'}


@pytest.mark.parametrize('arguments', [words for _, words in COMMANDS if not OTHERS & set(words)])
def test_json_stays_english(capfd: Any, arguments: Any) -> None:
    assert main([*arguments, '--format', 'json']) == 2
    document = json.loads(capfd.readouterr().out)
    validate(document)
    assert document['code'] in TABLES
    assert not any('\u4e00' <= c <= '\u9fff' for c in document['message'])
