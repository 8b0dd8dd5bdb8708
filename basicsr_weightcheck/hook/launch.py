"""Start a training as `python SCRIPT` or `python -m MODULE` would, with the hook in place.

Source of what `__main__` gets: Python's own Lib/runpy.py `_run_code`, Python/pythonrun.c
`pyrun_simple_file` (a script: no spec, a SourceFileLoader, sys.path[0] the script's folder), and
Modules/main.c (`-P` and `-I` leave sys.path alone; `pymain_run_python` puts a folder there).
"""

from __future__ import annotations

import builtins
import difflib
import importlib.util
import json
import logging
import os
import sys
import types
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pkgutil import get_importer
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence

from basicsr_weightcheck.dialects.find import find_framework
from basicsr_weightcheck.errors import OptionError, UsageError
from basicsr_weightcheck.hook import deliver
from basicsr_weightcheck.hook.install import install
from basicsr_weightcheck.messages.lookup import error_line, language, phrase, system_reason
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.plan.overrides import option_path
from basicsr_weightcheck.plan.policy import read_policy
from basicsr_weightcheck.rehearsal import import_fixes

Say = Callable[[str], None]
VARIABLE = 'WEIGHTCHECK_RUN'  # for the children of this process
SPAWNED = 'spawned.py'  # beside this file: what such a child runs
# Names that Python gives `__main__` in some versions only: this process's own has them or not.
OF_SOME_VERSIONS: Dict[str, Callable[[], Any]] = {
    '__annotations__': dict,
    '__cached__': lambda: None,
}


class Run(NamedTuple):
    """A training that is about to be run.

    Attributes:
        main: path of the script, or name of the module.
        arguments: what follows it on the command line.
        as_module: `main` is a module.
        repair_imports: make basicsr importable on torchvision 0.17 and newer.
    """

    main: str
    arguments: Sequence[str]
    as_module: bool
    repair_imports: bool


def run_script(script: str, arguments: Sequence[str], repair_imports: bool = False) -> int:
    """Run the script to its end; its exit code, signals and tracebacks are its own.

    Args:
        script: path of the training script; a folder or a zip file with a __main__.py is one, too.
        arguments: what follows it on the command line.
        repair_imports: make basicsr importable on torchvision 0.17 and newer; `weightcheck:
            {repair_imports: true}` in the YAML of the training asks for the same.

    Raises:
        UsageError: the script cannot be read.
        SystemExit: the script's own.
        KeyboardInterrupt: the script's own; it has been shown.
    """
    packed = _packed(script)
    if packed is not None:
        _set_path(os.path.abspath(script), always=True)
        _prepare(Run(script, arguments, False, repair_imports))
        return _run(packed, _new_main())
    try:
        with open(script, 'rb') as file:
            source = file.read()
    except OSError as error:
        what = phrase('cannot-be-read', reason=system_reason(error))
        raise UsageError(what, path=script, advice=_near(script)) from error
    _set_path(os.path.dirname(os.path.realpath(script)))
    _prepare(Run(script, arguments, False, repair_imports))
    if sys.version_info >= (3, 9):
        path = os.path.abspath(script)  # what Python makes of __file__ since then
    else:
        path = script
    main = _new_main(__file__=path, __loader__=SourceFileLoader('__main__', path))
    with _ends_as_alone():
        exec(compile(source, path, 'exec', dont_inherit=True), vars(main))
    return 0


def run_module(module: str, arguments: Sequence[str], repair_imports: bool = False) -> int:
    """The same for `python -m MODULE`.

    Raises:
        UsageError: there is no such module.
    """
    _set_path(os.getcwd())
    _prepare(Run(module, arguments, True, repair_imports))
    sys.argv[0] = '-m'  # so it is while Python looks for the module
    main = _new_main()
    with _ends_as_alone():
        spec = _spec_of(module)
    if spec is None:
        raise UsageError(phrase('no-module', name=module))
    sys.argv[0] = str(spec.origin)
    return _run(spec, main)


def _packed(script: str) -> Optional[ModuleSpec]:
    """`__main__` of what sys.path may name, a folder or an archive; None where it has none."""
    if not os.path.exists(script) or get_importer(script) is None:
        return None
    return PathFinder.find_spec('__main__', [os.path.abspath(script)])


def _run(spec: ModuleSpec, main: types.ModuleType) -> int:
    """Run a module's code in `main`; 0 where it comes to its end."""
    loader: Any = spec.loader
    names = {'__file__': spec.origin, '__package__': spec.parent, '__loader__': loader}
    vars(main).update(names, __spec__=spec)
    if '__cached__' in vars(main):
        vars(main)['__cached__'] = spec.cached
    with _ends_as_alone():
        exec(loader.get_code(spec.name), vars(main))
    return 0


