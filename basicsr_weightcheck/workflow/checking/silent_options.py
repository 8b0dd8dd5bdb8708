"""Find the options of a network that its names and shapes do not tell, by building it without them.

`attn_types: [HTA, HTA, HTA, HTA]` where HTA has the keys of MDTA: a file that was trained with the
default loads completely and computes something else.
"""

from __future__ import annotations

import copy
import dataclasses
import re
import time
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

import yaml

from basicsr_weightcheck.identify.guesses import other_choices
from basicsr_weightcheck.identify.recognize import recognize
from basicsr_weightcheck.plan.read_plan import used_options
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import CheckReport, SilentOption
from basicsr_weightcheck.records.sources import is_of_training, shown_value
from basicsr_weightcheck.records.tensors import ModuleSpec, NetworkSpec
from basicsr_weightcheck.rehearsal.stage import Networks, Rebuild

MAX_BUILDS = 8  # of one network
MAX_SECONDS = 5.0  # after which no other build is begun
RIVAL_SECONDS = 60.0  # the same where somebody waits for a look
# Classes that give back what they get once a network is trained.
_IN_TRAINING = re.compile(r'(Drop\w*|Identity|StochasticDepth)$', re.IGNORECASE)

Values = List[Tuple[Any, bool]]  # (value to build with, it is the class's default)


def with_silent_options(report: CheckReport, rebuild: Optional[Rebuild]) -> CheckReport:
    """The report with the options of its networks that leave no trace in a file.

    Only options are tried that the YAML writes with another value than the default, and none where
    a sidecar, a YAML or a log says what the file was trained with; none without `rebuild`.
    """
    seen: Set[str] = set()
    found = []
    for load in report.loads:
        section, network = load.step.network_option, load.network
        takes = load.coverage is not None and load.coverage.parameters_loaded
        concerned = takes and load.origin is None and section not in seen
        if rebuild is not None and concerned and network is not None and network.modules:
            seen.add(section)
            silent = tuple(SilentTrial(network, section, report.plan, rebuild).options())
            load = dataclasses.replace(load, silent_options=silent)
        found.append(load)
    return dataclasses.replace(report, loads=tuple(found))


class SilentTrial:
    """Builds one network with other values of its options, one at a time.

    Args:
        network: as the YAML has it.
        section: of the YAML.
        plan: the training's options.
        rebuild: builds the networks of edited options.
    """

    def __init__(
        self, network: NetworkSpec, section: str, plan: LoadPlan, rebuild: Rebuild
    ) -> None:
        self._network, self._section, self._rebuild = network, section, rebuild
        self._data = used_options(plan)
        self._builds = 0
        self._alone: Optional[bool] = None  # whether a network that is built alone is the same
        self._until = time.monotonic() + MAX_SECONDS

    def options(self) -> Iterator[SilentOption]:
        """Every option that leaves no trace, those of texts and switches first."""
        written = self._data.get(self._section)
        if not isinstance(written, dict):
            return
        settled = self._settled()
        for name, value in sorted(written.items(), key=lambda item: _is_number(item[1])):
            if name != 'type' and not is_of_training(str(name)) and (name, value) not in settled:
                silent = self._first_silent(str(name), value)
                if silent is not None:
                    yield silent

    def _settled(self) -> List[Tuple[str, Any]]:
        """Options of a known class that are read off the shapes: another value has other shapes."""
        known = recognize(self._network.shapes)
        if known is None or not known.exact:
            return []
        told = [(name, value) for name, value in known.options if name not in known.traceless]
        return [(name, list(v) if isinstance(v, tuple) else v) for name, v in told]

    def _first_silent(self, name: str, value: Any) -> Optional[SilentOption]:
        for other, is_default in self._others(name, value):
            if self._is_spent():
                return None
            silent = self._silent(name, other)
            if silent is not None:
                return dataclasses.replace(
                    silent, name=name, value=_frozen(value), other=_frozen(other),
                    is_default=is_default,
                )  # fmt: skip
        return None

    def _is_spent(self) -> bool:
        return self._builds >= MAX_BUILDS or time.monotonic() > self._until

    def _silent(self, name: str, other: Any) -> Optional[SilentOption]:
        """What is another in the network of this value; None where its names and shapes are."""
        self._builds += 1
        data = copy.deepcopy(self._data)
        data[self._section][name] = other
        # Without the model around it a network takes a fifth of the time.
        alone = self._rebuild(data, self._section) if self._alone is not False else {}
        if self._told(alone) is None and (self._has_shapes(alone) or self._can_stand_alone()):
            return None
        return self._told(self._rebuild(data))

    def _has_shapes(self, networks: Networks) -> bool:
        network = networks.get(self._section)
        return network is not None and network.shapes == self._network.shapes

    def _can_stand_alone(self) -> bool:
        """Whether the network is the same without the model around it."""
        if self._alone is None:
            built = self._rebuild(self._data, self._section)
            self._alone = self._has_shapes(built) and self._told(built) is None
        return self._alone

    def _told(self, networks: Networks) -> Optional[SilentOption]:
        """What is another in the section's network; None where nothing is, or other shapes are."""
        if not self._has_shapes(networks):
            return None
        silent = _difference(self._network, networks[self._section])
        return silent if silent.classes or silent.attributes else None

    def rivals(self) -> Iterator[Tuple[str, Any]]:
        """(option, value) of every network with the same names and shapes that is another one.

        Here options are tried as well that the YAML leaves at the class's default, and all their
        values: the file may be of any of them.
        """
        written = self._data.get(self._section)
        written = written if isinstance(written, dict) else {}
        values = {**self._defaults(), **{str(k): v for k, v in written.items()}}
        settled = self._settled()
        self._until = time.monotonic() + RIVAL_SECONDS
        for name, value in sorted(values.items(), key=lambda item: _unlikely(item[1])):
            if name == 'type' or is_of_training(name) or (name, value) in settled:
                continue
            for other in self._all_others(name, value):
                if self._is_spent():
                    return
                if self._silent(name, other) is not None:
                    yield name, other

    def _defaults(self) -> Dict[str, Any]:
        """Those of the class that are plain values."""
        found = {}
        for name, text in self._network.defaults:
            try:
                found[name] = read_shown(text)
            except ValueError:
                pass  # an object
        return found

    def _all_others(self, name: str, value: Any) -> List[Any]:
        default = self._defaults().get(name, value)
        others = [] if shown_value(default) == shown_value(value) else [default]
        others += [not value] if isinstance(value, bool) else self._choices(value)
        return [one for at, one in enumerate(others) if one not in others[:at]]

    def _others(self, name: str, value: Any) -> Values:
        """Values to build with: the default, then what the source compares texts with."""
        defaults = dict(self._network.defaults)
        others: Values = []
        if name in defaults:
            if defaults[name] == shown_value(value):
                return []
            try:
                others.append((read_shown(defaults[name]), True))
            except ValueError:
                pass  # the default is an object
        elif isinstance(value, bool):
            others.append((not value, False))
        return others + [(other, False) for other in self._choices(value)]

    def _choices(self, value: Any) -> List[Any]:
        """The value with each of its texts replaced by another that its source knows."""
        others: List[Any] = []
        items = value if isinstance(value, (list, tuple)) else [value]
        for text in dict.fromkeys(item for item in items if isinstance(item, str)):
            for choice in other_choices(self._network.source_path, text):
                swapped = [choice if item == text else item for item in items]
                others.append(swapped if items is value else swapped[0])
        return others


