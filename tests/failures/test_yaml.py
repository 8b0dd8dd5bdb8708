"""Class 33: a YAML that says something else than it seems to, or cannot be parsed."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from tests.agreement.real_run import is_clean
from tests.training import Training

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


@pytest.mark.failure(33, 'yaml-*')
@pytest.mark.parametrize('mistake', sorted(MISTAKES))
def test_a_line_that_cannot_be_parsed_is_shown_corrected(basicsr: Training, mistake: str) -> None:
    wrong, right = MISTAKES[mistake]
    basicsr.change(STRICT, wrong)
    error = basicsr.refused()
    assert (error['code'], error['line']) == (mistake, 9), error
    assert f'"{wrong}"' in error['what'] and error['advice'] == f'Write: "{right}"'
    basicsr.change(wrong, right)
    assert basicsr.options()['path']['pretrain_network_g'] == 'weights.pth'


@pytest.mark.parametrize('mistake', sorted(MISTAKES))
def test_the_same_in_chinese(basicsr: Training, mistake: str) -> None:
    wrong, right = MISTAKES[mistake]
    basicsr.change(STRICT, wrong)
    exit_code, _, line = basicsr.prints('--lang', 'zh')
    assert (
        exit_code == 2
        and line.count('\n') == 1
        and f'应写作：“{right}”' in line
        and 'Write' not in line
    )


@pytest.mark.failure(33, 'yaml-encoding')
@pytest.mark.parametrize('encoding, name, line', [
    ('gbk', 'GB18030', 7), ('utf-16', 'UTF-16', 0), ('utf-32', 'UTF-32', 0),
])  # fmt: skip
def test_another_encoding(
    basicsr: Training, weights: State, encoding: str, name: str, line: int
) -> None:
    basicsr.save({'params': weights})
    basicsr.change('path:\n', 'path:  # 预训练权重\n')
    text = basicsr.yaml.read_text(encoding='utf-8')
    basicsr.yaml.write_bytes(text.encode(encoding))
    error = basicsr.refused()
    assert (error['code'], error['line']) == ('yaml-encoding', line), error
    assert name in error['what'] and error['advice'] == 'Save it as UTF-8.'
    if line:
        assert '预训练权重' in error['what']
    basicsr.write(text)
    assert basicsr.check().exit_code == 0


def test_a_byte_order_mark_is_no_mistake(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights})
    basicsr.write('\ufeff' + basicsr.yaml.read_text())
    assert basicsr.check().exit_code == 0
    assert basicsr.really_load()[0].error == ''


def test_tabs_between_words_are_read_as_basicsr_reads_them(basicsr: Training) -> None:
    import yaml

    basicsr.change(STRICT, '  strict_load_g:\ttrue\t# on')
    with open('train.yml', encoding='utf-8') as file:
        assert basicsr.options()['path'] == yaml.load(file, Loader=yaml.CSafeLoader)['path']


@pytest.mark.parametrize('text, code', [
    ('', 'yaml-empty'), ('# nothing\n', 'yaml-empty'), ('- a\n- b\n', 'yaml-no-options'),
    ('a: &x {b: 1}\nc:\n  <<: *x\n', 'yaml-merge'),
    ('a: !!python/object/apply:os.getcwd []\n', 'yaml-tag'),
    ('a: b\n---\nc: d\n', 'yaml-documents'),
    ('a: ["b\\0c"]\n', 'yaml-character'), ('a: b\x00c\n', 'yaml-character'),
    ('a: &x [*x]\n', 'limit'),
])  # fmt: skip
def test_what_is_no_training_yaml(basicsr: Training, text: str, code: str) -> None:
    basicsr.write(text)
    assert basicsr.refused()['code'] == code


@pytest.mark.failure(33, 'option-twice')
@pytest.mark.parametrize('before, after, lines', [
    (STRICT, f'{STRICT}\n  pretrain_network_g: ~', ('8', '10')),
    ('train:\n', 'path:\n  resume_state: ~\ntrain:\n', ('7', '11')),
])  # fmt: skip
def test_written_twice(basicsr: Training, before: str, after: str, lines: Any) -> None:
    """Silent trap 9: the later one counts, and the pretrained weights vanish."""
    basicsr.change(before, after)
    assert basicsr.really_load() == []
    error = basicsr.refused()
    assert error['code'] == 'option-twice' and error['line'] == int(lines[1])
    assert f'line {lines[0]} ' in error['what']


@pytest.mark.fires('WC407')
@pytest.mark.failure(33, 'WC407')
def test_a_lost_indentation(basicsr: Training, weights: State) -> None:
    """Silent trap 9: `path:` is empty, and nothing is loaded."""
    basicsr.save({'params': weights})
    for name in ('pretrain_network_g', 'strict_load_g', 'resume_state'):
        basicsr.change(f'  {name}', name)
    basicsr.change('weights.pth', 'weights.pth  # x2')
    assert basicsr.options()['path'] is None
    answer = basicsr.cured()
    assert answer.first_of_training == 'WC407' and 'WC509' not in answer.codes
    assert answer.edits == {
        'path.pretrain_network_g': 'weights.pth',
        'path.strict_load_g': True,
        'path.resume_state': None,
    }
    assert 'path:\n  pretrain_network_g: weights.pth  # x2\n' in basicsr.yaml.read_text()
    (call,) = basicsr.really_load()
    assert is_clean(call)


def test_a_section_that_became_a_text(basicsr: Training) -> None:
    text = basicsr.yaml.read_text()
    start, end = text.index('  pretrain'), text.index('train:\n')
    basicsr.write(f'{text[:start]}  pretrain_network_g:./a.pth\n{text[end:]}')
    error = basicsr.refused()
    assert (error['code'], error['line']) == ('section-is-none', 7)
    assert error['advice'] == 'Write: "pretrain_network_g: ./a.pth"'


@pytest.mark.fires('WC412')
@pytest.mark.failure(33, 'WC412')
def test_the_encoding_of_the_machine(
    basicsr: Training, weights: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows the framework opens the YAML as GBK or cp1252."""
    import locale

    basicsr.save({'params': weights})
    basicsr.change('path:\n', 'path:  # 预训练权重。\n')
    assert basicsr.check().exit_code == 0
    monkeypatch.setattr(locale, 'getpreferredencoding', lambda do_setlocale=True: 'cp1252')
    with pytest.raises(UnicodeDecodeError):
        basicsr.yaml.read_text(encoding='cp1252')
    answer = basicsr.check()
    assert answer.exit_code == 1 and answer.first_of_training == 'WC412'
    assert answer.facts('WC412') == {'at': '7', 'encoding': 'cp1252'}
    basicsr.change('  # 预训练权重。', '  # weights')
    assert basicsr.check().exit_code == 0