def _spec_of(module: str) -> Optional[ModuleSpec]:
    """What `python -m` would run: the module, or `__main__` of a package."""
    for name in (module, f'{module}.__main__'):
        try:
            spec = importlib.util.find_spec(name)
        except ModuleNotFoundError as error:
            if not error.name or not f'{name}.'.startswith(f'{error.name}.'):
                raise  # of a package around it, which imports something that is not here
            return None
        if spec is None:
            return None
        if spec.submodule_search_locations is None:
            return spec if hasattr(spec.loader, 'get_code') else None
    return None


def _near(path: str) -> str:
    """A file beside it with nearly the same name, as a sentence; '' where there is none."""
    folder, name = os.path.split(path)
    try:
        names = [one for one in sorted(os.listdir(folder or '.')) if one.endswith('.py')]
    except OSError:
        return phrase('yaml-no-folder', folder=folder)
    near = difflib.get_close_matches(name, names, 1, 0.4)
    return phrase('yaml-nearest', path=os.path.join(folder, near[0])) if near else ''


def _set_path(first: str, always: bool = False) -> None:
    """sys.path[0] as Python sets it, unless it is told not to; this package stays importable.

    What is started itself (`always`) it takes all the same.
    """
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if not (getattr(sys.flags, 'safe_path', False) or sys.flags.isolated):
        sys.path[0] = first
    elif always:
        sys.path.insert(0, first)
    if home not in sys.path:
        sys.path.append(home)


def _prepare(run: Run) -> None:
    sys.argv = [run.main, *run.arguments]
    repairs = run.repair_imports or _asks_for_repairs(run.arguments)
    prepare(run._replace(repair_imports=repairs), deliver.log)
    install()


def prepare(run: Run, say: Say) -> None:
    """What has to be done before the training's own code runs, here and in its children.

    Args:
        run: the training.
        say: takes a line for the log.
    """
    _prefer_vendored(run.main, run.arguments, say)
    if run.repair_imports:
        _repair(say)
    _pass_on(run)


def _pass_on(run: Run) -> None:
    """Have the children of this process prepared as it is."""
    from multiprocessing import spawn

    main = run.main if run.as_module else os.path.abspath(run.main)
    os.environ[VARIABLE] = json.dumps(run._replace(main=main, arguments=list(run.arguments)))
    real: Any = spawn.get_preparation_data

    def told(name: str) -> Dict[str, Any]:
        data: Dict[str, Any] = real(name)
        of_a_module = data.pop('init_main_from_name', None)
        if of_a_module or 'init_main_from_path' in data:
            data['init_main_from_path'] = os.path.join(os.path.dirname(__file__), SPAWNED)
        return data

    spawn.get_preparation_data = told


def _prefer_vendored(script: str, arguments: Sequence[str], say: Say) -> None:
    """The repository's own basicsr wins against an installed one, as it does in the check."""
    beside = option_path([script, *arguments]) or script
    framework = find_framework(beside, os.getcwd())
    if not framework.vendored:
        framework = find_framework(os.path.abspath(script), os.getcwd())
    if not framework.vendored:
        return
    repairs: List[str] = []
    # Behind the folder of the script, which Python itself puts first.
    if framework.root not in sys.path[:2]:
        sys.path.insert(1, framework.root)
    if framework.is_namespace and framework.shadowed_origin:
        import_fixes.seed_namespace(framework.name, framework.origin, repairs)
    import_fixes.lend_version(framework.name, framework.origin, repairs)
    if framework.shadowed_origin:
        say(f'{framework.origin} is imported, not the installed {framework.shadowed_origin}')


def _asks_for_repairs(arguments: Sequence[str]) -> bool:
    path = option_path(arguments)
    if not path:
        return False
    try:
        options = read_options(path).data
        return read_policy(options, os.environ, path)[0].repair_imports
    except OptionError as error:
        if not os.path.exists(path):  # else it is one that perhaps only the training can read
            deliver.log(error_line(error, language(None)), logging.WARNING)
        return False


def _repair(say: Say) -> None:
    repairs: List[str] = []
    import_fixes.repair_all(repairs)
    if repairs:
        say(f'imports repaired for this process: {", ".join(repairs)}')


def _new_main(**names: Any) -> types.ModuleType:
    """A `__main__` that knows nothing of this program."""
    before = vars(sys.modules['__main__'])
    main = types.ModuleType('__main__')
    made = {name: make() for name, make in OF_SOME_VERSIONS.items() if name in before}
    vars(main).update({**made, '__builtins__': builtins, **names})
    sys.modules['__main__'] = main
    return main


@contextmanager
def _ends_as_alone() -> Iterator[None]:
    """Exceptions of the training end the process as they would without this program."""
    try:
        yield
    except SystemExit:
        raise
    except KeyboardInterrupt as error:
        _show(error)
        sys.excepthook = _said_already  # Python ends itself as after any Ctrl-C
        raise
    except BaseException as error:
        _show(error)
        raise SystemExit(1) from None


def _said_already(*_: Any) -> None:
    """Stands in for sys.excepthook once it has been called."""


def _show(error: BaseException) -> None:
    """The traceback as the script alone would give it: without the frames of this file."""
    trace: Optional[Any] = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    sys.excepthook(type(error), error.with_traceback(trace), trace)
