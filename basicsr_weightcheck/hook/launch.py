"""Start a training script as `python SCRIPT ARGS` would, with the hook in place."""

from __future__ import annotations

import os
import signal
import sys
import types
from typing import Any, List, NoReturn, Optional, Sequence

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.errors import OptionError, UsageError
from basicsr_weightcheck.hook import deliver
from basicsr_weightcheck.hook.install import install
from basicsr_weightcheck.hook.situation import option_path
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.plan.read_plan import REPAIR_OPTION
from basicsr_weightcheck.records.plans import Framework
from basicsr_weightcheck.rehearsal import import_fixes


def run_script(script: str, arguments: Sequence[str], repair_imports: bool = False) -> int:
    """Run the script to its end; its exit code, signals and tracebacks are its own.

    Args:
        script: path of the training script.
        arguments: what follows it on the command line.
        repair_imports: make basicsr importable on torchvision 0.17 and newer; `weightcheck:
            {repair_imports: true}` in the YAML of the training asks for the same.

    Raises:
        UsageError: the script cannot be read.
        SystemExit: the script's own.
    """
    try:
        with open(script, 'rb') as file:
            source = file.read()
    except OSError as error:
        what = phrase('cannot-be-read', reason=error.strerror or str(error))
        raise UsageError(what, path=script) from error
    sys.argv = [script, *arguments]
    _set_path(script)
    _prefer_vendored(script, arguments)
    if repair_imports or _asks_for_repairs(arguments):
        _repair()
    install()
    return _execute(script, source)


def _set_path(script: str) -> None:
    """sys.path[0] is the script's folder, as Python sets it; this package stays importable."""
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.path[0] = os.path.dirname(os.path.realpath(script))
    if home not in sys.path:
        sys.path.append(home)


def _prefer_vendored(script: str, arguments: Sequence[str]) -> None:
    """The repository's own basicsr wins against an installed one, as it does in the check."""
    beside = option_path([script, *arguments]) or script
    framework = find_framework(beside, os.getcwd())
    if not framework.vendored:
        framework = find_framework(os.path.abspath(script), os.getcwd())
    if not framework.vendored:
        return
    repairs: List[str] = []
    if framework.root not in sys.path[:2]:
        sys.path.insert(1, framework.root)
    if framework.is_namespace and framework.shadowed_origin:
        import_fixes.seed_namespace(framework.name, framework.origin, repairs)
    import_fixes.lend_version(framework.name, framework.origin, repairs)
    if framework.shadowed_origin:
        deliver.log(_which(framework))


def _which(framework: Framework) -> str:
    return f'{framework.origin} is imported, not the installed {framework.shadowed_origin}'


def _asks_for_repairs(arguments: Sequence[str]) -> bool:
    try:
        return read_options(option_path(arguments)).get(REPAIR_OPTION) is True
    except OptionError:
        return False  # no YAML, or one that only the training can read


def _repair() -> None:
    repairs: List[str] = []
    import_fixes.repair_all(repairs)
    if repairs:
        deliver.log(f'imports repaired for this process: {", ".join(repairs)}')


def _execute(script: str, source: bytes) -> int:
    if sys.version_info >= (3, 9):
        script = os.path.abspath(script)  # what Python makes of __file__ since then
    module = types.ModuleType('__main__')
    vars(module).update(__file__=script, __builtins__=__builtins__)
    sys.modules['__main__'] = module
    try:
        exec(compile(source, script, 'exec'), vars(module))
    except SystemExit:
        raise
    except KeyboardInterrupt as error:
        _show(error)
        _die_of(signal.SIGINT)
    except BaseException as error:
        _show(error)
        return 1
    return 0


def _show(error: BaseException) -> None:
    """The traceback as the script alone would give it: without the frames of this file."""
    trace: Optional[Any] = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    sys.excepthook(type(error), error.with_traceback(trace), trace)


def _die_of(number: int) -> NoReturn:
    """End as Python ends after Ctrl-C: by the signal itself, so that shells see it."""
    sys.stdout.flush()
    sys.stderr.flush()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    raise SystemExit(128 + number)
