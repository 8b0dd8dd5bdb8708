"""The hook for every training of a Python environment: a .pth file, as coverage has one.

Source: Lib/site.py `addpackage`: lines of .pth files that begin with `import` are run at every
start of Python, file by file in the order of their names, and an exception is shown on stderr.
"""

from __future__ import annotations

import importlib.util
import os
import site
import subprocess
import sys
import sysconfig
import tempfile
from typing import List, Mapping

from basicsr_weightcheck.errors import ReportError, UsageError
from basicsr_weightcheck.messages.lookup import phrase, system_reason
from basicsr_weightcheck.watch import MODULES, VARIABLE
from basicsr_weightcheck.whole_file import new_file

NAME = 'zzz_basicsr_weightcheck.pth'  # behind those that put editable packages on the path
# Every Python pays for the line, so it imports nothing, and nothing of this package until a
# framework is imported: two modules cost three milliseconds where no byte code can be kept, the
# line one. What it knows of frameworks is of the version that wrote it; an uninstalled package is
# not missed.
WATCH = 'WeightcheckWatch'
FOUND = f'any(type(one).__name__ == {WATCH!r} for one in sys.meta_path)'
SOURCE = f"""
class {WATCH}:
 waits = True
 def find_spec(self, name, path=None, target=None):
  if self.waits and name.endswith({MODULES!r}):
   self.waits = False
   try:
    from basicsr_weightcheck.watch import wake
   except Exception: return
   return wake(name)
if not {FOUND}: sys.meta_path.insert(0, {WATCH}())
"""
LINE = f'import sys; exec({SOURCE!r})\n'  # once: in a venv site reads the files twice
PACKAGE = __name__.partition('.')[0]
# What `wake` imports, which says nothing where it cannot.
WAITS = f'import sys, wrapt, {PACKAGE}.hook.install; sys.exit(not {FOUND})'
# Seconds; a Python on a slow network drive may need ten.
START_S = 60.0


def enable(in_user_site: bool = False) -> str:
    """Write the file, and prove that a Python started anywhere waits for a framework; its path.

    Args:
        in_user_site: for this user only, where the environment's own folder is not writable.

    Raises:
        UsageError: there is no such folder, wrapt is missing, or Python does not find it or this
            package by itself (a checkout that is not installed, a PYTHONPATH of this shell).
        ReportError: the file cannot be written.
    """
    if importlib.util.find_spec('wrapt') is None:
        raise UsageError(phrase('needs-wrapt'), advice=phrase('do-install', package='wrapt'))
    folder = _folder(in_user_site)
    path = os.path.join(folder, NAME)
    try:
        os.makedirs(folder, exist_ok=True)
        with new_file(path) as made:
            made.out.write(LINE.encode())
    except OSError as error:
        what = phrase('cannot-be-written', reason=system_reason(error))
        advice = phrase('enable-user-do') if site.ENABLE_USER_SITE and not in_user_site else ''
        raise ReportError(what, path=path, advice=advice) from error
    # A PYTHONPATH of this shell would find the package where others do not.
    plain = {name: text for name, text in os.environ.items() if name != 'PYTHONPATH'}
    if not waits(plain):
        os.unlink(path)
        raise UsageError(phrase('enable-without-package'), advice=phrase('enable-installed-do'))
    return path


def disable() -> List[str]:
    """Remove the file wherever this Python reads it; the paths that are gone.

    Raises:
        ReportError: one cannot be removed.
    """
    paths = written()
    for path in paths:
        try:
            os.unlink(path)
        except OSError as error:
            what = phrase('cannot-be-removed', reason=system_reason(error))
            raise ReportError(what, path=path) from error
    return paths


def written() -> List[str]:
    """The files of `enable` that this Python reads."""
    paths = [os.path.join(folder, NAME) for folder in _folders()]
    return [path for path in dict.fromkeys(paths) if os.path.lexists(path)]


def is_old(path: str) -> bool:
    """The line was written by another version, which may know other frameworks."""
    try:
        with open(path, 'rb') as file:
            return file.read() != LINE.encode()
    except OSError:  # gone, or no file at all: what starts a Python tells
        return False


def waits(environment: Mapping[str, str]) -> bool:
    """Whether a Python that is started with these variables, in no folder of note, waits, and
    can import the hook then."""
    with tempfile.TemporaryDirectory() as folder:
        ended = subprocess.run(
            [sys.executable, '-c', WAITS],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=START_S,
        )
    return ended.returncode == 0


def is_switched_off() -> str:
    """The variable that keeps the hook out of what this shell starts, '' where it does not."""
    from basicsr_weightcheck.watch import is_off

    return f'{VARIABLE}={os.environ[VARIABLE]}' if is_off() else ''


def _folder(in_user_site: bool) -> str:
    """Beside this package where that is a folder of Python's own, else that of the environment."""
    users = _user_site()
    home = os.path.realpath(os.path.join(os.path.dirname(__file__), os.pardir, os.pardir))
    if in_user_site and not users:
        raise UsageError(phrase('no-user-site'))
    if in_user_site or (users and home == os.path.realpath(users)):
        return users
    return sysconfig.get_path('purelib')


def _folders() -> List[str]:
    shared: List[str] = getattr(site, 'getsitepackages', list)()
    return [sysconfig.get_path('purelib'), *shared, *filter(None, [_user_site()])]


def _user_site() -> str:
    return site.getusersitepackages() if site.ENABLE_USER_SITE else ''
