"""What this package sees of Python on Windows, on a Linux machine: a folder for PYTHONPATH.

Only modules of basicsr_weightcheck get the poorer os, signal, subprocess and ctypes; Python, torch
and the framework keep their own. Paths stay those of Linux, with drives: the folders in the one
that WEIGHTCHECK_DRIVES names.

Source: "Availability" in the documentation of os, signal, fcntl and subprocess; MoveFileEx and
DeleteFile of Windows, which refuse a file that Python has open.
"""

import builtins
import os
import sys
import types

OURS = 'basicsr_weightcheck'
NO_MODULES = ('fcntl', 'resource', 'termios', 'pwd', 'grp', 'pty', 'tty')
POSIX_ONLY = {
    'os': (
        'pread', 'preadv', 'pwrite', 'pwritev', 'fork', 'forkpty', 'killpg', 'setsid', 'setpgid',
        'getpgid', 'getpgrp', 'getuid', 'geteuid', 'getgid', 'getegid', 'mkfifo', 'mknod', 'chown',
        'statvfs', 'sysconf', 'sched_getaffinity', 'register_at_fork', 'posix_fadvise', 'uname',
        'O_DIRECTORY', 'O_NOFOLLOW', 'O_NOCTTY', 'O_CLOEXEC', 'O_NONBLOCK', 'WNOHANG', 'sync',
    ),
    'signal': (
        'SIGKILL', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGCHLD', 'SIGPIPE',
        'alarm', 'setitimer', 'pthread_kill', 'pthread_sigmask', 'sigwait', 'pause',
    ),
    'subprocess': (),
    'ctypes': (),
}  # fmt: skip
DRIVES = os.path.realpath(os.environ.get('WEIGHTCHECK_DRIVES', '/nowhere'))
real_import = builtins.__import__


class Poorer(types.ModuleType):
    """A module without what Windows lacks, and with what is another there."""

    def __init__(self, real, without, **other):
        super().__init__(real.__name__)
        self._real, self._without = real, without
        vars(self).update(other)

    def __getattr__(self, name):
        if name in self._without:
            raise AttributeError(f'module {self.__name__!r} has no attribute {name!r} on Windows')
        return getattr(self._real, name)


def drive(path):
    inside = os.path.relpath(os.path.realpath(os.fspath(path)), DRIVES)
    return '' if inside.startswith(os.pardir) else inside.split(os.sep)[0]


def relpath(path, start=os.curdir):
    if drive(path) != drive(start):
        raise ValueError(f'path is on mount {drive(path)!r}, start on mount {drive(start)!r}')
    return os.path.relpath(path, start)


def is_open(path):
    """Some process on this machine has the file open."""
    try:
        wanted = os.stat(path)
    except OSError:
        return False
    for process in filter(str.isdigit, os.listdir('/proc')):
        folder = f'/proc/{process}/fd'
        try:
            numbers = os.listdir(folder)
        except OSError:
            continue
        for number in numbers:
            try:
                found = os.stat(f'{folder}/{number}')
            except OSError:
                continue
            if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
                return True
    return False


def not_while_open(function):
    def guarded(path, *more, **how):
        for one in (path, *more[:1]):
            if isinstance(one, (str, bytes, os.PathLike)) and is_open(one):
                raise PermissionError(13, 'Another program uses the file', os.fspath(one))
        return function(path, *more, **how)

    return guarded


def kill(pid, number):
    os.kill(pid, 9)  # TerminateProcess, whatever the number


class Popen(real_import('subprocess').Popen):
    def __init__(self, *args, **how):
        if how.get('preexec_fn') or how.get('pass_fds') or how.get('start_new_session'):
            raise ValueError('not supported on Windows platforms')
        how.pop('creationflags', None)
        super().__init__(*args, **how)


def CDLL(name, *args, **how):
    if name is None:
        raise TypeError('LoadLibrary() argument 1 must be str, not None')
    return real_import('ctypes').CDLL(name, *args, **how)


def windows(name):
    real = real_import(name)
    other = {}
    if name == 'os':
        path = Poorer(os.path, (), relpath=relpath)
        changes = ('replace', 'rename', 'unlink', 'remove')
        other = {one: not_while_open(getattr(os, one)) for one in changes}
        other.update(name='nt', path=path, kill=kill)
    if name == 'subprocess':
        other = {'Popen': Popen, 'CREATE_NEW_PROCESS_GROUP': 0x200}
    if name == 'ctypes':
        other = {'CDLL': CDLL}
    return Poorer(real, POSIX_ONLY[name], **other)


made = {}


def poorer_import(name, globals=None, locals=None, fromlist=(), level=0):
    if not str((globals or {}).get('__name__')).startswith(OURS):
        return real_import(name, globals, locals, fromlist, level)
    if name in NO_MODULES:
        raise ModuleNotFoundError(f'No module named {name!r}', name=name)
    if name in POSIX_ONLY and not level:
        if name not in made:
            made[name] = windows(name)
        return made[name]
    return real_import(name, globals, locals, fromlist, level)


def poorer_open(file, mode='r', *more, **how):
    """Text is of the system's encoding where none is named: never meant in this package."""
    frame = sys._getframe(1)
    if frame.f_code.co_name == 'opened':
        frame = frame.f_back  # the guard of a parser's run hands on what the framework opens
    caller = frame.f_globals.get('__name__')
    encoding = how.get('encoding', more[1] if len(more) > 1 else None)
    if str(caller).startswith(OURS) and 'b' not in mode and encoding is None:
        raise AssertionError(f'{caller} opens {file} in the encoding of the system')
    return real_open(file, mode, *more, **how)


real_open = builtins.open
builtins.__import__ = poorer_import
builtins.open = poorer_open
