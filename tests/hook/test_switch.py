"""`enable`: every training of an environment is checked, and nothing else is touched."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any, Iterator, List

import pytest

from basicsr_weightcheck.dialects.find import hook_points
from basicsr_weightcheck.hook.switch import NAME, WATCH
from basicsr_weightcheck.records.plans import NO_FRAMEWORK
from basicsr_weightcheck.watch import MODULES
from tests.helpers import HANG_S, ROOT, free_port
from tests.hook.conftest import Result, Workshop
from tests.hook.test_trainings import distributed_script
from tests.warm_child import Nursery

__all__ = ['distributed_script']
WATCHES = f'import sys; print([type(x).__name__ for x in sys.meta_path].count({WATCH!r}))'


class Environment:
    """A venv that sees the packages of these tests, and this package as an editable install."""

    def __init__(self, folder: Path) -> None:
        venv.create(str(folder), symlinks=os.name == 'posix', with_pip=False)
        self.python = str(folder / 'bin' / 'python')
        self.packages = Path(self.run('-c', 'import sysconfig as s; print(s.get_path("purelib"))')
                             .stdout.strip())  # fmt: skip
        others = [one for one in sys.path if one.endswith('site-packages')]
        (self.packages / 'others.pth').write_text('\n'.join(others) + '\n')
        (self.packages / 'yours.pth').write_text(f'{ROOT}\n')

    @property
    def file(self) -> Path:
        return self.packages / NAME

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        plain = {name: text for name, text in os.environ.items() if name != 'PYTHONPATH'}
        return subprocess.run(
            [self.python, *words],
            cwd='/',
            env={**plain, 'WEIGHTCHECK_LANG': 'en', **environment},
            capture_output=True,
            text=True,
            timeout=HANG_S,
        )

    def command(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run('-m', 'basicsr_weightcheck', *words, **environment)


@pytest.fixture
def place(tmp_path: Path) -> Environment:
    return Environment(tmp_path / 'venv')


def test_what_the_hook_waits_for_wakes_it() -> None:
    assert all(point.module.endswith(MODULES) for point in hook_points(NO_FRAMEWORK))


@pytest.mark.parametrize(
    'lang, words',
    [
        ('en', ['is checked from now on', 'On: trainings', 'was removed', 'Off: trainings',
                'It was not on']),
        ('zh', ['从现在起', '已启用', '已删除', '未启用', '原本就没有启用']),
    ],
)  # fmt: skip
def test_on_and_off(place: Environment, lang: str, words: List[str]) -> None:
    assert place.command('status').returncode == 1
    for name, code, said in zip(
        ('enable', 'status', 'disable', 'status', 'disable'), (0, 0, 0, 1, 0), words
    ):
        done = place.command(name, '--lang', lang)
        assert done.returncode == code and said in done.stdout, done.stdout + done.stderr
        assert place.file.exists() == (said in words[:2])
        assert place.run('-c', WATCHES).stdout.strip() == str(int(said in words[:2]))


def test_status_says_what_is_waited_for_and_what_keeps_it_out(place: Environment) -> None:
    place.command('enable')
    done = place.command('status')
    assert str(place.file) in done.stdout and MODULES[0] in done.stdout
    assert 'another version' not in done.stdout
    place.file.write_text(place.file.read_text().replace('models.base_model', 'models.base'))
    assert 'That file was written by another version' in place.command('status').stdout
    done = place.command('status', WEIGHTCHECK='off')
    assert done.returncode == 1 and 'WEIGHTCHECK=off' in done.stdout
    (place.packages / 'yours.pth').unlink()
    done = place.command('status', PYTHONPATH='')
    assert 'No module named' in done.stderr
    (place.packages / 'yours.pth').write_text(f'{ROOT}\n')
    done = place.run('-S', '-c', f'import sys; sys.path += {[str(ROOT), *_others()]!r}\n'
                     'from basicsr_weightcheck.cli.main import main; main(["status"])')  # fmt: skip
    assert done.returncode == 0, done.stderr


def _others() -> List[str]:
    return [one for one in sys.path if one.endswith('site-packages')]


def test_a_program_that_trains_nothing_is_not_touched(place: Environment) -> None:
    """The same modules, the same words; nothing for -S, -I as any other."""
    look = 'import sys; print(sorted(sys.modules)); print([type(x) for x in sys.meta_path][-3:])'
    before = [place.run(*flags, '-c', look) for flags in ([], ['-I'], ['-S'])]
    place.command('enable')
    after = [place.run(*flags, '-c', look) for flags in ([], ['-I'], ['-S'])]
    assert [(one.stdout, one.stderr) for one in after] == [(x.stdout, x.stderr) for x in before]
    for flags, count in (([], '1'), (['-I'], '1'), (['-S'], '0')):
        assert place.run(*flags, '-c', WATCHES).stdout.strip() == count


def test_a_package_that_is_gone_leaves_no_word(place: Environment, tmp_path: Path) -> None:
    place.command('enable')
    (place.packages / 'yours.pth').unlink()
    framework = tmp_path / 'mysr' / 'models'
    framework.mkdir(parents=True)
    (framework / 'base_model.py').write_text('print("imported")\n')
    done = place.run('-c', 'import mysr.models.base_model', PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, 'imported\n', '')
    broken = tmp_path / 'basicsr_weightcheck'
    broken.mkdir()
    (broken / '__init__.py').write_text('raise RuntimeError("half removed")\n')
    done = place.run('-c', 'import mysr.models.base_model', PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, 'imported\n', '')


def test_what_cannot_be_done_is_told(place: Environment) -> None:
    place.file.mkdir()
    done = place.command('enable')
    assert done.returncode == 2 and f'{place.file}: cannot be written' in done.stderr
    done = place.command('disable')
    assert done.returncode == 2 and f'{place.file}: cannot be removed' in done.stderr
    place.file.rmdir()
    done = place.command('enable', '--user')
    assert done.returncode == 2 and 'reads no folder of the user' in done.stderr
    (place.packages / 'yours.pth').unlink()
    done = place.command('enable', PYTHONPATH=str(ROOT))
    assert done.returncode == 2 and 'nothing was switched on' in done.stderr
    assert not place.file.exists()


def test_a_hook_that_cannot_be_imported_is_not_on(place: Environment, tmp_path: Path) -> None:
    """wrapt is uninstalled later, or was found by this shell's PYTHONPATH alone."""
    (tmp_path / 'wrapt.py').write_text('raise ImportError')
    assert place.command('enable').returncode == 0 and place.command('status').returncode == 0
    done = place.command('status', PYTHONPATH=str(tmp_path))
    assert done.returncode == 1 and 'That file does nothing' in done.stdout
    (place.packages / 'aside.pth').write_text(
        f'import sys; sys.path.insert(0, {str(tmp_path)!r})\n'
    )
    done = place.command('enable')
    assert done.returncode == 2 and 'or wrapt; nothing was switched on' in done.stderr
    assert not place.file.exists()


