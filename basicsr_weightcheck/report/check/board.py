"""What the training's own tools get of a check: Markdown, numbers; the picture stands apart."""

from __future__ import annotations

from typing import Iterator, Optional, Tuple

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.report.check.outline import render_text, todo
from basicsr_weightcheck.report.check.words import verdict_text
from basicsr_weightcheck.report.html.load_states import load_legend
from basicsr_weightcheck.report.page import Block, Code, Heading, Line
from basicsr_weightcheck.report.page_to_text import render_markdown


def main_load(report: CheckReport) -> Optional[LoadReport]:
    """The load that the check was made for; others only follow from it."""
    network = report.plan.steps[0].network if report.plan.steps else ''
    return next((load for load in report.loads if load.step.network == network), None)


def board_text(report: CheckReport, lang: str) -> str:
    """Verdict, what to do, the table of states, and the whole recommendation."""
    return render_markdown(tuple(_blocks(report, lang)))


def board_numbers(load: LoadReport) -> Tuple[Tuple[str, float], ...]:
    """(name, value) of what comes from the file; () where the load could not be judged.

    A load that stops takes nothing.
    """
    if load.configured.loads is None or load.difference is None:
        return ()
    coverage, expected = load.coverage, load.difference.coverage
    tensors = coverage.tensors_loaded if coverage is not None else 0
    return (
        ('parameters_loaded_fraction', coverage.parameter_fraction if coverage else 0.0),
        ('parameters_loaded', float(coverage.parameters_loaded if coverage else 0)),
        ('tensors_loaded', float(tensors)),
        ('tensors_not_loaded', float(expected.tensors_expected - tensors)),
    )


def _blocks(report: CheckReport, lang: str) -> Iterator[Block]:
    load = main_load(report)
    name = f'{load.step.network} ← {load.step.load_path}' if load is not None else ''
    yield Heading(name or report.plan.options.path, 3)
    yield Line(f'{label("verdict", lang)}: {verdict_text(report, lang)}')
    yield Line(f'{label("html-todo", lang)} {todo(report, lang)}')
    if load is not None:
        legend = load_legend(load, lang)
        if legend.rows:
            yield legend
    yield Code(render_text(report, lang), 'text')
