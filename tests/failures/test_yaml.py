"""Class 33: a YAML that says something else than it seems to, or cannot be parsed."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from basicsr_weightcheck.cli.main import main
from tests.agreement.real_run import is_clean
from tests.failures.training_folder import TrainingFolder, codes, edits, first_of_training

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]
STRICT = '  strict_load_g: true'

# mistake: (line instead of STRICT, line as it is corrected)
MISTAKES = {
    'yaml-tab': ('\tstrict_load_g: true', STRICT),
    'yaml-space': ('  strict_load_g:\u00a0true', STRICT),
    'yaml-colon': ('  strict_load_g:true', STRICT),
    'yaml-wide': ('  strict_load_g：true', STRICT),
    'yaml-indent': (' strict_load_g: true', STRICT),
    'yaml-backslash': ('  root: "C:\\models"', "  root: 'C:\\models'"),
    'yaml-quote': ('  root: [x]net.pth', "  root: '[x]net.pth'"),
    'yaml-bracket': ('  root: [1, 2', '  root: [1, 2]'),
}


def refused(training: TrainingFolder, *arguments: str) -> Any:
    code, document = training.check(*arguments)
    assert (code, document['format']) == (2, 'basicsr-weightcheck.error/1'), document
    return document


@pytest.mark.failure(33, 'yaml-*')
@pytest.mark.parametrize('mistake', sorted(MISTAKES))
def test_a_line_that_cannot_be_parsed_is_shown_corrected(
    training: TrainingFolder, mistake: str
) -> None:
    wrong, right = MISTAKES[mistake]
    training.change(STRICT, wrong)
    document = refused(training)
    assert (document['code'], document['line']) == (mistake, 9), document
    assert f'"{wrong}"' in document['what'] and document['advice'] == f'Write: "{right}"'
    training.change(wrong, right)
    assert training.options()['path']['pretrain_network_g'] == 'weights.pth'


@pytest.mark.parametrize('mistake', sorted(MISTAKES))
def test_the_same_in_chinese(training: TrainingFolder, capfd: Any, mistake: str) -> None:
    wrong, right = MISTAKES[mistake]
    training.change(STRICT, wrong)
    assert main(['check', '-opt', 'train.yml', '--lang', 'zh']) == 2
    line = capfd.readouterr().err
    assert line.count('\n') == 1 and f'应写作：“{right}”' in line and 'Write' not in line


@pytest.mark.failure(33, 'yaml-encoding')
@pytest.mark.parametrize('encoding, name, line', [
    ('gbk', 'GB18030', 7), ('utf-16', 'UTF-16', 0), ('utf-32', 'UTF-32', 0),
])  # fmt: skip
def test_another_encoding(
    training: TrainingFolder, weights: State, encoding: str, name: str, line: int
) -> None:
    training.save({'params': weights})
    training.change('path:\n', 'path:  # 预训练权重\n')
    text = training.yaml.read_text(encoding='utf-8')
    training.yaml.write_bytes(text.encode(encoding))
    document = refused(training)
    assert (document['code'], document['line']) == ('yaml-encoding', line), document
    assert name in document['what'] and document['advice'] == 'Save it as UTF-8.'
    if line:
        assert '预训练权重' in document['what']
    training.write(text)
    assert training.check()[0] == 0


def test_a_byte_order_mark_is_no_mistake(training: TrainingFolder, weights: State) -> None:
    training.save({'params': weights})
    training.write('\ufeff' + training.yaml.read_text())
    assert training.check()[0] == 0
    assert training.really_load()[0].error == ''


def test_tabs_between_words_are_read_as_basicsr_reads_them(training: TrainingFolder) -> None:
    import yaml

    training.change(STRICT, '  strict_load_g:\ttrue\t# on')
    with open('train.yml', encoding='utf-8') as file:
        assert training.options()['path'] == yaml.load(file, Loader=yaml.CSafeLoader)['path']


@pytest.mark.parametrize('text, code', [
    ('', 'yaml-empty'), ('# nothing\n', 'yaml-empty'), ('- a\n- b\n', 'yaml-no-options'),
    ('a: &x {b: 1}\nc:\n  <<: *x\n', 'yaml-merge'),
    ('a: !!python/object/apply:os.getcwd []\n', 'yaml-tag'),
    ('a: b\n---\nc: d\n', 'yaml-documents'),
    ('a: ["b\\0c"]\n', 'yaml-character'), ('a: b\x00c\n', 'yaml-character'),
    ('a: &x [*x]\n', 'limit'),
])  # fmt: skip
def test_what_is_no_training_yaml(training: TrainingFolder, text: str, code: str) -> None:
    training.write(text)
    assert refused(training)['code'] == code


@pytest.mark.failure(33, 'option-twice')
@pytest.mark.parametrize('before, after, lines', [
    (STRICT, f'{STRICT}\n  pretrain_network_g: ~', ('8', '10')),
    ('train:\n', 'path:\n  resume_state: ~\ntrain:\n', ('7', '11')),
])  # fmt: skip
def test_written_twice(training: TrainingFolder, before: str, after: str, lines: Any) -> None:
    """Silent trap 9: the later one counts, and the pretrained weights vanish."""
    training.change(before, after)
    assert training.really_load() == []
    document = refused(training)
    assert document['code'] == 'option-twice' and document['line'] == int(lines[1])
    assert f'line {lines[0]} ' in document['what']


@pytest.mark.fires('WC407')
@pytest.mark.failure(33, 'WC407')
def test_a_lost_indentation(training: TrainingFolder, weights: State) -> None:
    """Silent trap 9: `path:` is empty, and nothing is loaded."""
    training.save({'params': weights})
    for name in ('pretrain_network_g', 'strict_load_g', 'resume_state'):
        training.change(f'  {name}', name)
    training.change('weights.pth', 'weights.pth  # x2')
    assert training.options()['path'] is None
    document = training.cured()
    assert first_of_training(document) == 'WC407' and 'WC509' not in codes(document)
    assert edits(document) == {
        'path.pretrain_network_g': 'weights.pth',
        'path.strict_load_g': True,
        'path.resume_state': None,
    }
    assert 'path:\n  pretrain_network_g: weights.pth  # x2\n' in training.yaml.read_text()
    (call,) = training.really_load()
    assert is_clean(call)


def test_a_section_that_became_a_text(training: TrainingFolder) -> None:
    text = training.yaml.read_text()
    start, end = text.index('  pretrain'), text.index('train:\n')
    training.write(f'{text[:start]}  pretrain_network_g:./a.pth\n{text[end:]}')
    document = refused(training)
    assert (document['code'], document['line']) == ('section-is-none', 7)
    assert document['advice'] == 'Write: "pretrain_network_g: ./a.pth"'


@pytest.mark.fires('WC412')
@pytest.mark.failure(33, 'WC412')
def test_the_encoding_of_the_machine(
    training: TrainingFolder, weights: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows the framework opens the YAML as GBK or cp1252."""
    import locale

    training.save({'params': weights})
    training.change('path:\n', 'path:  # 预训练权重。\n')
    assert training.check()[0] == 0
    monkeypatch.setattr(locale, 'getpreferredencoding', lambda do_setlocale=True: 'cp1252')
    with pytest.raises(UnicodeDecodeError):
        training.yaml.read_text(encoding='cp1252')
    code, document = training.check()
    assert code == 1 and first_of_training(document) == 'WC412'
    assert document['findings'][0]['parameters'] == {'at': '7', 'encoding': 'cp1252'}
    training.change('  # 预训练权重。', '  # weights')
    assert training.check()[0] == 0


