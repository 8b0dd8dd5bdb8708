"""Rehearse one set of options: run the model's real constructor, weightless, to its end.

What stands in the networks then is read off the ledger: whichever method of whichever class put it
there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import os
import platform
import re
import sys
from contextlib import contextmanager
from typing import (
    Any,
    Callable,
    ContextManager,
    Dict,
    Iterator,
    List,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from basicsr_weightcheck.checkpoint.read import accepted_header
from basicsr_weightcheck.dialects.dialect import Decoded, OptionsRefused, raised_by
from basicsr_weightcheck.records.names import WEIGHT_ENDINGS
from basicsr_weightcheck.records.reports import Rehearsal, RehearsedLoad, Stop
from basicsr_weightcheck.records.sources import NetworkSources, TensorSource
from basicsr_weightcheck.rehearsal.following.doors import WouldDownload, doors, there
from basicsr_weightcheck.rehearsal.following.ledger import Ledger
from basicsr_weightcheck.rehearsal.following.provenance import (
    Follower,
    following,
    initialisers,
    sees_everything,
    ways_out,
)
from basicsr_weightcheck.rehearsal.following.replay import fill
from basicsr_weightcheck.rehearsal.following.shelf import Shelf
from basicsr_weightcheck.rehearsal.import_framework import Imported, missing_package, place_of
from basicsr_weightcheck.rehearsal.network import (
    BuildFailed,
    FailureFacts,
    bare_network,
    describe_network,
)
from basicsr_weightcheck.rehearsal.observe_load import needs_memory, spied, text_of
from basicsr_weightcheck.rehearsal.protocol import Request
from basicsr_weightcheck.rehearsal.recorder import Recorder
from basicsr_weightcheck.rehearsal.surroundings import (
    cuda_as,
    no_file_changed,
    on_this_device,
    replaced,
)

# Notice that weight files are read by ways that are no door: pickle, numpy.fromfile, plain reads.
#
# Python tells every open() to audit hooks. A hook stays for the life of a process, so there is
# one, and it looks only while a rehearsal runs. What C++ opens by itself is not seen.


class _Watch:
    """What is looked for now; None outside of a rehearsal."""

    shelf: Any = None
    named: Set[str] = set()
    lost: List[str] = []
    hooked = False


@contextmanager
def watched(shelf: Shelf, named: Sequence[str], lost: List[str]) -> Iterator[None]:
    """Note in `lost` the weight files that are opened for reading while no door is open.

    Args:
        shelf: `is_reading` while a door is open.
        named: values of options; those that are files count as weights, whatever their name.
        lost: gets the names of files.
    """
    if not _Watch.hooked:
        sys.addaudithook(_hook)
        _Watch.hooked = True
    _Watch.named = {os.path.realpath(one) for one in named if os.path.isfile(one)}
    _Watch.shelf, _Watch.lost = shelf, lost
    try:
        yield
    finally:
        _Watch.shelf = None


def _hook(event: str, arguments: Any) -> None:
    if event != 'open' or _Watch.shelf is None or _Watch.shelf.is_reading:
        return
    path, mode = arguments[0], arguments[1]
    if not isinstance(path, (str, bytes)) or (mode and 'r' not in mode):
        return
    name = os.fsdecode(path)
    if name.endswith(WEIGHT_ENDINGS) or os.path.realpath(name) in _Watch.named:
        if os.path.basename(name) not in _Watch.lost:
            _Watch.lost.append(os.path.basename(name))


MESSAGE_CHARACTERS = 2000
DEPTH = 3  # of containers and plain objects that are looked into for networks
FILLINGS = ('random', 'zeros', 'nan')
OF_WEIGHTS = re.compile('pretrain|strict_load|param_key|resume|ignore_resume')
GPU_WORDS = ('cuda', 'nvidia', 'nccl', 'default process group')

Failure = Tuple[str, BaseException, FailureFacts]


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of the constructor: the model as far as it got, and the exception that ended it."""

    recorder: Recorder
    follower: Follower
    model: Any
    error: Optional[BaseException]

    @functools.cached_property
    def networks(self) -> List[Tuple[str, Any, Dict[str, Any]]]:
        """(attribute, bare network, its state) of everything with tensors that the model holds."""
        return networks_of(self.recorder.imported, self.model)


