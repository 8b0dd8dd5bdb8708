"""Child side of a look: networks with their values, one after the other, on the same pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, Sequence, Tuple

from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.look.measure import measure, nothing_done
from basicsr_weightcheck.look.picture import as_png, pixels
from basicsr_weightcheck.look.rows import as_row
from basicsr_weightcheck.look.sample import Sample, first_sample, value_range
from basicsr_weightcheck.records.looks import Look, LookRow
from basicsr_weightcheck.rehearsal.import_framework import Imported
from basicsr_weightcheck.rehearsal.pairs import Pair, dataset_pairs, folder_pairs
from basicsr_weightcheck.rehearsal.play import as_parsed
from basicsr_weightcheck.rehearsal.protocol import LookRequest
from basicsr_weightcheck.rehearsal.real_start import real_network

MOST_CHARACTERS = 300
SIDE = 96  # pixels of an input; a Restormer takes a second and a half for it on one core


class Looker:
    """Keeps the pictures from one request to the next; of the networks one at a time.

    Args:
        imported: the framework.
    """

    def __init__(self, imported: Imported) -> None:
        self._imported = imported
        self._source = ''
        self._names: Tuple[str, ...] = ()
        self._samples: List[Sample] = []

    def look(self, request: LookRequest) -> Look:
        """The rows of one network, and of doing nothing where it is the first; never raises."""
        try:
            start = as_parsed(self._imported, request.start, [])
            request = replace(request, start=start)
            network = real_network(self._imported, start, request.network)
        except (Exception, SystemExit) as error:  # whatever ends a constructor
            row = LookRow(request.kind, request.name, problem=_said(error))
            return self._answer(request, [row])
        first = not self._samples
        if first:
            try:
                self._open(request, network)
            except WeightCheckError as error:
                return Look(request.network, problem=error.what)
        rows = [self._row(request.kind, request.name, network, '')]
        rows += [self._row('input', one, network, one) for one in self._told_by(request.inputs)]
        if first:
            rows += self._nothing()
        return self._answer(request, rows)

    def _open(self, request: LookRequest, network: Any) -> None:
        """Take the pictures, cut for this network. Raises NotLookedAt."""
        if request.lq:
            pairs: List[Pair] = folder_pairs(request.lq, request.gt, request.number)
            self._source = ' | '.join(part for part in (request.lq, request.gt) if part)
        else:
            start = request.start
            options = self._imported.dialect.model_options(start.options, start.plan).options
            self._source, pairs = dataset_pairs(self._imported, options, request.number)
        self._samples = [first_sample(one.lq, one.gt, network, SIDE) for one in pairs]
        self._names = tuple(pair.name for pair in pairs)

    def _row(self, kind: str, name: str, network: Any, change: str) -> LookRow:
        try:
            return as_row(kind, name, [measure(network, one, change) for one in self._samples])
        except Exception as error:  # whatever a network raises
            return LookRow(kind, name, problem=_said(error))

    def _told_by(self, changes: Sequence[str]) -> Sequence[str]:
        """Those that change something of these pictures."""
        first = self._samples[0]
        if value_range(first.lq) != (0.0, 1.0):
            return ()
        return [one for one in changes if one != 'bgr' or first.lq.shape[-3] == 3]

    def _nothing(self) -> List[LookRow]:
        found = [nothing_done(sample) for sample in self._samples]
        made = [one for one in found if one is not None]
        return [as_row('nothing', '', made)] if len(made) == len(found) else []

    def _answer(self, request: LookRequest, rows: Sequence[LookRow]) -> Look:
        if not self._samples:
            return Look(request.network, rows=tuple(rows))
        first = self._samples[0]
        limits = value_range(first.gt if first.gt is not None else first.lq)
        return Look(
            request.network,
            self._source,
            self._names,
            tuple(first.lq.shape[-2:]),
            first.scale,
            tuple(rows),
            '',
            as_png(pixels(first.lq, limits)),
            as_png(pixels(first.gt, limits)) if first.gt is not None else b'',
        )


def _said(error: BaseException) -> str:
    if isinstance(error, WeightCheckError):
        return error.what
    return f'{type(error).__name__}: {error}'[:MOST_CHARACTERS]
