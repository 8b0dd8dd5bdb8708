"""Every command that writes: a whole file or none, and nothing but plain files is replaced."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Dict, List

import pytest

from basicsr_weightcheck.report.write import write_text
from basicsr_weightcheck.whole_file import PREFIX, is_special, new_file
from tests.helpers import HANG_S, ROOT, write_weights

pytestmark = pytest.mark.skipif(os.name != 'posix', reason='nodes and signals of POSIX')
Words = Callable[[str], List[str]]
# Every kind of output, with the file that it writes.
COMMANDS: Dict[str, Words] = {
    'compare --output': lambda out: ['compare', 'a.pth', 'b.pth', '--output', out],
    'inspect --output html': lambda out: [
        'inspect', 'a.pth', '--format', 'html', '--output', out],
    'compare --output json': lambda out: [
        'compare', 'a.pth', '--format', 'json', '--output', out],
}  # fmt: skip
if not all(importlib.util.find_spec(name) for name in ('jinja2', 'squarify')):
    del COMMANDS['inspect --output html']  # pages are an extra
STARTED = 60.0  # seconds that a process may take to come to the place where it waits


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ('a.pth', 'b.pth'):
        write_weights(name, {'w': (4, 4), 'v': (3,)})
    return tmp_path


def run(*words: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, 'PYTHONPATH': str(ROOT), 'WEIGHTCHECK_LANG': 'en'}
    return subprocess.run(
        [sys.executable, '-m', 'basicsr_weightcheck', *words], env=env, timeout=HANG_S,
        stderr=subprocess.PIPE, **more,
    )  # fmt: skip


def null_device(path: Path) -> bool:
    """A node of our own that swallows what is written, where this user may make one."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        with open(path, 'wb') as file:
            file.write(b'x')
    except OSError:
        return False
    return True


@pytest.mark.parametrize('command', sorted(COMMANDS))
def test_a_device_stays_a_device(folder: Path, command: str) -> None:
    if not null_device(folder / 'node'):
        pytest.skip('no device can be made here')
    done = run(*COMMANDS[command]('node'))
    assert done.returncode == 0, done.stderr
    assert stat.S_ISCHR(os.stat('node').st_mode) and not left('.')


def test_a_device_is_no_place_for_a_conversion(folder: Path) -> None:
    if not null_device(folder / 'node'):
        pytest.skip('no device can be made here')
    for words in (['--force'], []):
        done = run('convert', 'a.pth', '-o', 'node', *words)
        assert done.returncode == 2 and b'no regular file' in done.stderr
    assert stat.S_ISCHR(os.stat('node').st_mode) and not left('.')


@pytest.mark.parametrize('name', ['pipe', 'link'])
@pytest.mark.parametrize('command', sorted(COMMANDS))
def test_a_pipe_is_written_into(folder: Path, command: str, name: str) -> None:
    os.mkfifo('pipe')
    os.symlink('pipe', 'link')
    read: List[bytes] = []
    reader = threading.Thread(target=lambda: read.append(Path('pipe').read_bytes()), daemon=True)
    reader.start()
    done = run(*COMMANDS[command](name))
    reader.join(STARTED)
    assert done.returncode == 0, done.stderr
    assert stat.S_ISFIFO(os.stat('pipe').st_mode) and os.path.islink('link')
    assert read and len(read[0]) > 100 and not left('.')


def test_a_conversion_into_a_pipe_is_refused(folder: Path) -> None:
    os.mkfifo('pipe')
    done = run('convert', 'a.pth', '-o', 'pipe', '--force')
    assert done.returncode == 2 and stat.S_ISFIFO(os.stat('pipe').st_mode)


