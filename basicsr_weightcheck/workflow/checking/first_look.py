"""Put pictures through the network that a training starts with, and through those it could.

Equal keys and shapes can be another network; what it makes of a picture tells.
"""

from __future__ import annotations

import copy
import dataclasses
import os
import tempfile
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from basicsr_weightcheck.checkpoint.writing.write import write_converted
from basicsr_weightcheck.conversion.plan_file import plan_file
from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.plan.option_edits import edited_data, merged
from basicsr_weightcheck.plan.read_plan import used_options
from basicsr_weightcheck.plan.weight_paths import resolve
from basicsr_weightcheck.records.findings import OptionEdit, Recommendation
from basicsr_weightcheck.records.looks import KINDS, Look, LookRow, makes_pictures
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import LoadReport, Loads
from basicsr_weightcheck.records.sources import shown_value
from basicsr_weightcheck.records.tensors import Headers
from basicsr_weightcheck.rehearsal.protocol import LookRequest, Request
from basicsr_weightcheck.rehearsal.stage import Stage
from basicsr_weightcheck.workflow.checking.loads import table_differences
from basicsr_weightcheck.workflow.checking.option_trial import Rebuild
from basicsr_weightcheck.workflow.checking.silent_options import SilentTrial
from basicsr_weightcheck.workflow.compare import needs_numpy, read_whole

INPUTS = ('bgr', 'times-255', 'signed')  # values that a file may be trained on


class Pictures(NamedTuple):
    """What to look at.

    Attributes:
        lq, gt: folders of inputs and of targets, '' for the YAML's data sets.
        progress: is told the kind and the name of each row before it is made.
    """

    lq: str = ''
    gt: str = ''
    progress: Callable[[str, str], None] = lambda kind, name: None


class Way(NamedTuple):
    """A way to start: options, and the conversions that they rely on."""

    kind: str
    name: str
    data: Any
    advice: Tuple[Recommendation, ...] = ()


