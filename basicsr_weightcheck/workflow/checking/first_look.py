"""Put pictures through the network that a training starts with, and through those it could.

Equal keys and shapes can be another network; what it makes of a picture tells.
"""

from __future__ import annotations

import copy
import dataclasses
import os
import tempfile
from typing import Any, Callable, Dict, Iterator, NamedTuple, Sequence, Tuple

from basicsr_weightcheck.checkpoint.read import read_whole
from basicsr_weightcheck.checkpoint.writing.write import write_converted
from basicsr_weightcheck.conversion.plan_file import plan_file
from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.messages.lookup import needs
from basicsr_weightcheck.plan.option_edits import edited_data, merged
from basicsr_weightcheck.plan.read_plan import used_options
from basicsr_weightcheck.plan.weight_paths import resolve
from basicsr_weightcheck.records.findings import Conversion, OptionEdit, Recommendation
from basicsr_weightcheck.records.looks import KINDS, Look, LookRow, makes_pictures
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.sources import shown_value
from basicsr_weightcheck.rehearsal.protocol import LookRequest, Request
from basicsr_weightcheck.rehearsal.stage import Rebuild, Stage
from basicsr_weightcheck.workflow.checking.loads import held_back, table_differences
from basicsr_weightcheck.workflow.checking.silent_options import SilentTrial

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
    conversions: Tuple[Conversion, ...] = ()


class FirstLook:
    """Looks at the first network that a file goes into and that makes pictures.

    Args:
        stage: the child, which has rehearsed this training.
        report: of the check, with advice and proof.
        plan_of: the plan of other options.
        rebuild: builds the networks of other options.
        pictures: to look at.
    """

    def __init__(
        self,
        stage: Stage,
        report: CheckReport,
        plan_of: Callable[[Any], LoadPlan],
        rebuild: Rebuild,
        pictures: Pictures,
    ) -> None:
        self._stage, self._report, self._plan_of = stage, report, plan_of
        self._rebuild, self._pictures = rebuild, pictures
        self._data = report.plan.options.data

    def seen(self) -> CheckReport:
        """The report; the load that was looked at has its `look`."""
        loads = self._report.loads
        for at, load in enumerate(loads):
            if load.header is not None and makes_pictures(load.step.network):
                looked = dataclasses.replace(load, look=self._look(load))
                loads = (*loads[:at], looked, *loads[at + 1 :])
                return dataclasses.replace(self._report, loads=loads)
        return self._report

    def _look(self, load: LoadReport) -> Look:
        look = Look(load.step.network)
        for way in self._ways(load):
            self._pictures.progress(way.kind, way.name)
            look = _joined(look, self._looked(way, load.step.network))
            if look.problem:
                break
        ordered = sorted(look.rows, key=lambda row: KINDS.index(row.kind))
        return dataclasses.replace(look, rows=tuple(ordered))

    def _ways(self, load: LoadReport) -> Iterator[Way]:
        loads, together = self._report.loads, self._report.recommendation
        configured = self._way('configured')
        own = [one.recommendation for one in loads]
        recommended = self._way('recommended', together.edits, own)
        yield configured
        if together.proof.loads:
            yield recommended
        if load.alternative.is_needed:
            chosen = [one.other_way for one in loads]
            yield self._way('alternative', merged(e for one in chosen for e in one.edits), chosen)
        yield from self._of_the_same_file(load, configured, recommended)
        if not self._report.plan.resume.happens and load.step.path_option.startswith('path.'):
            yield self._way('random', [OptionEdit(load.step.path_option, 0, None, None)])

    def _way(
        self, kind: str, edits: Sequence[OptionEdit] = (), advice: Sequence[Recommendation] = ()
    ) -> Way:
        conversions = tuple(one.conversion for one in advice if one.conversion.is_needed)
        return Way(kind, '', edited_data(self._data, edits), conversions)

    def _of_the_same_file(self, load: LoadReport, start: Way, recommended: Way) -> Iterator[Way]:
        proof = self._report.recommendation.proof
        if load.is_complete:
            yield from self._other_tables(load)
            yield from self._rivals(load, start)
        elif proof.loads and proof.parameter_fraction == 1:
            yield from self._rivals(load, recommended)

    def _other_tables(self, load: LoadReport) -> Iterator[Way]:
        for name, difference in table_differences(load, self._report.plan.framework).items():
            fits = not difference.missing and not difference.mismatched
            if name and name != load.key_used and fits and load.step.key_option:
                edit = OptionEdit(load.step.key_option, 0, None, name)
                yield Way('table', name, edited_data(self._data, [edit]))

    def _rivals(self, load: LoadReport, start: Way) -> Iterator[Way]:
        section = load.step.network_option
        built, plan = self._rebuild(start.data), self._plan_of(start.data)
        if section not in built:
            return
        for name, value in SilentTrial(built[section], section, plan, self._rebuild).rivals():
            data = copy.deepcopy(start.data)
            data[section][name] = value
            yield Way('rival', f'{name}: {shown_value(value)}', data, start.conversions)

    def _looked(self, way: Way, network: str) -> Look:
        """Start so for real; files that a conversion would make are made, and removed again."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                made = dict(self._converted(way.conversions, folder))
            except WeightCheckError as error:
                row = LookRow(way.kind, way.name, problem=error.what)
                return Look(network, rows=(row,))
            plan = self._plan_of(_renamed(way.data, made))
            start = Request(used_options(plan), plan, held_back(self._report.errors))
            inputs = INPUTS if way.kind == 'configured' else ()
            folders = (self._pictures.lq, self._pictures.gt)
            return self._stage.look(
                LookRequest(start, network, way.kind, way.name, inputs, *folders)
            )

    def _converted(
        self, conversions: Sequence[Conversion], folder: str
    ) -> Iterator[Tuple[str, str]]:
        """(path that the options name, file that was made) of every conversion."""
        for number, one in enumerate(conversions):
            path = resolve(one.source, self._report.plan.working_directory)
            planned, _ = plan_file(read_whole(path), one.recipe)
            target = os.path.join(folder, f'{number}_{os.path.basename(one.target)}')
            with needs('numpy'):
                write_converted(path, target, planned)
            yield one.target, target


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