@pytest.mark.failure(33, 'yaml-space')
@pytest.mark.parametrize('line', [
    '  \u00a0strict_load_g: true', '\u00a0 strict_load_g: true', '  strict_load_g\u200b: true',
    '\u2003 strict_load_g: true',
])  # fmt: skip
def test_spaces_that_yaml_takes_for_letters(basicsr: Training, line: str) -> None:
    """They parse: the option gets another name, or ends the section, and nobody reads it."""
    import yaml

    text = basicsr.yaml.read_text()
    basicsr.write(text.replace(f'{STRICT}\n', '').replace('train:\n', f'{line}\ntrain:\n'))
    with open('train.yml', encoding='utf-8') as file:
        assert 'strict_load_g' not in yaml.load(file, Loader=yaml.SafeLoader)['path']
    error = basicsr.refused()
    assert (error['code'], error['line']) == ('yaml-space', 10), error
    assert error['advice'] == f'Write: "{STRICT}"'
    basicsr.write(text.replace(STRICT, line))  # in the middle of the section
    error = basicsr.refused()
    assert (error['code'], error['line']) == ('yaml-space', 9), error
    assert error['advice'] == f'Write: "{STRICT}"'


def test_such_spaces_in_quotes_and_comments_are_left_alone(
    basicsr: Training, weights: State
) -> None:
    basicsr.save({'params': weights}, 'a\u00a0b.pth')
    basicsr.change('weights.pth', '"a\u00a0b.pth"  # non\u00a0breaking')
    assert basicsr.check().verdict == 'ready'
    assert basicsr.really_load()[0].error == ''


def test_many_lines_with_such_spaces(basicsr: Training) -> None:
    """Copied from a web page: the first line is told, whatever the others are like."""
    text = basicsr.yaml.read_text()
    basicsr.write(text.replace(': ', ':\u00a0'))
    error = basicsr.refused()
    assert (error['code'], error['line']) == ('yaml-space', 1), error


@pytest.mark.failure(33, 'yaml-documents')
def test_two_documents(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights})
    text = basicsr.yaml.read_text()
    basicsr.write(f'{text}---\nname: other\n')
    import yaml

    with pytest.raises(yaml.composer.ComposerError):
        yaml.load(basicsr.yaml.read_text(), Loader=yaml.SafeLoader)
    error = basicsr.refused()
    assert error['line'] == len(text.splitlines()) + 1
    assert error['advice'] == 'Keep one of the two.'
    basicsr.write(f'---\n{text}')  # one document may begin so
    assert basicsr.check().exit_code == 0


@pytest.mark.failure(33, 'WC406')
@pytest.mark.parametrize('line, again', [
    (STRICT, f'{STRICT}\n{STRICT}'), (STRICT, f'{STRICT}\n  strict_load_g: True'),
    ('train:\n', 'scale: 2\ntrain:\n'), ('num_gpu: 0\n', 'num_gpu: 0\nnum_gpu: 0x0\n'),
])  # fmt: skip
def test_written_twice_with_the_same_value(
    basicsr: Training, weights: State, line: str, again: str
) -> None:
    """Nothing hangs on luck: the training starts, and so does the check."""
    basicsr.save({'params': weights})
    basicsr.change(line, again)
    assert basicsr.really_load()[0].error == ''
    answer = basicsr.check()
    assert answer.exit_code == 0 and answer.verdict == 'ready'
    finding = answer.found('WC406')
    assert finding['severity'] == 'warning' and 'both have the same value' in finding['message']


@pytest.mark.fires('WC406')
@pytest.mark.failure(33, 'WC406')
def test_written_twice_where_no_load_hangs_on_it(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights})
    basicsr.change('total_iter: 4', 'total_iter: 4\n  total_iter: 5')
    answer = basicsr.check()
    finding = answer.found('WC406')
    assert answer.exit_code == 0 and 'the later one counts' in finding['message']
    assert basicsr.options()['train']['total_iter'] == 5


@pytest.mark.parametrize('line', ['  strict_load_g: 1', '  strict_load_g: "true"'])
def test_equal_in_python_is_not_the_same_value(basicsr: Training, line: str) -> None:
    basicsr.change(STRICT, f'{STRICT}\n{line}')
    assert basicsr.refused()['code'] == 'option-twice'
