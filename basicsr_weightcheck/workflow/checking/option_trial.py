"""Build the network of one load with other options and hold it against the file."""

from __future__ import annotations

import copy
import difflib
import time
from typing import Any, Dict, Iterable, Iterator, NamedTuple, Sequence, Tuple

from basicsr_weightcheck.compare.tables import compare_table
from basicsr_weightcheck.dialects.find import dialect_of
from basicsr_weightcheck.identify.described import frozen
from basicsr_weightcheck.identify.guesses import SCALE_NAMES, Proposal, guess_options
from basicsr_weightcheck.plan.overrides import read_value
from basicsr_weightcheck.plan.read_plan import used_options
from basicsr_weightcheck.records.findings import OptionEdit
from basicsr_weightcheck.records.names import Shapes, stripped
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import ComparedLoad, OptionDifference
from basicsr_weightcheck.records.tensors import Difference, FileDict, NetworkSpec
from basicsr_weightcheck.rehearsal.stage import Networks, Rebuild

Options = Tuple[OptionDifference, ...]

MAX_BUILDS = 20  # for one load, of one option after the other; then of two at once
MAX_SECONDS = 20.0  # of guessing: some constructors take seconds
MAX_SISTERS = 4  # classes of like names that are tried
LIKE = 0.6  # ratio of difflib from which names are alike
MAX_ROUNDS = 3  # options that are guessed one after the other


class Built(NamedTuple):
    """A network that was tried.

    Attributes:
        shapes: {key: shape} that it expects.
        exact: the table has these names and shapes.
        fraction: share of its parameters that the table gives, 0 to 1.
        rank: the higher, the better the table fits it.
    """

    shapes: Shapes
    exact: bool = False
    fraction: float = 0.0
    rank: Tuple[float, int] = (-1.0, 0)


NOT_BUILT = Built({})