@pytest.mark.failure(33, 'yaml-space')
@pytest.mark.parametrize('line', [
    '  \u00a0strict_load_g: true', '\u00a0 strict_load_g: true', '  strict_load_g\u200b: true',
    '\u2003 strict_load_g: true',
])  # fmt: skip
def test_spaces_that_yaml_takes_for_letters(training: TrainingFolder, line: str) -> None:
    """They parse: the option gets another name, or ends the section, and nobody reads it."""
    import yaml

    text = training.yaml.read_text()
    training.write(text.replace(f'{STRICT}\n', '').replace('train:\n', f'{line}\ntrain:\n'))
    with open('train.yml', encoding='utf-8') as file:
        assert 'strict_load_g' not in yaml.load(file, Loader=yaml.SafeLoader)['path']
    document = refused(training)
    assert (document['code'], document['line']) == ('yaml-space', 10), document
    assert document['advice'] == f'Write: "{STRICT}"'
    training.write(text.replace(STRICT, line))  # in the middle of the section
    document = refused(training)
    assert (document['code'], document['line']) == ('yaml-space', 9), document
    assert document['advice'] == f'Write: "{STRICT}"'


def test_such_spaces_in_quotes_and_comments_are_left_alone(
    training: TrainingFolder, weights: State
) -> None:
    training.save({'params': weights}, 'a\u00a0b.pth')
    training.change('weights.pth', '"a\u00a0b.pth"  # non\u00a0breaking')
    assert training.check()[1]['verdict'] == 'ready'
    assert training.really_load()[0].error == ''


