"""Find the options of a network that its names and shapes do not tell, by building it without them.

`attn_types: [HTA, HTA, HTA, HTA]` where HTA has the keys of MDTA: a file that was trained with the
default loads completely and computes something else.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import functools
import itertools
import re
import time
from collections import defaultdict
from typing import Any, Callable, Dict, Iterator, List, Set, Tuple

import yaml

from basicsr_weightcheck.identify.described import frozen
from basicsr_weightcheck.identify.guesses import other_choices
from basicsr_weightcheck.identify.recognize import recognize
from basicsr_weightcheck.plan.read_plan import used_options
from basicsr_weightcheck.records.comparisons import UNKNOWN
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
# (classes, attributes) as in SilentOption.
Changes = Tuple[Tuple[Tuple[str, str], ...], Tuple[Tuple[str, str, str], ...]]
NOTHING: Changes = ((), ())
NUMBERS = 2


def with_silent_options(report: CheckReport, rebuild: Rebuild) -> CheckReport:
    """The report with the options of its networks that leave no trace in a file.

    Only options are tried that the YAML writes with another value than the default, and none where
    a sidecar, a YAML or a log says what the file was trained with.
    """
    seen: Set[str] = set()
    found = []
    for load in report.loads:
        section, network, coverage = load.step.network_option, load.network, load.coverage
        takes = coverage is not None and coverage.parameters_loaded
        asks = takes and load.origin is None and section not in seen
        if asks and network is not None and network.modules:
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
        written = self._data.get(section)
        pairs = written.items() if isinstance(written, dict) else ()
        self._written = {str(name): value for name, value in pairs}
        self._builds, self._asks_alone = 0, True
        self._until = time.monotonic() + MAX_SECONDS

    def options(self) -> Iterator[SilentOption]:
        """Every option that leaves no trace, those of texts and switches first."""
        for name, value in self._in_question(self._written, lambda one: _rarity(one) == NUMBERS):
            found = self._silent(name, value, self._others(name, value))
            yield from itertools.islice(found, 1)

    def rivals(self) -> Iterator[Tuple[str, Any]]:
        """(option, value) of every network with the same names and shapes that is another one.

        Here options are tried as well that the YAML leaves at the class's default, and all their
        values: the file may be of any of them.
        """
        self._until = time.monotonic() + RIVAL_SECONDS
        for name, value in self._in_question({**self._defaults, **self._written}, _rarity):
            for one in self._silent(name, value, self._all_others(name, value)):
                yield name, list(one.other) if isinstance(one.other, tuple) else one.other

    def _in_question(
        self, values: Dict[str, Any], last: Callable[[Any], int]
    ) -> Iterator[Tuple[str, Any]]:
        """Those that a trained network computes with, and no shape settles.

        Of a known class options are read off the shapes: another value has other shapes.
        """
        known = recognize(self._network.shapes) or UNKNOWN
        settled = [one for one in known.options if known.exact and one[0] not in known.traceless]
        names = [name for name in values if name != 'type' and not is_of_training(name)]
        for name in sorted(names, key=lambda name: last(values[name])):
            if (name, frozen(values[name])) not in settled:
                yield name, values[name]

    def _silent(self, name: str, value: Any, others: Values) -> Iterator[SilentOption]:
        """The option beside each of the others that makes another network of the same shapes."""
        for other, default in others:
            if self._builds >= MAX_BUILDS or time.monotonic() > self._until:
                return
            self._builds += 1
            data = copy.deepcopy(self._data)
            data[self._section][name] = other
            classes, attributes = self._changes(data)
            if classes or attributes:
                yield SilentOption(name, frozen(value), frozen(other), default, classes, attributes)

    def _changes(self, data: Any) -> Changes:
        """What is another in the network of these options; nothing where its shapes are."""
        # Without the model around it a network takes a fifth of the time.
        alone = self._rebuild(data, self._section) if self._asks_alone else {}
        if not any(self._told(alone)) and (self._has_shapes(alone) or self._stands_alone):
            return NOTHING
        return self._told(self._rebuild(data))

    @functools.cached_property
    def _stands_alone(self) -> bool:
        """Whether the network is the same without the model around it: else it is built with it."""
        built = self._rebuild(self._data, self._section)
        self._asks_alone = self._has_shapes(built) and not any(self._told(built))
        return self._asks_alone

    def _has_shapes(self, networks: Networks) -> bool:
        return self._section in networks and networks[self._section].shapes == self._network.shapes

    def _told(self, networks: Networks) -> Changes:
        """What is another in the section's network, where its shapes are the same."""
        if not self._has_shapes(networks):
            return NOTHING
        return _difference(self._network, networks[self._section])

    @functools.cached_property
    def _defaults(self) -> Dict[str, Any]:
        """Those of the class that are plain values."""
        found = {}
        for name, text in self._network.defaults:
            with contextlib.suppress(ValueError):
                found[name] = read_shown(text)
        return found

    def _all_others(self, name: str, value: Any) -> Values:
        default = self._defaults.get(name, value)
        others = [] if shown_value(default) == shown_value(value) else [default]
        others += [not value] if isinstance(value, bool) else self._choices(value)
        return [(one, one == default) for at, one in enumerate(others) if one not in others[:at]]

    def _others(self, name: str, value: Any) -> Values:
        """Values to build with: the default, then what the source compares texts with."""
        defaults = dict(self._network.defaults)
        if defaults.get(name) == shown_value(value):
            return []
        others: Values = [(self._defaults[name], True)] if name in self._defaults else []
        switched = [not value] if isinstance(value, bool) and name not in defaults else []
        return others + [(other, False) for other in (*switched, *self._choices(value))]

    def _choices(self, value: Any) -> List[Any]:
        """The value with each of its texts replaced by another that its source knows."""
        others: List[Any] = []
        items = value if isinstance(value, (list, tuple)) else [value]
        for text in dict.fromkeys(item for item in items if isinstance(item, str)):
            for choice in other_choices(self._network.source_path, text):
                swapped = [choice if item == text else item for item in items]
                others.append(swapped if items is value else swapped[0])
        return others


def _difference(own: NetworkSpec, other: NetworkSpec) -> Changes:
    """What differs between two networks of the same names and shapes."""
    ours, theirs = _by_path(own), _by_path(other)
    classes: Dict[Tuple[str, str], None] = {}
    attributes: Dict[Tuple[str, str, str], None] = {}
    replaced = '\0'  # the module of another class that the next ones may lie in
    for path in dict.fromkeys([*ours, *theirs]):
        mine, yours = ours[path], theirs[path]
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
    return tuple(classes), tuple(attributes)


def _by_path(network: NetworkSpec) -> Dict[str, ModuleSpec]:
    """A module of no class stands for one that is not there."""
    return defaultdict(lambda: ModuleSpec('', ''), {one.path: one for one in network.modules})


def _only_trains(module: ModuleSpec) -> bool:
    return not module.class_name or bool(_IN_TRAINING.match(module.class_name.rpartition('.')[2]))


def _rarity(value: Any) -> int:
    """Texts choose between classes most often, whole numbers least: shapes tell most of these."""
    items = value if isinstance(value, (list, tuple)) else [value]
    if any(isinstance(item, str) for item in items):
        return 0
    return NUMBERS if all(type(item) is int for item in items) else 1


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