def prepare(imported: Imported) -> None:
    """Do once what every rehearsal in a fork would do: imports, and a look for functions."""
    torch = sys.modules.get('torch')
    if imported.failure is not None or torch is None:
        return
    with contextlib.suppress(ImportError):
        importlib.import_module('torch.utils.serialization.config')  # torch.load does, from 2.6 on
    follower = Follower(Ledger())
    shelf = Shelf({}, follower.ledger, 'meta', torch.__version__, accepted_header)
    functions = _functions(Recorder(imported, {}, shelf, follower, goes_on=False))
    # Behind the imports that this has made: a module more, and every fork looks through all.
    with no_file_changed([]), replaced(functions, ()):
        pass


def play(imported: Imported, request: Request) -> Rehearsal:
    """Return what the framework does with the options; failures are data."""
    failure = imported.failure or _lacking(imported, request)
    if failure is not None:
        return _finish(imported, None, ('import', failure, _why(imported, failure)))
    try:
        model_class = imported.dialect.model_class(imported.parts, request.plan)
        imported.dialect.model_options(request.options, request.plan)
    except (LookupError, TypeError) as error:  # a list, which no registry takes
        return _finish(imported, None, ('model', error, ()))
    except OptionsRefused as error:
        facts = (('option', error.option), ('reason', error.reason), ('nearest', error.nearest))
        return _finish(imported, None, ('options', error, facts))
    wanted: List[str] = []
    try:
        parsed = as_parsed(imported, request, wanted)
    except (Exception, SystemExit) as error:  # whatever a parser raises
        # What the weights would do behind it is worth knowing as well.
        return _stopped_before(_played(imported, model_class, request), error, bool(wanted))
    changes = tuple(_rewritten(imported, request.options, parsed.options))
    return dataclasses.replace(_played(imported, model_class, parsed), rewritten=changes)


def as_parsed(imported: Imported, request: Request, wanted: List[str]) -> Request:
    """The request with the options as the training's own parser makes them.

    Args:
        request: with the options as they are written.
        wanted: gets the names of functions by which the parser would have changed files.

    Raises:
        Exception, SystemExit: what ends the parser.
    """
    guard = no_file_changed(wanted)
    options = imported.dialect.parsed_options(request.options, request.plan, guard)
    return dataclasses.replace(request, options=options)


def _stopped_before(played: Rehearsal, error: BaseException, wrote: bool) -> Rehearsal:
    """A rehearsal of the options as they are written, which the parser has not taken.

    Where it is this machine, or this check, that has ended it, what it makes of them is not known.

    Args:
        error: what has ended the parser.
        wrote: it has met that it changes no file here.
    """
    text = text_of(error)[:MESSAGE_CHARACTERS]
    if not wrote and not _is_surroundings(error):
        return dataclasses.replace(played, stop=Stop(type(error).__name__, text, place_of(error)))
    if played.failure:
        return played
    return dataclasses.replace(
        played, stop=None, failure='model', failure_error=type(error).__name__, failure_message=text
    )


def _rewritten(
    imported: Imported, before: Dict[str, Any], after: Dict[str, Any]
) -> Iterator[Tuple[str, str, str]]:
    """(dotted option, value before, value after) of what a parser changes of the weights' options.

    Every parser adds folders to `path:` and writes a home folder out; neither counts.
    """
    paths = imported.dialect.paths_section
    for section in (paths, *imported.dialect.network_sections(after)):
        was, now = before.get(section), after.get(section)
        if not isinstance(was, dict) or not isinstance(now, dict):
            continue
        for name, value in now.items():
            old = was.get(name)
            same = os.path.expanduser(old) == value if isinstance(old, str) else old == value
            counts = section != paths or OF_WEIGHTS.match(str(name))
            if counts and not same:
                yield f'{section}.{name}', str(old) if name in was else '–', str(value)


def _played(imported: Imported, model_class: Any, request: Request) -> Rehearsal:
    """The constructor's runs, as many as it takes."""
    once = functools.partial(_run, imported, model_class, request)
    run = once('meta' if sees_everything() else 'cpu')
    if request.built is not None:
        if _tells_networks(run, request):
            return _finish(imported, run, None)
        return _played(imported, model_class, dataclasses.replace(request, built=None))
    if _wants_memory(run):
        run = once('cpu')
    if run.follower.looked_at and not run.follower.lost:
        run = _with_values(once, run)
    if run.error is None:
        return _finish(imported, run, None, _loads(run))
    if isinstance(run.error, BuildFailed):
        return _unbuilt(imported, run, run.error)
    if run.recorder.calls and run.recorder.calls[-1].error is run.error:
        # A load has ended it. What the loads behind that one would do is worth knowing as well.
        further = once(run.recorder.shelf.device, goes_on=True)
        return _finish(imported, run, None, _loads(further))
    return _stopped_between(imported, once, run, _gpus(request))


