"""Every command where Python has no more than on Windows: what it says and writes is the same."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.helpers import write_options, write_tables, write_weights
from tests.hook.conftest import Workshop
from tests.windows.conftest import command

SHAPES = {'conv.weight': (4, 3, 3, 3), 'conv.bias': (4,), 'body.0.weight': (8, 4, 3, 3)}
ENCODINGS = ('gbk:strict', 'cp1252:strict', 'ascii:strict')


@pytest.fixture
def files(tmp_path: Path) -> Path:
    write_weights(str(tmp_path / 'one.pth'), SHAPES)
    write_weights(str(tmp_path / '模型 ü.pth'), {**SHAPES, 'more': (5,)})
    write_tables(str(tmp_path / 'both.pth'), {'params': SHAPES, 'params_ema': SHAPES})
    return tmp_path


def test_the_module_takes_away_what_it_says(tmp_path: Path) -> None:
    lines = (
        'import sys, os\n'
        'sys.modules["basicsr_weightcheck.probe"] = __import__("types").ModuleType("x")\n'
        'names = {"__name__": "basicsr_weightcheck.probe"}\n'
        'exec("""\nimport os, signal, subprocess\n'
        'assert os.name == "nt"\n'
        'for owner, name in ((os, "pread"), (os, "fork"), (os, "killpg"), (signal, "SIGKILL")):\n'
        '    assert not hasattr(owner, name), name\n'
        'try:\n    import fcntl\nexcept ImportError:\n    pass\nelse:\n    raise SystemExit(5)\n'
        'with open("held", "wb"):\n'
        '    open("new", "wb").close()\n'
        '    try:\n        os.replace("new", "held")\n'
        '    except PermissionError:\n        pass\n'
        '    else:\n        raise SystemExit(6)\n'
        '""", names)\n'
        'import fcntl\nassert hasattr(os, "fork") and os.name == "posix"\n'
    )
    (tmp_path / 'probe.py').write_text(lines, encoding='utf-8')
    ended = command(folder=tmp_path, start='probe.py')
    assert ended.code == 0, ended.text


@pytest.mark.parametrize(
    'words',
    [
        ('compare', 'one.pth', '模型 ü.pth', '--format', 'json'),
        ('compare', 'one.pth', 'both.pth', '--format', 'html'),
        ('inspect', '模型 ü.pth', '--values', '--format', 'json'),
        ('inspect', 'both.pth', '--ema', '--format', 'markdown'),
        ('rules', '--format', 'json', '--lang', 'zh'),
    ],
)
def test_documents_are_the_same_in_every_encoding(files: Path, words: tuple[str, ...]) -> None:
    here = command(*words, folder=files, bare=False)
    for encoding in ENCODINGS:
        there = command(*words, folder=files, PYTHONIOENCODING=encoding)
        assert (there.code, there.out) == (here.code, here.out), (encoding, there.text)
        assert b'Traceback' not in there.err


@pytest.mark.parametrize('encoding', ENCODINGS)
@pytest.mark.parametrize('lang', ['en', 'zh'])
def test_texts_never_fail_in_a_console(files: Path, encoding: str, lang: str) -> None:
    for words in (
        ('compare', 'one.pth', '模型 ü.pth'), ('inspect', '模型 ü.pth'), ('inspect', 'no 模型.pth'),
    ):  # fmt: skip
        ended = command(*words, folder=files, PYTHONIOENCODING=encoding, WEIGHTCHECK_LANG=lang)
        (ended.out + ended.err).decode(encoding.split(':')[0])
        assert ended.code in (0, 1, 2) and b'Traceback' not in ended.err, ended.text


def test_a_conversion_replaces_a_file_and_leaves_nothing(files: Path) -> None:
    words = ('convert', 'one.pth', '-o', 'new.pth', '--add-prefix', 'net.')
    for more, code in ((), 0), ((), 2), (('--force',), 0):
        ended = command(*words, *more, folder=files)
        assert ended.code == code, ended.text
    compared = command('compare', 'one.pth', 'new.pth', folder=files, bare=False)
    assert compared.code == 1 and b'remove the prefix first' in compared.out
    assert not [name for name in os.listdir(files) if name.startswith('.weightcheck')]


def test_commands_are_quoted_for_its_own_shell(tmp_path: Path) -> None:
    (tmp_path / 'quote.py').write_text(
        'from basicsr_weightcheck.conversion.command_line import command_line\n'
        'from basicsr_weightcheck.records.findings import Recipe\n'
        'print(command_line("my weights.pth", r"d:\\it\'s.pth", Recipe(take=("params",))))\n'
    )
    there = command(folder=tmp_path, start='quote.py')
    assert b'convert "my weights.pth" -o d:\\it\'s.pth --take' in there.out, there.text
    here = command(folder=tmp_path, start='quote.py', bare=False)
    assert b"convert 'my weights.pth' -o 'd:\\it" in here.out


@pytest.mark.basicsr
def test_a_check_says_the_same(workshop: Workshop) -> None:
    for name, changes in (
        ('win_good', {}), ('win_prefix', {'weights': 'prefix.pth'}), ('win_feat', {'feat': 12}),
    ):  # fmt: skip
        options = workshop.options(name, **changes)
        words = ('check', '-opt', options, '--repair-imports', '--no-report', '--format', 'github')
        here = command(*words, folder=workshop.folder, bare=False)
        there = command(*words, folder=workshop.folder, PYTHONIOENCODING='gbk:strict')
        said = here.out.replace(b"'./prefix_converted.pth'", b'./prefix_converted.pth')
        assert (there.code, there.out) == (here.code, said), there.text
        assert here.code == (0 if name == 'win_good' else 1)