@pytest.mark.parametrize('target', ['/proc/self/fd/1', '/dev/fd/1', 'own'])
@pytest.mark.parametrize('command', sorted(COMMANDS))
def test_an_open_file_of_the_process_is_written_into(
    folder: Path, command: str, target: str
) -> None:
    if not os.path.exists('/proc/self/fd'):
        pytest.skip('no /proc')
    os.symlink('/proc/self/fd/1', 'own')  # as /dev/stdout is one
    Path('out.txt').write_bytes(b'before\n')
    with open('out.txt', 'ab') as out:
        done = run(*COMMANDS[command](target), stdout=out)
        assert os.fstat(out.fileno()).st_nlink == 1  # it was not replaced behind our back
    text = Path('out.txt').read_bytes()
    assert done.returncode == 0 and text.startswith(b'before\n') and len(text) > 100
    assert os.readlink('own') == '/proc/self/fd/1' and not left('.')


def test_descriptors_are_known_without_opening_them(folder: Path) -> None:
    Path('plain').write_text('x')
    os.symlink('plain', 'link')
    with open('plain', 'rb') as file:
        assert is_special(f'/proc/self/fd/{file.fileno()}')
        assert is_special(f'/proc/{os.getpid()}/fd/{file.fileno()}')
    assert not any(is_special(path) for path in ('plain', 'link', 'gone', '.'))


def test_a_socket_is_refused(folder: Path) -> None:
    import socket

    from basicsr_weightcheck.errors import ReportError

    with socket.socket(socket.AF_UNIX) as made:
        made.bind('socket')
        with pytest.raises(ReportError):
            write_text('socket', 'x')
    assert stat.S_ISSOCK(os.stat('socket').st_mode)


def test_a_link_stays_and_what_it_leads_to_is_replaced(folder: Path) -> None:
    Path('plain').write_text('before')
    os.chmod('plain', 0o640)
    os.symlink('plain', 'link')
    write_text('link', 'after')
    assert os.path.islink('link') and Path('plain').read_text() == 'after'
    assert os.stat('plain').st_mode & 0o777 == 0o640


def test_a_new_file_has_the_mode_that_the_umask_leaves(folder: Path) -> None:
    before = os.umask(0o027)
    try:
        write_text('new', 'x')
    finally:
        os.umask(before)
    assert os.stat('new').st_mode & 0o777 == 0o640


def left(folder: str) -> List[str]:
    return [name for name in os.listdir(folder) if name.startswith(PREFIX)]


# Stops while the new file is there and not whole, and says so.
WAITS = """
import sys, time
from basicsr_weightcheck.checkpoint.writing import write
from basicsr_weightcheck.cli.main import main
def wait(*_):
    print('here', flush=True)
    time.sleep(600)
write.read_back = wait
sys.exit(main(['convert', 'a.pth', '-o', 'out.pth']))
"""