class FirstLook:
    """Looks at the first network that a file goes into and that makes pictures.

    Args:
        stage: the child, which has rehearsed this training.
        plan: what the training asks for.
        plan_of: the plan of other options.
        refused: files that must not be opened.
        rebuild: builds the networks of other options.
        pictures: to look at.
    """

    def __init__(
        self,
        stage: Stage,
        plan: LoadPlan,
        plan_of: Callable[[Any], LoadPlan],
        refused: Headers,
        rebuild: Rebuild,
        pictures: Pictures,
    ) -> None:
        self._stage, self._plan, self._plan_of = stage, plan, plan_of
        self._refused, self._rebuild, self._pictures = refused, rebuild, pictures

    def with_looks(self, loads: Loads, together: Optional[Recommendation]) -> Loads:
        """The loads; the one that was looked at has its `look`."""
        names = [load.step.network if load.header is not None else '' for load in loads]
        at = next((n for n, name in enumerate(names) if name and makes_pictures(name)), None)
        if at is None:
            return loads
        load = loads[at]
        look = Look(load.step.network)
        for way in self._ways(load, loads, together):
            self._pictures.progress(way.kind, way.name)
            look = _joined(look, self._looked(way, load.step.network, loads))
            if look.problem:
                break
        ordered = sorted(look.rows, key=lambda row: KINDS.index(row.kind))
        looked = dataclasses.replace(load, look=dataclasses.replace(look, rows=tuple(ordered)))
        return (*loads[:at], looked, *loads[at + 1 :])

    def _ways(
        self, load: LoadReport, loads: Loads, together: Optional[Recommendation]
    ) -> Iterator[Way]:
        data = self._plan.options.data
        configured = Way('configured', '', data)
        yield configured
        advised = self._recommended(loads, together)
        yield from advised
        if load.alternative is not None:
            yield self._way('alternative', [one.alternative or one.recommendation for one in loads])
        if load.is_complete:
            yield from self._other_tables(load, data)
            yield from self._rivals(load, configured)
        elif advised and together and together.proof and together.proof.parameter_fraction == 1:
            yield from self._rivals(load, advised[0])
        if self._plan.resume is None and load.step.path_option.startswith('path.'):
            nothing = OptionEdit(load.step.path_option, 0, None, None)
            yield Way('random', '', edited_data(data, [nothing]))

    def _recommended(self, loads: Loads, together: Optional[Recommendation]) -> List[Way]:
        """The start with all that is recommended, where that is proven to load."""
        if together is None or together.proof is None or not together.proof.loads:
            return []
        advice = tuple(one.recommendation for one in loads if one.recommendation is not None)
        edited = edited_data(self._plan.options.data, together.edits)
        return [Way('recommended', '', edited, advice)]

    def _way(self, kind: str, advice: Sequence[Optional[Recommendation]]) -> Way:
        chosen = tuple(one for one in advice if one is not None)
        edits = merged([edit for one in chosen for edit in one.edits])
        return Way(kind, '', edited_data(self._plan.options.data, edits), chosen)

    def _other_tables(self, load: LoadReport, data: Any) -> Iterator[Way]:
        for name, difference in table_differences(load, self._plan.framework).items():
            fits = not difference.missing and not difference.mismatched
            if name and name != load.key_used and fits and load.step.key_option:
                edit = OptionEdit(load.step.key_option, 0, None, name)
                yield Way('table', name, edited_data(data, [edit]))

    def _rivals(self, load: LoadReport, start: Way) -> Iterator[Way]:
        section = load.step.network_option
        network = self._rebuild(start.data).get(section)
        if network is None:
            return
        plan = self._plan_of(start.data)
        for name, value in SilentTrial(network, section, plan, self._rebuild).rivals():
            data = copy.deepcopy(start.data)
            data[section][name] = value
            yield Way('rival', f'{name}: {shown_value(value)}', data, start.advice)

    def _looked(self, way: Way, network: str, loads: Loads) -> Look:
        """Start so for real; files that a conversion would make are made, and removed again."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                made = dict(_converted(way.advice, loads, self._plan, folder))
            except WeightCheckError as error:
                row = LookRow(way.kind, way.name, problem=error.what)
                return Look(network, rows=(row,))
            plan = self._plan_of(_renamed(way.data, made))
            start = Request(used_options(plan), plan, self._refused)
            inputs = INPUTS if way.kind == 'configured' else ()
            folders = (self._pictures.lq, self._pictures.gt)
            return self._stage.look(
                LookRequest(start, network, way.kind, way.name, inputs, *folders)
            )


def _converted(
    advice: Sequence[Recommendation], loads: Loads, plan: LoadPlan, folder: str
) -> Iterator[Tuple[str, str]]:
    """(path that the options name, file that was made) of every conversion."""
    for number, one in enumerate(advice):
        if one.conversion is None:
            continue
        source = next(load.step.load_path for load in loads if one in _advices(load))
        path = resolve(source, plan.working_directory)
        planned, _ = plan_file(read_whole(path), one.conversion.recipe)
        name = f'{number}_{os.path.basename(one.conversion.target)}'
        target = os.path.join(folder, name)
        with needs_numpy():
            write_converted(path, target, planned)
        yield one.conversion.target, target


def _advices(load: LoadReport) -> List[Optional[Recommendation]]:
    return [load.recommendation, load.alternative]


def _renamed(data: Any, made: Dict[str, str]) -> Any:
    """The options with other paths."""
    if isinstance(data, dict):
        return {name: _renamed(value, made) for name, value in data.items()}
    return made.get(data, data) if isinstance(data, str) else data


def _joined(look: Look, more: Look) -> Look:
    """The rows of both; where the pictures are from stands in the first that has any."""
    known = {(row.kind, row.name) for row in look.rows}
    rows = look.rows + tuple(row for row in more.rows if (row.kind, row.name) not in known)
    if more.problem:
        return dataclasses.replace(look, rows=rows, problem=more.problem if not look.pairs else '')
    return dataclasses.replace(more if more.pairs and not look.pairs else look, rows=rows)
