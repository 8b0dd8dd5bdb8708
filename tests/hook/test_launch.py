"""`run` starts a script or module as Python itself does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, List

import pytest

from tests.helpers import HANG_S, ROOT

RUN = ['-m', 'basicsr_weightcheck', 'run']
# What a program can see of how it was started. The future import is its own, not the caller's.
PROBE = """import json, sys
def annotated(x: int): pass
names = {k: v for k, v in globals().items() if k.startswith('__') and k.endswith('__')}
names.update(__builtins__=type(__builtins__).__name__, __spec__=__spec__ and __spec__.name)
names['__loader__'] = [type(__loader__).__name__, *(
    getattr(__loader__, name, '') for name in ('name', 'path', 'archive'))]
print(json.dumps({
    'names': names, 'argv': sys.argv, 'path': sys.path[:2], 'annotations': str(
    annotated.__annotations__), 'main': vars(sys.modules['__main__']) is globals(), 'streams': [
    [one.encoding, one.errors] for one in (sys.stdin, sys.stdout, sys.stderr)],
}, sort_keys=True))
"""


def python(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', *words],
        cwd=str(folder),
        env={**os.environ, 'PYTHONPATH': str(ROOT), 'WEIGHTCHECK_LANG': 'en', **environment},
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    # These programs load nothing, as is said: once, by the process itself.
    lines = done.stderr.splitlines(keepends=True)
    others = [line for line in lines if not line.startswith('weightcheck: nothing was checked')]
    assert len(lines) - len(others) <= 1
    done.stderr = ''.join(others)
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / 'tools'
    inside.mkdir()
    for name in ('probe.py', 'tools/probe.py', 'tools/__main__.py'):
        (tmp_path / name).write_text(PROBE)
    with zipfile.ZipFile(str(tmp_path / 'packed.zip'), 'w') as packed:
        packed.writestr('__main__.py', PROBE)
    os.symlink('tools/probe.py', str(tmp_path / 'link.py'))
    return tmp_path


def seen(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


SAFE = [['-P'], []] if sys.version_info >= (3, 11) else [[]]


@pytest.mark.parametrize('flags', SAFE)
@pytest.mark.parametrize(
    'words',
    [
        ['probe.py', '-m', 'x', '--', 'y'], ['tools/probe.py'], ['link.py'],
        ['-m', 'probe', '-opt', 'z'], ['-m', 'tools.probe'], ['-m', 'tools'],
        ['tools', 'x'], ['packed.zip'],
    ],
)  # fmt: skip
def test_a_program_sees_what_it_sees_alone(
    folder: Path, flags: List[str], words: List[str]
) -> None:
    places = {'PYTHONPATH': f'{ROOT}{os.pathsep}{folder}'} if flags else {}
    alone = python(*flags, *words, folder=folder, **places)
    hooked = python(*flags, *RUN, *words, folder=folder, **places)
    assert seen(hooked) == seen(alone)


def test_two_hyphens_end_the_options_of_run(folder: Path) -> None:
    alone = python('probe.py', '--repair-imports', folder=folder)
    hooked = python(*RUN, '--', 'probe.py', '--repair-imports', folder=folder)
    assert seen(hooked) == seen(alone)


@pytest.mark.skipif(sys.version_info < (3, 11), reason='Python 3.11 brought it')
def test_the_variable_for_a_safe_path(folder: Path) -> None:
    places = {'PYTHONPATH': f'{ROOT}{os.pathsep}{folder}', 'PYTHONSAFEPATH': '1'}
    alone = python('tools/probe.py', folder=folder, **places)
    assert seen(python(*RUN, 'tools/probe.py', folder=folder, **places)) == seen(alone)


@pytest.mark.parametrize('encoding', ['ascii', 'gbk:strict', 'cp1252:surrogateescape'])
def test_streams_keep_encoding_and_errors(folder: Path, encoding: str) -> None:
    (folder / 'speak.py').write_text('print("é 模型")\n', encoding='utf-8')
    alone = python('probe.py', folder=folder, PYTHONIOENCODING=encoding)
    hooked = python(*RUN, 'probe.py', folder=folder, PYTHONIOENCODING=encoding)
    assert seen(hooked) == seen(alone)
    alone = python('speak.py', folder=folder, PYTHONIOENCODING='ascii')
    hooked = python(*RUN, 'speak.py', folder=folder, PYTHONIOENCODING='ascii')
    assert alone.returncode == hooked.returncode == 1 and hooked.stderr == alone.stderr


ENDS = {
    'raises': 'def f():\n    raise LookupError("gone")\nf()\n',
    'exits': 'import sys\nsys.exit(7)\n',
    'exits_with_text': 'import sys\nsys.exit("text")\n',
    'interrupted': 'import atexit\natexit.register(print, "closed")\nraise KeyboardInterrupt\n',
    'no_python': 'a b c\n',
    'of_ours': 'from basicsr_weightcheck.errors import UsageError\nraise UsageError("its own")\n',
}


@pytest.mark.parametrize('name', list(ENDS))
@pytest.mark.parametrize('as_module', [False, True])
def test_it_ends_as_alone(folder: Path, name: str, as_module: bool) -> None:
    (folder / f'{name}.py').write_text(ENDS[name])
    words = ['-m', name] if as_module else [f'{name}.py']
    alone, hooked = python(*words, folder=folder), python(*RUN, *words, folder=folder)
    assert (hooked.returncode, hooked.stdout) == (alone.returncode, alone.stdout)
    assert hooked.stderr.splitlines()[-2:] == alone.stderr.splitlines()[-2:]
    assert 'launch.py' not in hooked.stderr
    if name == 'interrupted' and os.name == 'posix':
        assert hooked.returncode == -signal.SIGINT and hooked.stdout == 'closed\n'


@pytest.mark.parametrize(
    'lang, words, said',
    [
        ('en', ['prob.py'], 'prob.py: cannot be read: No such file or directory. '
         'Nearest there: probe.py'),
        ('zh', ['tools/prob.py'], '该处最接近的文件：tools/probe.py'),
        ('en', ['nowhere/x.py'], 'The folder nowhere does not exist either.'),
        ('en', ['-m', 'tools.absent'], 'there is no module tools.absent.'),
        ('zh', ['-m', 'absent.x'], '没有模块 absent.x。'),
        ('en', ['-m'], 'no script was given.'),
        ('en', ['--'], 'no script was given.'),
    ],
)  # fmt: skip
def test_what_is_not_there(folder: Path, lang: str, words: List[str], said: str) -> None:
    done = python(*RUN, *words, folder=folder, WEIGHTCHECK_LANG=lang)
    assert done.returncode == 2 and said in done.stderr, done.stderr


def test_a_module_that_imports_what_is_not_there(folder: Path) -> None:
    """That is the program's own end, with its traceback."""
    (folder / 'tools' / '__init__.py').write_text('import not_here\n')
    done = python(*RUN, '-m', 'tools.probe', folder=folder)
    assert done.returncode == 1 and "No module named 'not_here'" in done.stderr