def test_the_folder_of_the_user(tmp_path: Path) -> None:
    place = Environment(tmp_path / 'venv')
    settings = tmp_path / 'venv' / 'pyvenv.cfg'
    text = settings.read_text().replace('include-system-site-packages = false',
                                        'include-system-site-packages = true')  # fmt: skip
    settings.write_text(text)
    base = {'PYTHONUSERBASE': str(tmp_path / 'user')}
    done = place.command('enable', '--user', **base)
    assert done.returncode == 0, done.stderr
    assert not place.file.exists() and list((tmp_path / 'user').rglob(NAME))
    assert place.run('-c', WATCHES, **base).stdout == '1\n'
    assert place.run('-s', '-c', WATCHES, **base).stdout == '0\n'
    assert place.command('disable', **base).returncode == 0
    assert not list((tmp_path / 'user').rglob(NAME))


def test_a_checkout_of_this_package_stays_the_one_that_runs(
    place: Environment, tmp_path: Path
) -> None:
    place.command('enable')
    other = tmp_path / 'basicsr_weightcheck'
    other.mkdir()
    (other / '__init__.py').write_text('')
    lines = f'import sys; sys.path.insert(0, {str(tmp_path)!r}); import basicsr_weightcheck as b\n'
    done = place.run('-c', f'{lines}print(b.__file__)')
    assert done.stdout.strip() == str(other / '__init__.py')