def test_many_lines_with_such_spaces(training: TrainingFolder) -> None:
    """Copied from a web page: the first line is told, whatever the others are like."""
    text = training.yaml.read_text()
    training.write(text.replace(': ', ':\u00a0'))
    document = refused(training)
    assert (document['code'], document['line']) == ('yaml-space', 1), document


@pytest.mark.failure(33, 'yaml-documents')
def test_two_documents(training: TrainingFolder, weights: State) -> None:
    training.save({'params': weights})
    text = training.yaml.read_text()
    training.write(f'{text}---\nname: other\n')
    import yaml

    with pytest.raises(yaml.composer.ComposerError):
        yaml.load(training.yaml.read_text(), Loader=yaml.SafeLoader)
    document = refused(training)
    assert document['line'] == len(text.splitlines()) + 1
    assert document['advice'] == 'Keep one of the two.'
    training.write(f'---\n{text}')  # one document may begin so
    assert training.check()[0] == 0


@pytest.mark.failure(33, 'WC406')
@pytest.mark.parametrize('line, again', [
    (STRICT, f'{STRICT}\n{STRICT}'), (STRICT, f'{STRICT}\n  strict_load_g: True'),
    ('train:\n', 'scale: 2\ntrain:\n'), ('num_gpu: 0\n', 'num_gpu: 0\nnum_gpu: 0x0\n'),
])  # fmt: skip
def test_written_twice_with_the_same_value(
    training: TrainingFolder, weights: State, line: str, again: str
) -> None:
    """Nothing hangs on luck: the training starts, and so does the check."""
    training.save({'params': weights})
    training.change(line, again)
    assert training.really_load()[0].error == ''
    code, document = training.check()
    assert code == 0 and document['verdict'] == 'ready'
    (finding,) = [one for one in document['findings'] if one['code'] == 'WC406']
    assert finding['severity'] == 'warning' and 'both have the same value' in finding['message']


@pytest.mark.fires('WC406')
@pytest.mark.failure(33, 'WC406')
def test_written_twice_where_no_load_hangs_on_it(training: TrainingFolder, weights: State) -> None:
    training.save({'params': weights})
    training.change('total_iter: 4', 'total_iter: 4\n  total_iter: 5')
    code, document = training.check()
    (finding,) = [one for one in document['findings'] if one['code'] == 'WC406']
    assert code == 0 and 'the later one counts' in finding['message']
    assert training.options()['train']['total_iter'] == 5


@pytest.mark.parametrize('line', ['  strict_load_g: 1', '  strict_load_g: "true"'])
def test_equal_in_python_is_not_the_same_value(training: TrainingFolder, line: str) -> None:
    training.change(STRICT, f'{STRICT}\n{line}')
    assert refused(training)['code'] == 'option-twice'