def test_a_missing_yaml_is_told_and_the_script_has_the_word(folder: Path) -> None:
    (folder / 'train.yml').write_text('network_g: {type: X}\ntrain: {}\n')
    done = python(*RUN, 'probe.py', '-opt', 'trian.yml', folder=folder)
    assert done.returncode == 0
    assert 'weightcheck: trian.yml: no such file' in done.stderr
    assert 'Nearest there: ./train.yml' in done.stderr


SPAWNS = """import multiprocessing, os, sys
import needs_a_repair
def work(queue):
    queue.put([__name__, os.path.basename(__file__), sys.argv[1:],
               'basicsr_weightcheck.hook.install' in sys.modules])
if __name__ == '__main__':
    for method in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context(method)
        queue = context.Queue()
        child = context.Process(target=work, args=(queue,))
        child.start()
        print(method, queue.get())
        child.join()
"""
# Stands for basicsr on a torchvision without functional_tensor.
REPAIR = """import sys, types
import basicsr_weightcheck.rehearsal.import_fixes as fixes
def repair(repairs):
    sys.modules['needs_a_repair'] = types.ModuleType('needs_a_repair')
fixes.repair_all = repair
"""


@pytest.mark.parametrize('as_module', [False, True])
def test_children_that_are_started_anew_are_prepared(folder: Path, as_module: bool) -> None:
    """As on Windows, where the workers of data loaders are such."""
    (folder / 'spawns.py').write_text(SPAWNS)
    (folder / 'sitecustomize.py').write_text(REPAIR)
    words = ['-m', 'spawns'] if as_module else ['spawns.py']
    places = {'PYTHONPATH': f'{ROOT}{os.pathsep}{folder}'}
    done = python(*RUN, '--repair-imports', *words, '-x', folder=folder, **places)
    assert done.returncode == 0, done.stderr
    said = dict(line.split(' ', 1) for line in done.stdout.splitlines())
    for method, name in (('fork', '__main__'), ('spawn', '__mp_main__')):
        if method in said:
            assert said[method] == f"['{name}', 'spawns.py', ['-x'], True]"
    assert said.get('forkserver', said['spawn']) == said['spawn']
