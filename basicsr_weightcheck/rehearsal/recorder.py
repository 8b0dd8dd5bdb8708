"""Build networks and watch everything that fills them, remembering all of it."""

from __future__ import annotations

import difflib
import dis
import functools
import inspect
import os
import sys
from dataclasses import replace
from types import CodeType
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Set, Tuple

from basicsr_weightcheck.dialects.recorded_options import RecordedOptions, last_read
from basicsr_weightcheck.records.plans import LoadStep
from basicsr_weightcheck.records.reports import RehearsedLoad
from basicsr_weightcheck.records.tensors import NetworkSpec, Outcome
from basicsr_weightcheck.rehearsal.following.doors import WouldDownload
from basicsr_weightcheck.rehearsal.following.provenance import Follower
from basicsr_weightcheck.rehearsal.following.shelf import Shelf
from basicsr_weightcheck.rehearsal.import_framework import Imported
from basicsr_weightcheck.rehearsal.network import (
    NETWORK_NAMES,
    BuilderCall,
    BuildFailed,
    bare_network,
    build_weightless,
    describe_network,
    is_loading_method,
    to_meta,
    without_weights,
)
from basicsr_weightcheck.rehearsal.observe_load import Observation, observed
from basicsr_weightcheck.rehearsal.surroundings import plain_functions, sees_gpu
from basicsr_weightcheck.rehearsal.undo import Standing, undone

# Options of a network that its constructor takes by `**kwargs` and that nothing reads.

LOOKS_AT_ALL = ('locals', 'vars', 'inspect', 'eval')  # names with which code may read anything


def swallowed(
    builder: Any, network: Any, section: Mapping[str, Any], read: Set[str]
) -> Tuple[Tuple[str, str], ...]:
    """(option, the parameter that was probably meant or '') of options without any effect.

    `builder` is a class, a function that hands its keywords on to one, or None where that is not
    known; `read` are options that others read: that of the type, those that the model names.
    """
    chain = [inspect.unwrap(type(network).__init__)]
    if not inspect.isclass(builder):
        chain.append(builder)
    if not _is_blind(chain[0]) or not all(map(_takes_any, chain[1:])):
        return ()  # a builder that is not understood may do anything with an option
    known = [name for function in chain for name in _named(function)]
    seen = {*read, *known, *(text for one in chain for text in _texts(one.__code__))}
    return tuple((one, _nearest(one, known)) for one in map(str, section) if one not in seen)


def _takes_any(function: Any) -> bool:
    return inspect.isfunction(function) and _keywords(function) is not None


def _is_blind(function: Any) -> bool:
    """It takes any keyword and never looks at those that it does not name."""
    name = _keywords(function)
    code = getattr(function, '__code__', None)
    if name is None or code is None or set(code.co_names) & set(LOOKS_AT_ALL):
        return False
    return not any(name in _loaded(one) for one in dis.get_instructions(code))


def _loaded(instruction: Any) -> Tuple[Any, ...]:
    """Names of variables that an instruction reads, or hands to an inner function."""
    if not instruction.opname.startswith('LOAD'):
        return ()
    value = instruction.argval
    return value if isinstance(value, tuple) else (value,)


def _keywords(function: Any) -> Optional[str]:
    """Name of the `**kwargs` of a function, None without one."""
    for one in _parameters(function):
        if one.kind is inspect.Parameter.VAR_KEYWORD:
            return one.name
    return None


def _named(function: Any) -> List[str]:
    return [
        one.name
        for one in _parameters(function)
        if one.kind not in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    ]


