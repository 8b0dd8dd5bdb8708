"""How the program is started and how it ends: pipes, full disks, Ctrl-C, scripts of a clone."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, List, Set

import pytest

from basicsr_weightcheck.cli.arguments import build_parser
from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import LANGUAGES
from basicsr_weightcheck.messages.words.arguments import HELP, WORDS
from basicsr_weightcheck.workflow.files import find_files, find_options
from tests.check.conftest import BASE
from tests.helpers import HANG_S, ROOT, write_weights
from tests.schemas import validate

CONV = {'conv.weight': (4, 3, 3, 3), 'conv.bias': (4,)}
OTHER = {'conv.weight': (4, 3, 3, 3), 'head.bias': (4,)}
COMPARE = 'python -m basicsr_weightcheck compare a.pth b.pth'
STARTS = [
    ('python -m basicsr_weightcheck', 'python -m basicsr_weightcheck'),
    (f'python {ROOT}/basicsr_weightcheck', f'python {ROOT}/basicsr_weightcheck'),
    (f'python {ROOT}/scripts/check_pretrain.py', f'python {ROOT}/basicsr_weightcheck'),
    ('python clone/scripts/check_pretrain.py', 'python clone/basicsr_weightcheck'),
    (f'cd {ROOT} && python scripts/check_pretrain.py', 'python -m basicsr_weightcheck'),
]
PLACE = re.compile(r'%(?:\([a-z_]+\))?[.\d]*[a-z]')
posix = pytest.mark.skipif(os.name != 'posix', reason='shells and signals of POSIX')


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('WEIGHTCHECK_LANG', 'en')
    monkeypatch.setenv('PYTHONPATH', str(ROOT))
    write_weights('a.pth', CONV)
    write_weights('b.pth', OTHER)
    return tmp_path


def shell(command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ['bash', '-c', command], capture_output=True, text=True, timeout=HANG_S, **options
    )


@posix
@pytest.mark.parametrize(
    'command, code',
    [
        (f'{COMPARE} | head -1', 1),
        (f'{COMPARE} --json | true', 1),
        ('python -m basicsr_weightcheck compare a.pth a.pth 2>&1 | true', 0),
        ('python -m basicsr_weightcheck rules | head -1', 0),
    ],
)
def test_a_reader_that_goes_away_changes_no_exit_code(command: str, code: int) -> None:
    done = shell(command + '; exit ${PIPESTATUS[0]}')
    assert (done.returncode, done.stderr) == (code, '')


@posix
@pytest.mark.parametrize('words', ['', ' --json'])
def test_a_closed_output_is_one_line(words: str) -> None:
    done = shell(f'{COMPARE}{words} >&-')
    assert done.returncode == 2
    assert done.stderr == 'basicsr-weightcheck: the standard output is closed.\n'
    assert shell(f'{COMPARE} >&- 2>&-').returncode == 2


@posix
def test_a_closed_stderr_is_not_the_output() -> None:
    done = shell('python -m basicsr_weightcheck inspect gone.pth 2>&-')
    assert (done.returncode, done.stdout) == (2, '')


@posix
def test_a_full_disk_is_one_line() -> None:
    done = shell(f'ulimit -f 0; {COMPARE} > out.txt')
    assert done.returncode == 2
    reason = os.strerror(27)  # EFBIG, which a limit of the size gives as a full disk gives ENOSPC
    assert done.stderr == (
        f'basicsr-weightcheck: the standard output cannot be written: {reason}.\n'
    )


@posix
def test_an_interrupted_import_is_one_line(folder: Path) -> None:
    """The signal comes while argparse is imported, which is before any command is known."""
    (folder / 'argparse.py').write_text(
        'import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nimport time; time.sleep(60)\n'
    )
    done = shell(f'PYTHONPATH=.:{ROOT} exec {COMPARE}')
    assert (done.returncode, done.stdout) == (128 + signal.SIGINT, '')
    assert done.stderr == 'basicsr-weightcheck: interrupted\n'


@posix
@pytest.mark.parametrize('start, program', STARTS)
def test_advice_names_the_program_as_it_was_started(folder: Path, start: str, program: str) -> None:
    (folder / 'clone').symlink_to(ROOT)
    word = '' if 'scripts' in start else 'check '
    path = folder / 'a.pth'
    done = shell(f'export PYTHONPATH={ROOT if "-m" in start else ""}; {start} {word}{path}')
    assert f': {program} inspect {path}.' in done.stderr, done


@posix
def test_a_copied_script_says_where_it_must_stand(folder: Path) -> None:
    shutil.copy(ROOT / 'scripts' / 'compare_weights_simple.py', 'copy.py')
    # -S: whatever the environment of the tests has installed
    done = shell('PYTHONPATH= python -S copy.py a.pth b.pth')
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    assert 'CLONE/scripts/compare_weights_simple.py' in done.stderr
    (folder / 'link.py').symlink_to(ROOT / 'scripts' / 'compare_weights_simple.py')
    assert shell('PYTHONPATH= python link.py a.pth b.pth').returncode == 1
    assert shell('PYTHONPATH= python link.py a.pth a.pth').returncode == 0


def test_several_files_are_inspected_and_converted(folder: Path, capsys: Any) -> None:
    assert main(['inspect', '*.pth', '--json']) == 0
    document = json.loads(capsys.readouterr().out)
    validate(document)
    assert [one['file']['path'] for one in document['files']] == ['a.pth', 'b.pth']
    assert main(['inspect', 'a.pth', 'gone.pth']) == 2
    shown = capsys.readouterr()
    assert 'Inspecting a.pth' in shown.out and 'gone.pth' in shown.err
    assert main(['convert', 'a.pth', 'b.pth', '-o', 'gone']) == 2
    (folder / 'new').mkdir()
    assert main(['convert', '.', '-o', 'new', '--json']) == 0
    document = json.loads(capsys.readouterr().out)
    validate(document)
    assert sorted(os.listdir('new')) == ['a.pth', 'b.pth']
    assert main(['compare', 'a.pth', 'new/a.pth']) == 0
    assert main(['convert', 'a.pth', 'new/a.pth', '-o', 'new', '--force']) == 2


def test_a_list_on_the_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(sys, 'stdin', io.StringIO('b.pth\n\na.pth\r\nb.pth\n'))
    assert find_files(['-', '*.pth']) == ['b.pth', 'a.pth', 'b.pth']
    monkeypatch.setattr(sys, 'stdin', io.StringIO('\n'))
    assert main(['compare', '-']) == 2
    assert 'list on the standard input is empty' in capsys.readouterr().err


def test_options_of_a_folder_are_those_of_trainings(folder: Path) -> None:
    (folder / 'deep').mkdir()
    (folder / 'deep' / 'train.yml').write_text(BASE)
    (folder / 'deep' / 'test.yml').write_text('name: x\nnetwork_g:\n  type: EDSR\n')
    (folder / 'deep' / 'neo.toml').write_text('[network_g]\ntype = "x"\n[train.optim_g]\n')
    (folder / 'deep' / 'kair.json').write_text('{"netG": {}, "train": {}}')
    found = [os.path.join('deep', name) for name in ('kair.json', 'neo.toml', 'train.yml')]
    assert find_options(['deep']) == found
    assert find_options(['deep/t*.yml']) == ['deep/test.yml', 'deep/train.yml']
    with pytest.raises(UsageError):
        find_options(['deep/train.yml', 'deep/x*.yml'])


@pytest.mark.parametrize('words', [['check', 'a.pth'], ['scan', '-opt', 'a.pth', 'b.pth']])
def test_a_weight_file_in_the_place_of_the_options(words: List[str], capsys: Any) -> None:
    assert main(words) == 2
    said = capsys.readouterr().err
    assert 'is a weight file' in said and 'inspect a.pth' in said


def test_the_command_line_speaks_chinese(capsys: Any) -> None:
    for words in (['compare', '--lang', 'zh', '--atol', 'x'], ['check', '--lang=zh', '--timeout']):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
    said = capsys.readouterr().err
    assert '用法：' in said and "参数 --atol：'x' 不是数字" in said and '需要一个值' in said
    with pytest.raises(SystemExit):
        main(['inspect', '--help'])
    assert capsys.readouterr().out.startswith('usage:')


def test_every_explanation_is_there_in_both_languages() -> None:
    used: Set[str] = set()

    def gather(parser: argparse.ArgumentParser, at: int) -> None:
        titles = {group.title for group in parser._action_groups}
        assert at or titles <= set(WORDS)  # argparse asks for the English
        told = [parser.description, *(action.help for action in parser._actions)]
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                told += [one.help for one in action._choices_actions]
                for one in action.choices.values():
                    gather(one, at)
            elif action.dest not in ('help', 'version', 'shell'):
                assert action.help, action
        used.update(key for key, words in HELP.items() if words[at] in told)

    for at, lang in enumerate(LANGUAGES):
        gather(build_parser(lang=lang), at)
    assert used == set(HELP)
    for english, chinese in (*WORDS.items(), *HELP.values()):
        assert set(PLACE.findall(english)) == set(PLACE.findall(chinese)), english


def test_check_needs_a_yaml(capsys: Any) -> None:
    assert main(['check', '--lang', 'en']) == 2
    assert 'check train.yml' in capsys.readouterr().err
