"""Wrap what loads, saves and makes folders in whichever framework a process imports, now or later.

What the wrappers need is imported when the first of them is called: a program that only imports the
framework, such as a worker of a data loader, shall not wait for it.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import logging
import os
import sys
import weakref
from typing import Any, Callable, Dict, Iterator, List, Set, Tuple

from basicsr_weightcheck.dialects.dialect import HookPoint
from basicsr_weightcheck.dialects.find import find_framework, hook_points
from basicsr_weightcheck.plan.overrides import option_path
from basicsr_weightcheck.records.plans import NO_FRAMEWORK
from basicsr_weightcheck.watch import is_off

Patch = Callable[[Any], None]
TENSORBOARD = 'torch.utils.tensorboard.writer'

BOARD = 'basicsr_weightcheck.hook.board'
WRITERS: List[Any] = []  # weak references to the TensorBoard writers of this process

used = False  # something was checked: there is no word at the end that nothing was
_installed = _awaits_steps = False
_registered: Set[Any] = set()
_trainings_only = False
_announced = False
_missed: Set[str] = set()
_undo: List[Callable[[], None]] = []


def install(announce: bool = True) -> None:
    """Check every load of this process's training. Calling it again changes nothing.

    Args:
        announce: say at the end of the process where nothing was there to check.

    Raises:
        ImportError: wrapt is missing.
    """
    global _trainings_only, _announced
    _trainings_only = False
    if announce and not _announced:
        _announced = True
        atexit.register(_say_unused, os.getpid())
    _wait_for_modules()


def install_for_trainings() -> None:
    """The same for an environment that is switched on: what does not train is left alone.

    Raises:
        ImportError: wrapt is missing.
    """
    global _trainings_only
    _trainings_only = _trainings_only or not _installed
    _wait_for_modules()


def _wait_for_modules() -> None:
    global _installed
    import wrapt

    if _installed or is_off():
        return
    _installed = True
    for what, patch in _patches().items():
        module = what[0]
        # wrapt cannot take back what it waits for: after an uninstall() it still does.
        if what not in _registered:
            _registered.add(what)
            wrapt.register_post_import_hook(patch, module)
        elif module in sys.modules:
            patch(sys.modules[module])


def _patches() -> Dict[Tuple[Any, ...], Patch]:
    """{(module to wait for, ...): what is done with it}."""
    patches: Dict[Tuple[Any, ...], Patch] = {(TENSORBOARD,): _patch_tensorboard}
    for point in _points():
        patches[point] = functools.partial(_patch_models, point)
        if point.folders:
            patches[point.folders] = functools.partial(_patch_folders, point.folders[1])
    return patches


def _points() -> Tuple[HookPoint, ...]:
    found: List[HookPoint] = []
    for beside in (option_path(sys.argv), *sys.argv[:1]):  # the options may lie anywhere
        try:
            found += hook_points(find_framework(beside, os.getcwd())) if beside else ()
        except Exception:  # whatever lies around a training: what is known by name is waited for
            continue
    return tuple(dict.fromkeys([*found, *hook_points(NO_FRAMEWORK)]))


def uninstall() -> None:
    """Put everything back; what is imported later stays as it is."""
    global _installed, _awaits_steps
    _installed = _awaits_steps = False
    while _undo:
        _undo.pop()()


def _say_unused(process: int) -> None:
    """Nothing was watched: the weights of this training, if it has any, were not checked."""
    if getattr(sys, 'last_type', None) is KeyboardInterrupt:
        return  # what is imported to say it would have Python forget that a signal ends it
    from basicsr_weightcheck.hook import deliver

    if os.getpid() != process or not _installed or used or os.environ.get('RANK', '0') != '0':
        return  # nothing, or another process is the one to say so
    points = {what[0] for what in _registered if isinstance(what, HookPoint)}
    met = points & set(sys.modules)
    code, level = ('hook-no-load', logging.INFO) if met else ('hook-no-framework', logging.WARNING)
    looked_for = deliver.words(code, modules=', '.join(sorted(met or points)))
    deliver.tell('hook-not-used', level, looked_for=looked_for)


def _patch_models(point: HookPoint, module: Any) -> None:
    import wrapt

    from basicsr_weightcheck.hook import deliver

    base = getattr(module, point.owner, None)
    if base is None or not _installed:
        return
    deliver.speak_through(point.logger or point.module.split('.')[0])
    if '__init__' in vars(base):
        _replace(base, '__init__', wrapt.FunctionWrapper(base.__init__, _make))
    for one in (base, *_below(base)):
        _wrap_class(one, base, point)
    # Models of the training are defined later: each is wrapped as soon as its class is there.
    _replace(base, '__init_subclass__', classmethod(_init_subclass(base, point)))


def _init_subclass(base: Any, point: HookPoint) -> Callable[..., None]:
    before = base.__init_subclass__.__func__ if '__init_subclass__' in vars(base) else None

    def init_subclass(cls: Any, **kwargs: Any) -> None:
        if before is not None:
            before(cls, **kwargs)
        else:
            super(base, cls).__init_subclass__(**kwargs)
        _wrap_class(cls, base, point)

    return init_subclass


def _below(base: Any) -> Iterator[Any]:
    for subclass in base.__subclasses__():
        yield subclass
        yield from _below(subclass)


def _wrap_class(one: Any, base: Any, point: HookPoint) -> None:
    """Wrap the methods of a class, and of those that it is mixed with."""
    for owner in one.__mro__:
        if owner is base or owner not in base.__mro__:
            _wrap_own(owner, point)


def _wrap_own(owner: Any, point: HookPoint) -> None:
    """Wrap the methods that a class defines itself."""
    import wrapt

    from basicsr_weightcheck.rehearsal.network import is_loading_method

    for name, own in list(vars(owner).items()):
        if isinstance(own, wrapt.ObjectProxy):  # wrapped already
            continue
        if name in point.saves:
            _replace(owner, name, wrapt.FunctionWrapper(own, _save))
        elif name in point.iterates:
            _replace(owner, name, wrapt.FunctionWrapper(own, _iterate))
        elif name in point.loads or is_loading_method(name, own):
            _replace(owner, name, wrapt.FunctionWrapper(own, _load))


def _through(part: str, function: str, trains: Callable[..., Any]) -> Callable[..., Any]:
    """A wrapper of wrapt's signature that hands a call to a function of a part of the hook.

    The part is imported by the first call of a training; `trains` gets instance and arguments.
    """

    def wrapper(wrapped: Callable[..., Any], instance: Any, args: Any, kwargs: Any) -> Any:
        module = _part(part, trains(instance, args, kwargs))
        if module is None:
            return wrapped(*args, **kwargs)
        return getattr(module, function)(wrapped, instance, args, kwargs)

    return wrapper


def _model_trains(model: Any, args: Any, kwargs: Any) -> Any:
    return getattr(model, 'is_train', True)


def _options_train(model: Any, args: Any, kwargs: Any) -> Any:
    """A constructor is handed options, of a type that may not tell."""
    options = args[0] if args else kwargs.get('opt')
    return not isinstance(options, dict) or options.get('is_train', True)


def _options_say_train(_: Any, args: Any, kwargs: Any) -> Any:
    options = args[0] if args else kwargs.get('opt')
    return isinstance(options, dict) and options.get('is_train')


_make = _through('start', 'made', _options_train)
_load = _through('guard', 'guarded', _model_trains)
_save = _through('provenance', 'recorded_save', _model_trains)
_iterate = _through('first_look', 'before_first_iteration', _model_trains)
_make_folders = _through('start', 'looked_at', _options_say_train)


def _part(name: str, trains: Any) -> Any:
    """A module of the hook; None where the process does not train, or where it cannot be had."""
    if _trainings_only and not trains:
        return None
    try:
        return importlib.import_module(f'basicsr_weightcheck.hook.{name}')
    except Exception as error:
        if name not in _missed:
            _missed.add(name)
            print(f'weightcheck: cannot check ({name}): {error}', file=sys.stderr)
        return None


def before_steps(act: Callable[[Any, Any], None]) -> None:
    """Have `act` called with every optimizer that is about to step, and the arguments it was given.

    Source: torch/optim/optimizer.py, `register_optimizer_step_pre_hook` is there from 2.0 on.
    """
    global _awaits_steps
    import wrapt
    from torch.optim import optimizer as place

    if _awaits_steps or not _installed:
        return
    _awaits_steps = True

    def before(wrapped: Callable[..., Any], optimizer: Any, args: Any, kwargs: Any) -> Any:
        act(optimizer, (*args, *kwargs.values()))
        return wrapped(*args, **kwargs)

    if hasattr(place, 'register_optimizer_step_pre_hook'):
        hook = place.register_optimizer_step_pre_hook
        _undo.append(hook(lambda one, args, kwargs: act(one, (*args[1:], *kwargs.values()))).remove)
        return
    for kind in _below(place.Optimizer):
        if 'step' in vars(kind):
            _replace(kind, 'step', wrapt.FunctionWrapper(vars(kind)['step'], before))


def _patch_folders(function: str, module: Any) -> None:
    """Wherever a module of the framework has bound the function already, it is replaced as well."""
    import wrapt

    own = vars(module).get(function)
    if own is None or not _installed:
        return
    wrapper = wrapt.FunctionWrapper(own, _make_folders)
    for place in list(sys.modules.values()):
        if (getattr(place, '__dict__', None) or {}).get(function) is own:
            _replace(place, function, wrapper)


def _patch_tensorboard(module: Any) -> None:
    import wrapt

    if not _installed:
        return

    def remembered(wrapped: Any, writer: Any, args: Tuple[Any, ...], kwargs: Any) -> Any:
        result = wrapped(*args, **kwargs)
        WRITERS.append(weakref.ref(writer))
        board = sys.modules.get(BOARD)
        if board is not None:  # else there is nothing to show yet
            with board.deliver.failures_told('hook-do-board'):
                board.flush(writer)
        return result

    owner = module.SummaryWriter
    _replace(owner, '__init__', wrapt.FunctionWrapper(owner.__init__, remembered))


def _replace(owner: Any, name: str, value: Any) -> None:
    had = name in vars(owner)
    before = vars(owner).get(name)
    setattr(owner, name, value)

    def undo() -> None:
        if had:
            setattr(owner, name, before)
        else:
            delattr(owner, name)

    _undo.append(undo)