def _tells_networks(run: Run, request: Request) -> bool:
    """Whether a run that is not followed has built what all runs together would build."""
    if request.built:  # a builder has its own ladder; what it raises builds nothing
        return True
    unsure = run.follower.looked_at or run.follower.lost or _wants_memory(run)
    return not unsure and (run.error is None or not _gpus(request))


def _unbuilt(imported: Imported, run: Run, failed: BuildFailed) -> Rehearsal:
    elsewhere: FailureFacts = (('elsewhere', 'yes'),) if _is_surroundings(failed.error) else ()
    return _finish(imported, run, (failed.failure, failed.error, failed.facts + elsewhere))


def _stopped_between(
    imported: Imported, once: Callable[..., Run], run: Run, gpus: int
) -> Rehearsal:
    """The rehearsal of a constructor that something ends which is neither a load nor a build.

    Args:
        once: runs the constructor on a device.
        run: that was ended.
        gpus: that the training is told to use; the run was told of none.
    """
    device = run.recorder.shelf.device
    with_gpus = once(device, gpus=gpus) if gpus else run
    if with_gpus.error is None or run.error is None:
        return _finish(imported, with_gpus, None, _loads(with_gpus))
    # What the loads that it did not reach would do is worth knowing as well.
    by_hand = once(device, by_hand=True)
    loads = _loads(run)
    reached = {load.step.network for load in loads}
    loads += [load for load in _loads(by_hand) if load.step.network not in reached]
    unsure = _is_surroundings(run.error) or repr(with_gpus.error) != repr(run.error)
    failure = ('model', run.error, ()) if unsure else None
    return _finish(imported, run, failure, loads)


def _gpus(request: Request) -> int:
    """The number of GPUs that the training is told to use, 0 where that is none, or not known."""
    number = request.options.get('num_gpu')
    return number if isinstance(number, int) and number > 0 else 0


def _lacking(imported: Imported, request: Request) -> Optional[BaseException]:
    """Why a plug-in cannot be imported, where the training's classes are not known without it."""
    dialect, parts = imported.dialect, imported.parts
    if imported.plugin_failure is None:
        return None
    sections = dialect.network_sections(request.options).values()
    types = [str(section.get(dialect.type_key)) for section in sections]
    with contextlib.suppress(LookupError, TypeError):
        dialect.model_class(parts, request.plan)
        if all(dialect.network_class(parts, one) is not None for one in types):
            return None
    return imported.plugin_failure


def _why(imported: Imported, error: BaseException) -> FailureFacts:
    if not imported.asked:
        return (('place', place_of(error)),)
    lacks = isinstance(error, ModuleNotFoundError) and error.name == imported.asked
    return (('asked', imported.asked), ('asked-lacks', 'yes' if lacks else ''))


def _with_values(once: Callable[..., Run], run: Run) -> Run:
    """The run again with several values in the place of those that the model looked at.

    Where none of them makes a difference (they are printed, say), they decide nothing.
    """
    runs = [once('cpu', filling=one) for one in FILLINGS]
    seen = [(tuple(_sources(one)), _stop(one)) for one in runs]
    if all(one == seen[0] for one in seen):
        runs[0].follower.looked_at.clear()
    else:
        runs[0].follower.looked_at[:] = run.follower.looked_at
    return runs[0]


def _run(
    imported: Imported,
    model_class: Any,
    request: Request,
    device: str,
    *,
    goes_on: bool = False,
    by_hand: bool = False,
    filling: str = '',
    gpus: int = 0,
) -> Run:
    """Run the constructor once, on the CPU where `gpus` is 0, and the resume that follows it."""
    import torch

    follower = Follower(Ledger())
    shelf = Shelf(request.headers, follower.ledger, device, torch.__version__, accepted_header)
    shelf.lost = follower.lost
    if filling:
        shelf.fill = lambda _, value: fill(value, filling)
    recorder = Recorder(imported, request.options, shelf, follower, goes_on)
    dialect = imported.dialect
    decoded = dialect.model_options(request.options, request.plan)
    recorder.path_options = decoded.paths
    if gpus and isinstance(decoded.options, dict):
        decoded.options['num_gpu'] = gpus
    elif gpus:
        decoded.options.num_gpu = gpus
    functions = _functions(recorder)
    attributes = [*on_this_device(), *ways_out(follower), *there(shelf)]
    followed: ContextManager[Any] = contextlib.nullcontext()
    if request.built is None:  # else nothing is asked of the loads
        followed = following(follower)
        attributes += recorder.loading_methods(model_class)
        attributes += spied(follower.ledger, lambda: recorder.now, recorder.by_itself)
    model, error = None, None
    readers = [str(value) for value in dict.values(recorder.path_options)]
    elsewhere = cuda_as(device)
    with replaced(functions, attributes), followed, _on(device), elsewhere, watched(
        shelf, readers, follower.lost
    ):
        try:
            model = model_class.__new__(model_class)
            if request.built:
                _build_alone(recorder, request.built, request.options)
            elif by_hand:
                _load_by_hand(recorder, model, decoded, request)
            else:
                dialect.construct(model, decoded.options)
                dialect.resume(model, request.plan, torch.load)
        except (Exception, SystemExit, BuildFailed) as raised:  # whatever a constructor raises
            error = raised
    return Run(recorder, follower, model, error)