def _difference(own: NetworkSpec, other: NetworkSpec) -> SilentOption:
    """What differs between two networks of the same names and shapes, with no option named yet."""
    ours, theirs = _by_path(own), _by_path(other)
    classes: Dict[Tuple[str, str], None] = {}
    attributes: Dict[Tuple[str, str, str], None] = {}
    replaced = '\0'  # the module of another class that the next ones may lie in
    for path in dict.fromkeys([*ours, *theirs]):
        mine, yours = ours.get(path, _NONE), theirs.get(path, _NONE)
        if path.startswith(replaced):
            continue
        if mine.class_name != yours.class_name:
            if not (_only_trains(mine) and _only_trains(yours)):
                classes[mine.class_name, yours.class_name] = None
                replaced = f'{path}.'
        elif not _only_trains(mine):
            values = dict(yours.attributes)
            for name, value in mine.attributes:
                if values.get(name, value) != value and not is_of_training(name):
                    attributes[name, value, values[name]] = None
    return SilentOption('', '', '', classes=tuple(classes), attributes=tuple(attributes))


_NONE = ModuleSpec('', '')


def _by_path(network: NetworkSpec) -> Dict[str, ModuleSpec]:
    return {module.path: module for module in network.modules}


def _only_trains(module: ModuleSpec) -> bool:
    return not module.class_name or bool(_IN_TRAINING.match(module.class_name.rpartition('.')[2]))


def _is_number(value: Any) -> bool:
    """Whether a value is a count or a size, or a list of them: most of these are told by shapes."""
    items = value if isinstance(value, (list, tuple)) else [value]
    return all(isinstance(item, int) and not isinstance(item, bool) for item in items)


def _unlikely(value: Any) -> int:
    """Texts choose between classes most often, numbers least."""
    items = value if isinstance(value, (list, tuple)) else [value]
    if any(isinstance(item, str) for item in items):
        return 0
    return 2 if _is_number(value) else 1


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def read_shown(text: str) -> Any:
    """The value that `shown_value` wrote as this text.

    Raises:
        ValueError: the text is that of an object, not of a plain value.
    """
    if text.startswith('<'):
        raise ValueError(text)
    try:
        value = yaml.safe_load(text) if text else text
    except yaml.YAMLError as error:
        raise ValueError(text) from error
    try:
        return float(value) if isinstance(value, str) else value  # 1e-05 is a text in YAML 1.1
    except ValueError:
        return value