def _stopped(number: int) -> int:
    """The exit code of a conversion that gets a signal in the middle."""
    env = {**os.environ, 'PYTHONPATH': str(ROOT)}
    process = subprocess.Popen([sys.executable, '-c', WAITS], env=env, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b'here\n' and len(left('.')) == 1
    process.send_signal(number)
    code = process.wait(STARTED)
    process.stdout.close()
    return code


def test_sigterm_leaves_nothing(folder: Path) -> None:
    assert _stopped(signal.SIGTERM) == 128 + signal.SIGTERM
    assert sorted(os.listdir('.')) == ['a.pth', 'b.pth']


def test_what_a_killed_run_leaves_is_removed_by_the_next(folder: Path) -> None:
    assert _stopped(signal.SIGKILL) == -signal.SIGKILL
    assert len(left('.')) == 1
    assert run('convert', 'a.pth', '-o', 'out.pth', stdout=subprocess.DEVNULL).returncode == 0
    assert sorted(os.listdir('.')) == ['a.pth', 'b.pth', 'out.pth']


def test_what_another_run_is_writing_is_left_alone(folder: Path) -> None:
    env = {**os.environ, 'PYTHONPATH': str(ROOT)}
    process = subprocess.Popen([sys.executable, '-c', WAITS], env=env, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b'here\n'
    (name,) = left('.')
    write_text('report.txt', 'x')
    assert left('.') == [name]
    process.kill()
    process.wait(STARTED)
    process.stdout.close()
    write_text('report.txt', 'x')
    assert not left('.')


def test_two_threads_that_write_into_one_folder(folder: Path) -> None:
    def work(number: int) -> None:
        for _ in range(50):
            write_text(f'{number}.txt', str(number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [Path(f'{number}.txt').read_text() for number in range(4)] == list('0123')
    assert not left('.')


def test_what_fails_leaves_nothing(folder: Path) -> None:
    Path('out').write_text('before')
    with pytest.raises(RuntimeError), new_file('out') as made:
        made.out.write(b'half')
        raise RuntimeError
    assert Path('out').read_text() == 'before' and not left('.')


def test_a_handler_of_the_caller_stays() -> None:
    from basicsr_weightcheck.cli.main import main

    before = signal.getsignal(signal.SIGTERM)
    assert main(['rules', '--format', 'json']) == 0
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.torch
def test_a_picture_is_written_whole(folder: Path) -> None:
    pytest.importorskip('matplotlib')
    os.symlink('plain.png', 'link.png')
    done = run('compare', 'a.pth', 'b.pth', '--plot', 'link.png', stdout=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    assert os.path.islink('link.png') and Path('plain.png').read_bytes()[:4] == b'\x89PNG'
    assert not left('.')


def test_nothing_else_opens_a_file_for_writing() -> None:
    """Every command that writes, and the hook, goes through one place."""
    writes = re.compile(
        r"os\.replace|mkstemp|NamedTemporary|(?<!archive\.)\bopen\([^()]*['\"][wx]b?['\"]"
        r'|savefig\(path|\.write_(text|bytes)\('
    )
    package = ROOT / 'basicsr_weightcheck'
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob('*.py')
        if writes.search(path.read_text(encoding='utf-8'))
    }
    assert found == {'whole_file.py'}


def test_a_corrected_yaml_goes_into_a_device_and_never_replaces_one(folder: Path) -> None:
    from basicsr_weightcheck.report.write import write_text

    if not null_device(folder / 'node'):
        pytest.skip('no device can be made here')
    os.symlink('node', 'link')
    for name in ('node', 'link'):
        write_text(name, 'name: x\n')
    assert stat.S_ISCHR(os.lstat('node').st_mode) and os.path.islink('link')


def test_apply_refuses_a_yaml_that_came_through_a_pipe(folder: Path) -> None:
    import dataclasses

    from basicsr_weightcheck.errors import ReportError
    from basicsr_weightcheck.plan.option_file import read_options
    from basicsr_weightcheck.workflow.checking.advise import write_in_place

    Path('train.yml').write_text('name: x\n')
    options = dataclasses.replace(read_options('train.yml'), path='pipe')
    os.mkfifo('pipe')
    report = SimpleNamespace(plan=SimpleNamespace(options=options))
    with pytest.raises(ReportError, match='regular file'):
        write_in_place(report, 'name: y\n')  # type: ignore[arg-type]
    assert stat.S_ISFIFO(os.stat('pipe').st_mode)


def test_a_sidecar_stands_beside_files_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip('torch')
    from basicsr_weightcheck.hook import provenance

    os.mkfifo('pipe')
    monkeypatch.setattr(provenance, '_document', lambda *_: {})

    def save_network(*_: Any) -> None:
        for path in ('pipe', 'plain.pth'):
            torch.save({}, path)

    Path('plain.pth').touch()
    monkeypatch.setattr(torch, 'save', lambda *_: None)
    provenance.recorded_save(save_network, object(), ([torch.nn.Linear(1, 1)],), {})
    assert sorted(name for name in os.listdir('.') if name.endswith('.json')) == [
        f'plain.pth{provenance.SUFFIX}'  # type: ignore[attr-defined]
    ]