def _functions(recorder: Recorder) -> List[Tuple[Any, Any]]:
    """(function, what replaces it) in a run of the constructor."""
    imported, shelf = recorder.imported, recorder.shelf
    made = [*doors(shelf, shelf.torch_version), *recorder.builders(), *initialisers(shelf.ledger)]
    return [*made, *losses(imported), *imported.dialect.replacements(shelf)]


def _on(device: str) -> Any:
    import torch

    return torch.device('meta') if device == 'meta' else contextlib.nullcontext()


def _wants_memory(run: Run) -> bool:
    """It met that tensors on 'meta' hold nothing (`.item()`, numpy in a constructor)."""
    error = None if isinstance(run.error, BuildFailed) else run.error  # tried in memory already
    return run.follower.met_nothing or needs_memory(run.recorder.shelf, error)


def _is_surroundings(error: BaseException) -> bool:
    unset = isinstance(error, KeyError) and raised_by(error) == 'os'  # an environment variable
    return unset or any(word in str(error).lower() for word in GPU_WORDS)


def _load_by_hand(recorder: Recorder, model: Any, decoded: Decoded, request: Request) -> None:
    """Make the planned calls on a bare model object."""
    dialect = recorder.imported.dialect
    dialect.prepare_by_hand(model, decoded.options)
    parts = recorder.imported.parts
    for step in request.plan.steps:
        builder, args = dialect.build_call(parts, step.network_option, request.options)
        network = recorder.build(builder, *args)
        setattr(model, step.network, network)
        recorder.planned = step
        with contextlib.suppress(Exception):  # the outcome is written down
            dialect.load_by_hand(model, network, step)


def _build_alone(recorder: Recorder, section: str, options: Dict[str, Any]) -> None:
    imported = recorder.imported
    builder, args = imported.dialect.build_call(imported.parts, section, options)
    recorder.build(builder, *args)


def losses(imported: Imported) -> Iterator[Tuple[Any, Any]]:
    """A loss whose network would be downloaded is an empty one here; the others are built."""
    for real in imported.dialect.loss_builders(imported.framework):
        yield real, functools.partial(_loss, real)


def _loss(real: Any, *args: Any, **kwargs: Any) -> Any:
    import torch

    try:
        return real(*args, **kwargs)
    except WouldDownload:
        return torch.nn.Module()


def _finish(
    imported: Imported,
    run: Optional[Run],
    failure: Optional[Failure],
    loads: Sequence[RehearsedLoad] = (),
) -> Rehearsal:
    """The record of a rehearsal.

    Args:
        run: of the constructor, None where there was none.
        failure: why the loads could not be rehearsed.
        loads: that were made, here or in a second run.
    """
    torch, numpy = sys.modules.get('torch'), sys.modules.get('numpy')
    missing = [*imported.missing, *(missing_package(failure[1]) if failure is not None else ())]
    rehearsal = Rehearsal(
        loads=tuple(loads),
        import_repairs=tuple(imported.repairs),
        broken_plugins=tuple(imported.broken_plugins),
        missing=tuple(dict.fromkeys(missing)),
        framework_version=imported.parts.version,
        torch_version=str(getattr(torch, '__version__', '')),
        numpy_version=str(getattr(numpy, '__version__', '')),
        python_version=platform.python_version(),
    )
    if run is not None:
        rehearsal = _with_run(rehearsal, imported, run)
    if failure is None:
        return rehearsal
    kind, error, facts = failure
    return dataclasses.replace(
        rehearsal,
        stop=None,
        failure=kind,
        failure_error=type(error).__name__,
        failure_message=str(error)[:MESSAGE_CHARACTERS],
        failure_facts=facts,
    )


