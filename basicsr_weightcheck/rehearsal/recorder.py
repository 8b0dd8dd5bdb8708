"""Build networks and rehearse load calls, remembering all of them."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from typing import Any, Callable, Dict, List, Optional, Tuple

from basicsr_weightcheck.records.outcomes import Outcome
from basicsr_weightcheck.records.plans import LoadStep
from basicsr_weightcheck.records.reports import RehearsedLoad
from basicsr_weightcheck.records.tensors import CheckpointHeader, NetworkSpec
from basicsr_weightcheck.rehearsal.build_network import BuildFailed, build_weightless, namesake, to_meta
from basicsr_weightcheck.rehearsal.describe_network import describe_network
from basicsr_weightcheck.rehearsal.import_framework import Imported
from basicsr_weightcheck.rehearsal.observe_load import observe_load
from basicsr_weightcheck.rehearsal.recorded_options import RecordedOptions, last_read
from basicsr_weightcheck.rehearsal.weightless_load import WeightlessLoad


class Recorder:
    """Everything one rehearsal sees.

    Args:
        imported: the framework.
        options: the user's options.
        headers: files that may be opened.
        torch_version: of this process.
    """

    def __init__(
        self,
        imported: Imported,
        options: Dict[str, Any],
        headers: Dict[str, CheckpointHeader],
        torch_version: str,
    ) -> None:
        self.imported = imported
        self.loads: List[RehearsedLoad] = []
        self.networks: Dict[str, NetworkSpec] = {}
        self.path_options: Optional[RecordedOptions] = None
        self._options = options
        self._headers = headers
        self._torch_version = torch_version
        self._sections: Dict[int, Tuple[str, NetworkSpec, Any]] = {}
        self._reads_done = 0

    @property
    def options_read(self) -> Tuple[str, ...]:
        """Options below `path:` that were looked up, sorted."""
        reads = self.path_options.reads if self.path_options is not None else []
        return tuple(sorted({key for key, _ in reads}))

    def build(self, section: Dict[str, Any]) -> Any:
        """Stand in for the framework's builder; raises BuildFailed."""
        try:
            network, rung = build_weightless(self.imported, section)
        except BuildFailed as failed:
            failed.facts += (('section', self._section_name(section)),)
            raise
        spec = describe_network(network, str(section.get('type', '')), rung)
        spec = dataclasses.replace(spec, namesake=namesake(self.imported, network, spec))
        to_meta(network)
        name = self._section_name(section)
        self.networks.setdefault(name, spec)
        # The network is kept: a freed one could give its id to another.
        self._sections[id(network)] = (name, spec, network)
        if self.imported.framework.layout == 'legacy':
            section.pop('type', None)  # define_network pops it from what it is given
        return network

    def _section_name(self, section: Dict[str, Any]) -> str:
        for key, value in self._options.items():
            if str(key).startswith('network_') and value == section:
                return str(key)
        # Legacy models hand over a section that an earlier build has robbed of its type.
        for key, value in self._options.items():
            if str(key).startswith('network_') and isinstance(value, dict):
                if {k: v for k, v in value.items() if k != 'type'} == section:
                    return str(key)
        return 'network_g'

    def wrap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A load_network that rehearses each call under every strict and never raises."""

        @functools.wraps(original)
        def load_network(model: Any, *args: Any, **kwargs: Any) -> None:
            self._rehearse(original, model, args, kwargs)

        return load_network

    def load_by_hand(self, model_class: Any, step: LoadStep) -> None:
        """Make one planned call on a bare model object; raises BuildFailed."""
        import torch

        network = self.build(dict(self._options.get(step.network_option) or {}))
        model = model_class.__new__(model_class)
        model.opt = self._options
        model.device = torch.device('cpu')
        model.is_train = True
        _, spec, _ = self._sections[id(network)]
        arguments = (network, step.load_path, step.strict_configured, step.key_configured)
        bound = inspect.signature(model_class.load_network).bind(model, *arguments)
        self._record(model_class.load_network, bound, network, step, spec, False)

    def _rehearse(self, original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> None:
        bound = inspect.signature(original).bind(model, *args, **kwargs)
        bound.apply_defaults()
        network = bound.arguments['net']
        section, spec, _ = self._sections.get(id(network), ('', None, None))
        if spec is None:
            spec = describe_network(network, type(network).__name__, 'cpu')
        step = self._step(bound.arguments, _attribute_name(model, network), section, spec)
        self._record(original, bound, network, step, spec, True)

    def _step(
        self, arguments: Dict[str, Any], attribute: str, section: str, spec: NetworkSpec
    ) -> LoadStep:
        """The call as a record; options are told by what was read since the call before."""
        path_options = self.path_options if self.path_options is not None else RecordedOptions({})
        reads = path_options.reads[self._reads_done :]
        self._reads_done = len(path_options.reads)
        strict, key = arguments.get('strict', True), arguments.get('param_key', 'params')
        load_path = str(arguments['load_path'])
        path_option = last_read(reads, 'pretrain_network', load_path) or ''
        strict_option = last_read(reads, 'strict_load', strict) or ''
        key_option = last_read(reads, 'param_key', key) or ''
        return LoadStep(
            network=attribute,
            network_option=section,
            network_type=spec.network_type,
            path_option=_dotted(path_option),
            load_path=load_path,
            strict_option=_dotted(strict_option),
            strict_configured=strict,
            strict_written=dict.__contains__(path_options, strict_option),
            key_option=_dotted(key_option),
            key_configured=key,
            key_written=dict.__contains__(path_options, key_option),
        )

    def _record(
        self,
        original: Callable[..., Any],
        bound: inspect.BoundArguments,
        network: Any,
        step: LoadStep,
        spec: NetworkSpec,
        from_constructor: bool,
    ) -> None:
        strict_true, strict_false = (
            self._observe(original, bound, network, strict) for strict in (True, False)
        )
        given = step.strict_configured
        if isinstance(given, bool):
            configured = strict_true if given else strict_false
        else:  # a text or a blank: what the framework makes of it is for the framework to say
            configured = self._observe(original, bound, network, given)
        self.loads.append(
            RehearsedLoad(step, spec, configured, strict_true, strict_false, from_constructor)
        )

    def _observe(
        self, original: Callable[..., Any], bound: inspect.BoundArguments, network: Any, strict: Any
    ) -> Outcome:
        import torch

        if 'strict' in bound.signature.parameters:
            bound.arguments['strict'] = strict
        loader = WeightlessLoad(self._headers, torch.load, self._torch_version)
        by = f'{original.__module__}.{original.__qualname__}'

        def call() -> None:
            original(*bound.args, **bound.kwargs)

        asked = bound.arguments.get('param_key', 'params')
        return observe_load(call, network, loader, by, asked)


def _attribute_name(model: Any, network: Any) -> str:
    for name, value in vars(model).items():
        if value is network:
            return str(name)
    return type(network).__name__


def _dotted(option: str) -> str:
    return f'path.{option}' if option else ''