class OptionTrial:
    """Tries options for one load; every set of options is built once.

    Args:
        load: whose network is built.
        plan: the training's options.
        rebuild: builds the networks of edited options.
    """

    def __init__(self, load: ComparedLoad, plan: LoadPlan, rebuild: Rebuild) -> None:
        self.load, self.plan = load, plan
        self._table = load.header.tables[load.difference.table]
        self._rebuild = rebuild
        self._tried: Dict[Options, Built] = {(): self._fitted(load.network, load.difference)}
        self._until, self._most = 0.0, MAX_BUILDS

    def confirmed(self, options: Options, prefix: str) -> Options:
        """The options, if a network built with them takes more of the file; else none.

        Args:
            options: read off the shapes.
            prefix: taken off every name of the file first.
        """
        self._table = _without(self._table, prefix)
        return options if self.built(options).rank > self._tried[()].rank else ()

    def guessed(self, found: Shapes) -> Options:
        """Options with which the file ({key: shape}) fits wholly, found by trying; () for none."""
        self._until = time.monotonic() + MAX_SECONDS
        return self._one_by_one(found) or self._two_at_once(found)

    def sister(self, names: Sequence[str]) -> Options:
        """Another class of a like name that takes the file wholly, as its option; else ().

        The second version of a network, or the other stage of a training: MambaIR and MambaIRv2.

        Args:
            names: of all classes that are registered.
        """
        own = self.load.network.network_type
        others = [name for name in names if name != own]
        type_key = dialect_of(self.plan.framework).type_key
        until = time.monotonic() + MAX_SECONDS
        for name in difflib.get_close_matches(own, others, MAX_SISTERS, LIKE):
            if time.monotonic() > until:
                break
            options = (OptionDifference(type_key, name, own),)
            if self.built(options).exact:
                return options
        return ()

    def fits_with_gpu(self) -> bool:
        """Whether the file fits wholly once the constructor is told that there is a GPU."""
        data = copy.deepcopy(used_options(self.plan))
        if data.get('num_gpu') not in (0, 'auto'):
            return False
        data['num_gpu'] = 1
        return self._held_against(self._rebuild(data)).exact

    def _one_by_one(self, found: Shapes) -> Options:
        chosen: Options = ()
        for _ in range(MAX_ROUNDS):
            done = {option.name for option in chosen}
            guesses = self._guesses(chosen, found)
            chosen = self._best_step(chosen, ((one,) for one in guesses if one[0] not in done))
            if not chosen or self._tried[chosen].exact:
                return chosen
        return ()

    def _two_at_once(self, found: Shapes) -> Options:
        """For two that cannot be changed alone: a window that fits no image but its own."""
        self._most += len(self._tried) - 1
        chosen = self._best_step((), _pairs(self._guesses((), found)))
        return chosen if self._tried[chosen].exact else ()

    def _guesses(self, chosen: Options, found: Shapes) -> Tuple[Proposal, ...]:
        return guess_options(self._section(chosen), self._tried[chosen].shapes, found)

    def edits(self, options: Options) -> Tuple[OptionEdit, ...]:
        """Changes of the YAML, in file order; the training's scale goes with the network's.

        An option that stands there misspelt, where `**kwargs` take it, is renamed.
        """
        get, lines = self.plan.options.get, self.plan.options.lines
        section = self.load.step.network_option
        swallowed = self.load.network.swallowed
        misspelt = {f'{section}.{meant}': f'{section}.{name}' for name, meant in swallowed}
        places = [(f'{section}.{one.name}', one) for one in options]
        places += [
            ('scale', one)
            for one in options
            if one.name in SCALE_NAMES and get('scale') == one.expected
        ]
        places.sort(key=lambda pair: lines.get(pair[0], 10**9))
        edits = []
        for place, one in places:
            written = place if place in lines else misspelt.get(place, place)
            becomes = place if written != place else ''
            found = _listed(one.found)
            edits.append(OptionEdit(written, lines.get(written, 0), get(written), found, becomes))
        return tuple(edits)

    def _best_step(self, chosen: Options, steps: Iterable[Tuple[Proposal, ...]]) -> Options:
        """`chosen` and one step more: the first with which everything fits, else the first
        with which more does; () where there is none.
        """
        section = self._section(chosen)
        better: Options = ()
        for step in steps:
            if len(self._tried) > self._most or time.monotonic() > self._until:
                break
            more = (OptionDifference(n, frozen(v), frozen(section[n])) for n, v in step)
            asked = (*chosen, *more)
            if self.built(asked).exact:
                return asked
            if not better and self.built(asked).rank > self._tried[chosen].rank:
                better = asked
        return better

    def built(self, options: Options) -> Built:
        """The network with these options; each is built once."""
        if options not in self._tried:
            data = copy.deepcopy(used_options(self.plan))
            section = data.get(self.load.step.network_option)
            if isinstance(section, dict):
                section.update({one.name: _listed(one.found) for one in options})
                self._tried[options] = self._held_against(self._rebuild(data))
        return self._tried.setdefault(options, NOT_BUILT)

    def _held_against(self, networks: Networks) -> Built:
        section = self.load.step.network_option
        if section not in networks:
            return NOT_BUILT
        name, cuts = self.load.difference.table, self.plan.framework.cuts_module
        difference = compare_table(self._table, name, networks[section], cuts)
        return self._fitted(networks[section], difference)

    def _fitted(self, network: NetworkSpec, difference: Difference) -> Built:
        """Ranked by the share of what file and network hold together, then by the keys that differ.

        A share of the network alone would prefer the smallest network.
        """
        coverage = difference.coverage
        expected = coverage.parameters_expected + coverage.buffers_expected
        shared = coverage.parameters_loaded + coverage.buffers_loaded
        held = sum(spec.count for spec in self._table.tensors)
        share, differing = shared / max(expected + held - shared, 1), len(difference.keys)
        fraction = coverage.parameter_fraction
        return Built(network.shapes, difference.exact, fraction, (share, -differing))

    def _section(self, chosen: Options) -> Dict[str, Any]:
        """The options of the network: those chosen, over the YAML's, over the class's defaults."""
        section: Dict[str, Any] = {}
        for name, text in self.load.network.defaults:
            try:
                section[name] = read_value(text)
            except (ValueError, SyntaxError):
                continue  # a default that is no plain value explains no shape
        written = self.plan.options.get(self.load.step.network_option)
        section.update(written if isinstance(written, dict) else {})
        section.update({one.name: one.found for one in chosen})
        return section


def _pairs(guesses: Sequence[Proposal]) -> Iterator[Tuple[Proposal, Proposal]]:
    """Every two guesses about different options, the likely first."""
    for total in range(1, 2 * len(guesses) - 2):
        for first in range(max(0, total - len(guesses) + 1), (total + 1) // 2):
            one, other = guesses[first], guesses[total - first]
            if one[0] != other[0]:
                yield one, other


def _without(table: FileDict, prefix: str) -> FileDict:
    """The tensors of the table, each without 'module.' and the prefix."""
    if not prefix:
        return table
    names = ((stripped(spec.key)[len(prefix) :], spec) for spec in table.tensors)
    return FileDict(tuple((name, spec._replace(key=name)) for name, spec in names))


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