def _with_run(rehearsal: Rehearsal, imported: Imported, run: Run) -> Rehearsal:
    """The record with what was seen of a run of the constructor."""
    sources = tuple(_sources(run))
    model, file = _class_of(run.model)
    return dataclasses.replace(
        rehearsal,
        model=model,
        model_file=file,
        registered=tuple(imported.dialect.known_networks(imported.parts)),
        networks=tuple(run.recorder.networks.items()),
        sources=sources,
        stop=_stop(run),
        looked_at=tuple(run.follower.looked_at),
        lost=tuple(run.follower.lost) + _mixed(sources),
        options_read=run.recorder.options_read,
    )


def networks_of(imported: Imported, model: Any) -> List[Tuple[str, Any, Dict[str, Any]]]:
    """(attribute, bare network, its state) of everything with tensors that the model holds.

    Networks in lists, dicts and plain objects are named by the way to them ('nets.0').
    """
    import torch

    unwrapped = imported.dialect.unwrapped
    found: List[Tuple[str, Any, Dict[str, Any]]] = []
    seen: Set[int] = set()
    waiting = [('', model, 0)]
    while waiting:
        place, holder, depth = waiting.pop(0)
        for name, value in _held(holder):
            here = f'{place}.{name}' if place else str(name)
            is_network = isinstance(value, torch.nn.Module)
            one = unwrapped(bare_network(value)) if is_network else value
            if seen & {id(value), id(one)}:
                continue
            seen.add(id(one))
            if not is_network:
                waiting += [(here, value, depth + 1)] if depth < DEPTH else []
            else:
                state = one.state_dict(keep_vars=True)
                found += [(here, one, state)] if state else []
    return found


def _held(holder: Any) -> List[Tuple[str, Any]]:
    """(name, value) of what an object or a container holds; of torch's own objects nothing."""
    if isinstance(holder, dict):
        return [(str(name), value) for name, value in holder.items()]
    if isinstance(holder, (list, tuple)):
        return [(str(number), value) for number, value in enumerate(holder)]
    if type(holder).__module__.split('.')[0] in ('builtins', 'torch', 'logging', 'numpy'):
        return []
    return list(getattr(holder, '__dict__', {}).items())


def _mixed(sources: Sequence[NetworkSources]) -> Tuple[str, ...]:
    """The first tensor in which values of a file and of the network are mixed by arithmetic."""
    for one in sources:
        for key, elements in one.partial:
            if not elements:
                return (f'{one.network}.{key}',)
    return ()


def _sources(run: Run) -> Iterator[NetworkSources]:
    is_network = run.recorder.imported.dialect.is_network
    tables = {id(call.network): call.outcomes[0].key_used for call in run.recorder.calls}
    for name, network, state in run.networks:
        section = run.recorder.section_of(network)
        if not section.name and not (is_network(name) and any(True for _ in network.parameters())):
            continue  # a filter of a loss, made of constants
        tensors = _sources_of(run.follower.ledger, state, tables.get(id(network)))
        spec = section.spec
        if [one.key for one in tensors] != [one.key for one in spec.tensors]:
            # Something was put into the network after it was built: a normalization, an adapter.
            spec = describe_network(network, spec.network_type, spec.built_on)
        yield NetworkSources(name, section.name, spec, tensors)


def _sources_of(
    ledger: Ledger, state: Dict[str, Any], table: Optional[str]
) -> Tuple[TensorSource, ...]:
    import torch

    return tuple(
        ledger.source(key, value, table)
        for key, value in state.items()
        if isinstance(value, torch.Tensor)
    )


def _loads(run: Run) -> List[RehearsedLoad]:
    names: Dict[int, str] = {}
    for name, network, _ in run.networks:
        for path, module in network.named_modules():
            names.setdefault(id(module), f'{name}.{path}' if path else name)
    return run.recorder.loads(names)


def _stop(run: Run) -> Optional[Stop]:
    """How the constructor ended, None where it ran to its end."""
    error = run.recorder.broken_build or run.error
    if error is None:
        return None
    stopped = any(call.error is error for call in run.recorder.calls)
    network = _loads(run)[-1].step.network if stopped else ''
    text = text_of(error)[:MESSAGE_CHARACTERS]
    return Stop(type(error).__name__, text, place_of(error), network)


def _class_of(model: Any) -> Tuple[str, str]:
    """(qualified name, file) of the model's class; two empty texts where none was made."""
    if model is None:
        return '', ''
    made = type(model)
    file = getattr(sys.modules.get(made.__module__), '__file__', '')
    return f'{made.__module__}.{made.__qualname__}', str(file or '')
