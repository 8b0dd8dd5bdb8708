"""Reads one hostile file per forked child and says what became of it.

Run as a script: paths come in on stdin, one line of JSON each goes out. The parent has imported
everything, so whatever a child imports, opens or starts was caused by the file.
"""

from __future__ import annotations

import codecs
import json
import os
import resource
import sys
import time
from importlib import import_module
from typing import Any, Dict, List

# Those that read_header and the errors import on use come first.
from basicsr_weightcheck.checkpoint.pickles import refusals  # noqa: F401
from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.messages.lookup import SUBJECTS
from basicsr_weightcheck.plan.option_file import GUESSES, read_options

for subject in SUBJECTS:
    import_module(f'basicsr_weightcheck.messages.words.{subject}')
ENDLESS_S = 300  # of processor time
# What reading a file causes by itself.
QUIET = ('object.__getattr__', 'object.__setattr__', 'object.__delattr__', 'sys._getframe',
         'marshal.dumps', 'builtins.id', 'code.__new__', 'array.__new__')  # fmt: skip


def judge(path: str) -> Dict[str, Any]:
    """Outcome, peak memory, processor time, and every event that reading must not cause."""
    seen: List[str] = []
    watching = [True]

    def watch(event: str, arguments: Any) -> None:
        if watching[0] and event not in QUIET:
            if event == 'open' and arguments[0] == path and 'r' in str(arguments[1]):
                return
            seen.append(f'{event} {str(arguments)[:200]}')

    # A file that takes for ever ends its child, not the suite.
    resource.setrlimit(resource.RLIMIT_CPU, (ENDLESS_S, ENDLESS_S))
    sys.addaudithook(watch)
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.process_time()
    outcome, message = 'read', ''
    try:
        if path.endswith('.yml'):
            read_options(path)
        else:
            outcome = 'read' if read_header(path).complete else 'cut'
    except WeightCheckError as error:
        outcome, message = type(error).__name__, str(error)
    except BaseException as error:  # a defect: the test shows it
        outcome, message = 'DEFECT', f'{type(error).__name__}: {error}'
    watching[0] = False
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        'outcome': outcome,
        'message': message[:2000],
        'mib': usage.ru_maxrss / 1024,
        'grown_mib': (usage.ru_maxrss - before.ru_maxrss) / 1024,
        'seconds': time.process_time() - start,
        'events': seen,
    }


def main() -> None:
    """One forked child for each path."""
    for encoding in ('cp437', 'raw-unicode-escape', 'unicode-escape', 'utf-16-le', 'utf-16-be'):
        'a'.encode(encoding).decode(encoding)
    for name in GUESSES:  # the standard library imports an encoding when it is first used
        codecs.lookup(name)
    for warm in sys.argv[1:]:  # one good file of each kind: lazy imports are no finding
        judge(warm)
    for line in sys.stdin:
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.write(writer, json.dumps(judge(line.rstrip('\n'))).encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, 'rb') as pipe:
            answer = pipe.read()
        _, status = os.waitpid(child, 0)
        print(answer.decode() or json.dumps({'outcome': f'DIED {status}'}), flush=True)


if __name__ == '__main__':
    main()
