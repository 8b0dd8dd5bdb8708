"""Reports as self-contained pages (extra `html`: jinja2, squarify).

Each of these raises UsageError where a package is missing. All else is imported on use: a command
that prints text does not pay for pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Sequence, Tuple

if TYPE_CHECKING:
    from basicsr_weightcheck.records.comparisons import Comparison, Inspection, Side
    from basicsr_weightcheck.records.reports import Checked, CheckReport
    from basicsr_weightcheck.records.scans import Scan
    from basicsr_weightcheck.records.tensors import TensorSpec
    from basicsr_weightcheck.report.html.view import PageView


def check_html(report: CheckReport, lang: str) -> str:
    """One check."""
    from basicsr_weightcheck.report.html.check_view import check_view

    return rendered(check_view, report, lang)


def checks_html(checked: Sequence[Checked], lang: str) -> str:
    """Many checks."""
    from basicsr_weightcheck.report.html.ranking_view import checks_view

    return rendered(checks_view, checked, lang)


def comparison_html(comparison: Comparison, lang: str) -> str:
    """Two files."""
    from basicsr_weightcheck.report.html.compare_view import compare_view

    return rendered(compare_view, comparison, lang)


def comparisons_html(
    base: str, comparisons: Sequence[Comparison], failed: Sequence[Tuple[str, str]], lang: str
) -> str:
    """One base against many: those that could be read, and (path, reason) of the others."""
    from basicsr_weightcheck.report.html.ranking_view import many_view

    return rendered(many_view, base, comparisons, failed, lang)


def listing_html(side: Side, tensors: Sequence[TensorSpec], lang: str) -> str:
    """The tensors of one table."""
    from basicsr_weightcheck.report.html.inspect_view import listing_view

    return rendered(listing_view, side, tensors, lang)


def inspection_html(inspection: Inspection, lang: str) -> str:
    """One file."""
    from basicsr_weightcheck.report.html.inspect_view import inspect_view

    return rendered(inspect_view, inspection, lang)


def scan_html(scan: Scan, lang: str) -> str:
    """A ranking."""
    from basicsr_weightcheck.report.html.ranking_view import scan_view

    return rendered(scan_view, scan, lang)


def rendered(view: Callable[..., PageView], *of: Any) -> str:
    """The page of what a view makes of a record."""
    from basicsr_weightcheck.report.html.render import render, require_html

    require_html()  # before the view is made: it lays out with squarify
    return render(view(*of))