def _parameters(function: Any) -> List[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


_NO_CODE = (lambda: None).__code__


def _texts(code: CodeType) -> Iterator[str]:
    """Texts that stand in code: `kwargs.pop('name')` has the name of an option."""
    for value in code.co_consts:
        if isinstance(value, str):
            yield value
        elif isinstance(value, CodeType):
            yield from _texts(value)


def _nearest(option: str, known: List[str]) -> str:
    near = difflib.get_close_matches(option, [name for name in known if name != 'self'], 1, 0.6)
    return near[0] if near else ''


class Section(NamedTuple):
    """A network built from a section; kept, because a freed one could give its id to another."""

    name: str
    spec: NetworkSpec
    network: Any


class RecordedCall(NamedTuple):
    """One call that filled a bare network, whose name is known at the end only.

    `outcomes` are as configured, strict, not strict.
    """

    step: LoadStep
    network: Any
    outcomes: Tuple[Outcome, Outcome, Outcome]
    error: Optional[BaseException]


class Recorder:
    """Everything one rehearsal sees.

    With `goes_on` a load that fails is noted, and the constructor goes on as if it had not.
    """

    def __init__(
        self,
        imported: Imported,
        options: Dict[str, Any],
        shelf: Shelf,
        follower: Follower,
        goes_on: bool,
    ) -> None:
        self.imported = imported
        self.follower = follower
        self.shelf = shelf
        self.calls: List[RecordedCall] = []
        self.networks: Dict[str, NetworkSpec] = {}
        self.path_options = RecordedOptions({})
        self.broken_build: Optional[BaseException] = None  # weights of a network's own stop it
        self._goes_on = goes_on
        self._options = options
        self._sections: Dict[int, Section] = {}
        self._reads_done = 0
        self._building = False
        self._named: Set[str] = set()  # texts in the code of the model's class
        self.planned: Optional[LoadStep] = None  # of a call that is made by hand
        self.now: Optional[Observation] = None  # the call that is being made

    @property
    def options_read(self) -> Tuple[str, ...]:
        """Options below `path:` that were looked up, sorted; and those of how to load that the
        model's class names: it may look them up where there is something to load.
        """
        named = {
            one for one in self._named.intersection(self.path_options) if 'pretrain' not in one
        }
        return tuple(sorted(named.union(key for key, _ in self.path_options.reads)))

    # -- networks ------------------------------------------------------------------------------

    def builders(self) -> Iterator[Tuple[Callable[..., Any], Callable[..., Any]]]:
        """(the framework's function that builds a network, what replaces it)."""
        for builder in self.imported.parts.builders:
            yield builder, functools.partial(self.build, builder)

    def build(self, builder: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Stand in for one of the framework's builders; raises BuildFailed."""
        if self._building:  # a part of the network that is being built
            return builder(*args, **kwargs)
        dialect = self.imported.dialect
        call = BuilderCall(builder, args, kwargs, {})
        name, section = dialect.asked_section(builder, call.given, self._options)
        name = name or dialect.section('g')
        self._building, met = True, self.follower.met_nothing
        try:
            network, rung = self._built(call._replace(section=section))
        except BuildFailed as failed:
            failed.facts += (('section', name),)
            raise
        finally:
            # Builders have a ladder of their own for what needs values.
            self._building, self.follower.met_nothing = False, met
        network_type = str(section.get(dialect.type_key, ''))
        with plain_functions():
            spec = describe_network(network, network_type, rung, self.networks.get(name))
        parts = self.imported.parts
        known = dialect.network_class(parts, network_type)
        spec = spec._replace(
            namesake=dialect.namesake(parts, network, network_type),
            swallowed=swallowed(known, network, section, {dialect.type_key, *self._named}),
        )
        # That of an average is most often equal to the first: one is sent.
        spec = next((one for one in self.networks.values() if one == spec), spec)
        if self.shelf.device == 'meta':
            to_meta(network)
        with plain_functions():
            self.shelf.ledger.own(network.state_dict(keep_vars=True).values())
        self.networks.setdefault(name, spec)
        self._sections[id(network)] = Section(name, spec, network)
        dialect.after_build(section)
        return network

    def _built(self, call: BuilderCall) -> Tuple[Any, str]:
        """The network; one whose own weights stop it is built without them, and why is kept."""
        try:
            return self._weightless(call)
        except BuildFailed as failed:
            rest = without_weights(call.section)
            if rest == call.section:
                raise
            given = self.imported.dialect.with_section(call.builder, call.given, rest)
            built = self._weightless(call.with_given(given)._replace(section=rest))
            if not isinstance(failed.error, WouldDownload):
                self.broken_build = self.broken_build or failed.error
            return built

    def _weightless(self, call: BuilderCall) -> Tuple[Any, str]:
        import torch

        with_gpu = sees_gpu(self._options, str(torch.__version__))
        return build_weightless(self.imported, call, self.shelf.device, with_gpu=with_gpu)

    def section_of(self, network: Any) -> Section:
        """The section that a network was built from; one without a name where there is none."""
        known = self._sections.get(id(network))
        if known is not None:
            return known
        inner = list(network.children())
        if len(inner) == 1 and id(inner[0]) in self._sections:  # torch.compile wraps, for one
            known = self._sections[id(inner[0])]
            spec = describe_network(network, known.spec.network_type, known.spec.built_on)
            return Section(known.name, spec, network)
        return Section('', describe_network(network, type(network).__name__, 'cpu'), network)

    # -- calls ---------------------------------------------------------------------------------

    def loading_methods(self, model_class: Any) -> Iterator[Tuple[Any, str, Any]]:
        """(class, name, what replaces it) of the methods that load a file into a network."""
        for owner in model_class.__mro__:
            for name, function in list(vars(owner).items()):
                self._named.update(_texts(getattr(function, '__code__', _NO_CODE)))
                if is_loading_method(name, function):
                    yield owner, name, self._watched(function)

    def _watched(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def load(model: Any, *args: Any, **kwargs: Any) -> Any:
            if self.now is not None or self._building:
                return original(model, *args, **kwargs)
            bound = inspect.signature(original).bind(model, *args, **kwargs)
            bound.apply_defaults()
            network = next(
                (bound.arguments[n] for n in NETWORK_NAMES if _is_module(bound.arguments.get(n))),
                None,
            )
            if network is None:
                return original(model, *args, **kwargs)
            by = f'{original.__module__}.{original.__qualname__}'
            return self._observe(original, bound, network, by, model)

        return load

    def by_itself(
        self, handed_over: Callable[..., Any], network: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """load_state_dict was called outside of the methods that are watched."""
        table = args[0] if args else kwargs.get('state_dict')
        if self._building or not self._is_from_file(table):
            return handed_over(network, *args, **kwargs)
        bound = inspect.signature(handed_over).bind(network, *args, **kwargs)
        bound.apply_defaults()
        return self._observe(handed_over, bound, network, _caller())

    def _is_from_file(self, table: Any) -> bool:
        values = table.values() if hasattr(table, 'values') else ()
        ledger = self.shelf.ledger
        return any(
            hasattr(value, 'shape') and ledger.is_from_file(ledger.read(value)) for value in values
        )

    def _observe(
        self,
        original: Callable[..., Any],
        bound: inspect.BoundArguments,
        network: Any,
        by: str,
        model: Any = None,
    ) -> Any:
        """Make a call as it is; where it is not plainly right, under the other strict as well."""
        bare = bare_network(network)
        with plain_functions():
            step = self._step(bound.arguments, self.section_of(bare))
            observation = self._observation(bound, bare)  # before the standing: it marks tensors
            others, before = {}, Standing(self.shelf, bare, model)
        if 'strict' in bound.arguments:
            bound.arguments['strict'] = step.strict_configured
        outcome, result, error = self._made(original, bound, observation, by)
        if 'strict' in bound.arguments and not outcome.is_plain:
            for strict in (True, False):
                if step.strict_configured is not strict:
                    bound.arguments['strict'] = strict
                    with undone(self.shelf, before, bare, model):
                        again = self._observation(bound, bare)
                        others[strict] = self._made(original, bound, again, by)[0]
        outcomes = (outcome, others.get(True, outcome), others.get(False, outcome))
        self.calls.append(RecordedCall(step, bare, outcomes, error))
        if error is not None and not self._goes_on:
            raise error
        return result

    def _observation(self, bound: inspect.BoundArguments, network: Any) -> Observation:
        return Observation(network, self.shelf, bound.arguments.get('param_key', 'params'))

    def _made(
        self,
        original: Callable[..., Any],
        bound: inspect.BoundArguments,
        observation: Observation,
        by: str,
    ) -> Tuple[Outcome, Any, Optional[BaseException]]:
        self.now = observation
        try:
            return observed(lambda: original(*bound.args, **bound.kwargs), observation, by)
        finally:
            self.now = None

    def _step(self, arguments: Dict[str, Any], section: Section) -> LoadStep:
        """The call as a record; options are told by what was read since the call before."""
        if self.planned is not None:
            return self.planned
        reads = self.path_options.reads[self._reads_done :]
        self._reads_done = len(self.path_options.reads)
        strict, key = arguments.get('strict', True), arguments.get('param_key', 'params')
        load_path = self._path_in(arguments)
        path_option = last_read(reads, '', load_path) or last_read(
            self.path_options.reads, '', load_path
        )
        strict_option = last_read(reads, 'strict_load', strict) or ''
        key_option = last_read(reads, 'param_key', key) or ''
        has_key = 'param_key' in arguments
        step = LoadStep(
            network='',
            network_option=section.name,
            network_type=section.spec.network_type,
            path_option=self._dotted(path_option) or self._option_with(load_path),
            load_path=load_path,
            strict_option=self._dotted(strict_option),
            strict_configured=strict,
            strict_written=dict.__contains__(self.path_options, strict_option),
            key_option=self._dotted(key_option) if has_key else '',
            key_configured=key if has_key else None,
            key_written=has_key and dict.__contains__(self.path_options, key_option),
        )
        return self.imported.dialect.corrected(step, self._options)

    def _dotted(self, option: Optional[str]) -> str:
        return f'{self.imported.dialect.paths_section}.{option}' if option else ''

    def _path_in(self, arguments: Dict[str, Any]) -> str:
        """The file that a call reads: its argument, else the one that was opened last."""
        for name, value in arguments.items():
            if name.endswith('path') and isinstance(value, (str, os.PathLike)):
                return os.fspath(value)
        openings = self.shelf.openings
        return openings[-1].path if openings else ''

    def _option_with(self, load_path: str) -> str:
        """Dotted place of the option that names a file, '' where none does."""
        waiting: List[Tuple[str, Any]] = [('', self._options)]
        while waiting:
            place, value = waiting.pop(0)
            if isinstance(value, dict):
                waiting += [(f'{place}.{k}' if place else str(k), v) for k, v in value.items()]
            elif load_path and value == load_path:
                return place
        return ''

    # -- the end -------------------------------------------------------------------------------

    def loads(self, names: Dict[int, str]) -> List[RehearsedLoad]:
        """All calls; `names` are the model's attributes, by id of the bare network."""
        return [
            RehearsedLoad(
                replace(call.step, network=names.get(id(call.network), _type_name(call.network))),
                self.section_of(call.network).spec,
                *call.outcomes,
            )
            for call in self.calls
        ]


def _caller() -> str:
    """Qualified name of the code that called torch."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        module = str(frame.f_globals.get('__name__', ''))
        if module.split('.')[0] not in ('torch', __name__.split('.')[0]):
            break
        frame = frame.f_back
    name = getattr(frame.f_code, 'co_qualname', frame.f_code.co_name)  # Python 3.11
    return f'{frame.f_globals.get("__name__", "")}.{name}'


def _is_module(value: Any) -> bool:
    import torch

    return isinstance(value, torch.nn.Module)


def _type_name(network: Any) -> str:
    return type(network).__name__