@pytest.fixture(scope='module')
def enabled(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    place = Environment(tmp_path_factory.mktemp('enabled') / 'venv')
    assert place.command('enable').returncode == 0
    return place


@pytest.fixture(scope='module')
def warm(enabled: Environment) -> Iterator[Nursery]:
    """A process of that environment: it waits for a framework, and what is forked from it does."""
    made = Nursery(python=enabled.python)
    yield made
    made.close()


def train(place: Environment, workshop: Workshop, *words: str) -> Result:
    return workshop.run([place.python, '-W', 'ignore', *words])


def fork(warm: Nursery, workshop: Workshop, *words: str, **environment: str) -> Result:
    """The same, without a start of Python."""
    done = warm.python(
        words, str(workshop.folder), workshop.environment(**environment), float(HANG_S)
    )
    return Result(workshop.folder, done)


@pytest.mark.basicsr
def test_a_training_that_knows_nothing_of_it(
    enabled: Environment, warm: Nursery, workshop: Workshop
) -> None:
    good = workshop.options('on_good')
    text = (workshop.folder / good).read_text().replace('num_worker_per_gpu: 0',
                                                        'num_worker_per_gpu: 2')  # fmt: skip
    (workshop.folder / good).write_text(text)
    done = train(enabled, workshop, 'train.py', '-opt', good)
    assert done.code == 0 and len(done.losses) == 4, done.text
    assert sum('net_g verified, 16 of 16' in line for line in done.lines) == 1
    bad = workshop.options('on_bad', weights='prefix.pth', strict='false')
    done = fork(warm, workshop, 'train.py', '-opt', bad)
    assert done.code == 1 and not done.losses and 'stops the training' in done.err
    done = fork(warm, workshop, 'train.py', '-opt', bad, WEIGHTCHECK='off')
    assert done.code == 0 and len(done.losses) == 4 and 'weightcheck' not in done.text


@pytest.mark.basicsr
def test_two_processes(enabled: Environment, workshop: Workshop) -> None:
    bad = workshop.options('on_dist', feat=12)
    done = train(
        enabled, workshop, '-m', 'torch.distributed.run', '--nproc_per_node=2',
        f'--master_port={free_port()}', 'train_dist.py', '-opt', bad, '--launcher', 'pytorch',
    )  # fmt: skip
    assert done.code != 0 and done.err.count('Recommendation\n') == 1 and not done.losses


USES = """import json, os, sys, types
sys.modules['torchvision._meta_registrations'] = types.ModuleType('x')
import torchvision.transforms.functional as functional
sys.modules['torchvision.transforms.functional_tensor'] = functional
from basicsr.models import build_model
import yaml
opt = yaml.safe_load(open(sys.argv[1]))
opt.update(is_train=False, dist=False, num_gpu=0)
del opt['train']
opt['path'].update(results_root='results', log='.', experiments_root='experiments/' + opt['name'])
model = build_model(opt)
print(json.dumps([sorted(n for n in sys.modules if 'weightcheck.hook' in n), sorted(os.listdir())]))
"""


@pytest.mark.basicsr
def test_a_program_that_loads_without_training(warm: Nursery, workshop: Workshop) -> None:
    """Of the hook there is what waits, and no word and no file from it."""
    (workshop.folder / 'use.py').write_text(USES)
    options = workshop.options('on_use', weights='prefix.pth', strict='false')
    plain = fork(warm, workshop, 'use.py', options, WEIGHTCHECK='off')
    hooked = fork(warm, workshop, 'use.py', options)
    assert plain.code == hooked.code == 0, hooked.text
    assert re.sub(r'\d', '', hooked.err) == re.sub(r'\d', '', plain.err)
    modules, files = json.loads(hooked.out.splitlines()[-1])
    assert 'basicsr_weightcheck.hook.install' in modules
    assert 'basicsr_weightcheck.hook.guard' not in modules
    assert files == json.loads(plain.out.splitlines()[-1])[1]


@pytest.mark.basicsr
def test_a_check_there_is_not_checked_itself(warm: Nursery, workshop: Workshop) -> None:
    options = workshop.options('on_check', weights='prefix.pth')
    words = ['-m', 'basicsr_weightcheck', 'check', '-opt', options, '--repair-imports']
    words += ['--no-report', '--format', 'json']
    documents = []
    for variable in ('', 'off'):
        done = fork(warm, workshop, *words, WEIGHTCHECK=variable)
        documents.append(_untimed(json.loads(done.out)))
    assert documents[0] == documents[1] and documents[0]['verdict'] == 'convert'


def _untimed(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _untimed(v) for k, v in value.items() if 'seconds' not in k}
    return [_untimed(one) for one in value] if isinstance(value, list) else value
