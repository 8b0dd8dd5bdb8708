"""Whatever goes wrong around or inside the hook: the training goes on as without it, or stops."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.helpers import HANG_S
from tests.hook.conftest import Workshop
from tests.warm_child import WARM

pytestmark = pytest.mark.basicsr
RUN = [*WARM, '-m', 'basicsr_weightcheck', 'run']


def script(workshop: Workshop, name: str, lines: str) -> str:
    """The training script with lines of its own before BasicSR is imported."""
    text = (workshop.folder / 'train.py').read_text()
    text = text.replace('\nfrom basicsr.train import', f'\n{lines}\nfrom basicsr.train import')
    (workshop.folder / name).write_text(text)
    return name


def test_a_defect_of_the_hook_never_stops_a_training(workshop: Workshop) -> None:
    name = script(
        workshop, 'train_defect.py',
        'import basicsr_weightcheck.hook.guard as guard\n'
        'def broken(*_):\n    raise ZeroDivisionError("on purpose")\n'
        'guard.examine = broken',
    )  # fmt: skip
    done = workshop.run([*RUN, name, '-opt', workshop.options('defect')])
    assert done.code == 0 and len(done.losses) == 4
    assert 'could not check: ZeroDivisionError: on purpose' in done.lines


def test_reports_that_cannot_be_written_are_said(workshop: Workshop) -> None:
    """A file lies where the folder should be: the same error as a read-only place."""
    name = script(
        workshop, 'train_blocked.py',
        'import basicsr.train as training\n'
        'make = training.make_exp_dirs\n'
        'def blocked(opt):\n'
        '    make(opt)\n'
        '    open(os.path.join(opt["path"]["experiments_root"], "weightcheck"), "w").close()\n'
        'training.make_exp_dirs = blocked',
    )  # fmt: skip
    done = workshop.run([*RUN, name, '-opt', workshop.options('blocked')])
    assert done.code == 0 and len(done.losses) == 4
    assert any('reports cannot be written' in line for line in done.lines)
    done = workshop.run([*RUN, name, '-opt', workshop.options('blocked_bad', feat=12)])
    assert done.code == 1 and not done.losses and 'Recommendation' in done.err


def test_a_full_disk_leaves_no_half_file(workshop: Workshop) -> None:
    """Every report fails half-way, as on a full disk; the weights themselves are still written."""
    name = script(
        workshop, 'train_full.py',
        'import errno\n'
        'import basicsr_weightcheck.whole_file as write\n'
        'class Full:\n'
        '    def __init__(self, file): self.file = file\n'
        '    def __enter__(self): return self\n'
        '    def __exit__(self, *_): self.file.close()\n'
        '    def write(self, text):\n'
        '        self.file.write(text[:100]); self.file.flush()\n'
        '        raise OSError(errno.ENOSPC, "No space left on device")\n'
        'fdopen = os.fdopen\n'
        'write.os = types.SimpleNamespace(**vars(os))\n'
        'write.os.fdopen = lambda *a, **k: Full(fdopen(*a, **k))',
    )  # fmt: skip
    done = workshop.run([*RUN, name, '-opt', workshop.options('full')])
    assert done.code == 0 and len(done.losses) == 4
    assert any('No space left on device' in line for line in done.lines)
    folder = workshop.folder / 'experiments' / 'full'
    left = [path.name for path in folder.rglob('*') if 'weightcheck' in path.name]
    assert left == ['weightcheck'] and not os.listdir(str(folder / 'weightcheck'))


def test_a_file_replaced_after_the_check_is_checked_again(workshop: Workshop) -> None:
    import shutil

    shutil.copy(str(workshop.folder / 'good.pth'), str(workshop.folder / 'moving.pth'))
    name = script(
        workshop, 'train_replaced.py',
        'import torch\n'
        'import basicsr_weightcheck.hook.guard as guard\n'
        'real = guard.examine\n'
        'def examine(*a):\n'
        '    found = real(*a)\n'
        '    guard.examine = real\n'  # once: what it is checked again by sees a file that stays
        '    weights = torch.load("moving.pth")\n'
        '    torch.save({k: {n: t * 2 for n, t in v.items()} for k, v in weights.items()},\n'
        '               "moving.pth")\n'
        '    return found\n'
        'guard.examine = examine',
    )  # fmt: skip
    options = workshop.options('moving', weights='moving.pth')
    done = workshop.run([*RUN, name, '-opt', options])
    assert done.code == 0
    assert any('moving.pth changed' in line for line in done.lines), done.lines
    assert any('net_g verified, 16 of 16' in line for line in done.lines)


def test_ctrl_c_during_the_check_ends_like_python(workshop: Workshop) -> None:
    name = script(
        workshop, 'train_slow.py',
        'import time\n'
        'import basicsr_weightcheck.hook.guard as guard\n'
        'def slow(*_):\n    print("examining", flush=True)\n    time.sleep(86400)\n'
        'guard.examine = slow',
    )  # fmt: skip
    child = subprocess.Popen(
        [*RUN, name, '-opt', workshop.options('slow')], cwd=str(workshop.folder),
        env=workshop.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None and child.stderr is not None
    for line in child.stdout:
        if line.startswith('examining'):
            break
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=HANG_S)
    assert child.returncode == -signal.SIGINT
    assert 'KeyboardInterrupt' in errors and 'hook/launch.py' not in errors


def test_tracebacks_and_exit_codes_are_the_scripts_own(workshop: Workshop) -> None:
    (workshop.folder / 'fails.py').write_text('import sys\n\ndef f():\n    1 / 0\n\nf()\n')
    (workshop.folder / 'exits.py').write_text(
        'import sys, os\nassert __name__ == "__main__"\n'
        'assert sys.path[0] == os.path.dirname(os.path.realpath(__file__)), sys.path\n'
        'print(sys.argv)\nsys.exit(7)\n'
    )
    plain = workshop.run([sys.executable, 'fails.py'])
    hooked = workshop.run([*RUN, 'fails.py'])
    assert plain.code == hooked.code and hooked.err.startswith(plain.err)
    (word,) = hooked.err[len(plain.err) :].splitlines()  # that nothing was checked
    assert word.startswith('weightcheck: ')
    plain = workshop.run([sys.executable, 'exits.py', '-opt', 'x', '--more'])
    hooked = workshop.run([*RUN, 'exits.py', '-opt', 'x', '--more'])
    assert (plain.code, plain.out) == (hooked.code, hooked.out) and plain.code == 7
    missing = workshop.run([*RUN, 'gone.py'])
    assert missing.code == 2 and 'gone.py' in missing.err