@pytest.mark.basicsr
def test_scan_in_processes(workshop: Workshop) -> None:
    options = workshop.options('win_scan', extra='weightcheck: {repair_imports: true}')
    words = ('scan', '.', '-opt', options, '--jobs', '2', '--format', 'json')
    here = command(*words, folder=workshop.folder, bare=False)
    there = command(*words, folder=workshop.folder)
    assert there.code == here.code == 0, there.text
    assert there.out == here.out


SLOW = """import os, subprocess, sys, time
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3000)', {mark!r}])
time.sleep(3000)
"""
# /T of taskkill: the children of the process with its own, as /proc tells them.
TASKKILL = """#!{python}
import os, sys
assert sys.argv[1:4] == ['/F', '/T', '/PID'], sys.argv
waiting, found = [int(sys.argv[4])], []
while waiting:
    found.append(waiting.pop())
    for one in filter(str.isdigit, os.listdir('/proc')):
        try:
            parent = open('/proc/' + one + '/stat').read().rpartition(')')[2].split()[1]
        except OSError:
            continue
        if int(parent) == found[-1]:
            waiting.append(int(one))
for one in found:
    os.kill(one, 9)
"""


@pytest.mark.basicsr
def test_a_child_ends_with_all_that_it_started(workshop: Workshop, tmp_path: Path) -> None:
    mark = f'grandchild of {tmp_path}'
    (workshop.folder / 'slow_start.py').write_text(SLOW.format(mark=mark), encoding='utf-8')
    tool = tmp_path / 'taskkill'
    tool.write_text(TASKKILL.format(python=sys.executable), encoding='utf-8')
    tool.chmod(0o755)
    options = workshop.options('win_slow')
    ended = command(
        'check', '-opt', options, '--import', 'slow_start', '--timeout', '8', '--no-report',
        folder=workshop.folder,
        PATH=f'{tmp_path}{os.pathsep}{os.environ["PATH"]}',
    )  # fmt: skip
    assert ended.code == 2, ended.text
    assert not [line for line in _commands() if mark in line]


def _commands() -> list[str]:
    found = []
    for one in filter(str.isdigit, os.listdir('/proc')):
        try:
            raw = Path(f'/proc/{one}/cmdline').read_bytes()
        except OSError:
            continue
        found.append(raw.decode('utf-8', 'replace'))
    return found


# A script that knows nothing of new torchvisions; workers start as on Windows.
SPAWNING = """import os
from basicsr.train import train_pipeline
if __name__ == '__main__':
    import multiprocessing
    multiprocessing.set_start_method('spawn')
    train_pipeline(os.getcwd())
"""


@pytest.mark.basicsr
def test_a_training(workshop: Workshop) -> None:
    (workshop.folder / 'train_spawn.py').write_text(SPAWNING)
    for name, changes, code in (
        ('win_train', {}, 0), ('win_stop', {'weights': 'prefix.pth', 'strict': 'false'}, 1),
    ):  # fmt: skip
        options = workshop.options(name, **changes)
        text = (workshop.folder / options).read_text(encoding='utf-8')
        # One worker for the whole training: each starts as a program of its own.
        workers = 'num_worker_per_gpu: 1\n    persistent_workers: true'
        text = text.replace('num_worker_per_gpu: 0', workers)
        write_options(workshop.folder, text, options)
        ended = command(
            'run', '--repair-imports', 'train_spawn.py', '-opt', options, folder=workshop.folder,
            PYTHONIOENCODING='cp1252:strict', WEIGHTCHECK_LANG='zh',
        )  # fmt: skip
        assert ended.code == code, ended.text
        assert 'Logging error' not in ended.text
        # English: cp1252 has no Chinese characters.
        assert ('net_g verified' in ended.text) == (not code)
        assert (workshop.folder / 'experiments' / name / 'weightcheck' / 'net_g.json').exists()


@pytest.mark.basicsr
def test_the_weights_and_the_yaml_on_another_drive(workshop: Workshop, tmp_path: Path) -> None:
    here, there = tmp_path / 'c' / 'repository', tmp_path / 'd' / 'weights'
    here.mkdir(parents=True)
    there.mkdir(parents=True)
    (there / 'good.pth').write_bytes((workshop.folder / 'good.pth').read_bytes())
    text = (workshop.folder / workshop.options('drive')).read_text(encoding='utf-8')
    write_options(there, text.replace('good.pth', str(there / 'good.pth')))
    write_options(there, text.replace('good.pth', str(there / 'goot.pth')), 'wrong.yml')
    for name, code, words in (
        ('train.yml', 0, ()), ('wrong.yml', 2, ('--no-report',)),
    ):  # fmt: skip
        ended = command(
            'check', '-opt', str(there / name), '--format', 'github', '--repair-imports', *words,
            folder=here, WEIGHTCHECK_DRIVES=str(tmp_path),
        )  # fmt: skip
        assert ended.code == code, ended.text
        assert f'file={there}'.encode() in ended.out
    assert f'Nearest file: {there / "good.pth"}'.encode() in ended.out
    assert (here / 'weightcheck_reports').is_dir()
