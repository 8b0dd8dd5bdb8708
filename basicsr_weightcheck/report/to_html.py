"""Reports as self-contained pages (extra `html`: jinja2, squarify)."""

from __future__ import annotations

from typing import Sequence, Tuple

from basicsr_weightcheck.records.comparisons import Comparison, Side
from basicsr_weightcheck.records.inspections import Inspection
from basicsr_weightcheck.records.reports import Checked, CheckReport
from basicsr_weightcheck.records.scans import Scan
from basicsr_weightcheck.records.tensors import TensorSpec
from basicsr_weightcheck.report.html.check_view import check_view
from basicsr_weightcheck.report.html.compare_view import compare_view
from basicsr_weightcheck.report.html.inspect_view import inspect_view, listing_view
from basicsr_weightcheck.report.html.ranking_view import checks_view, many_view, scan_view
from basicsr_weightcheck.report.html.render import render, require_html


def check_html(report: CheckReport, lang: str) -> str:
    """One check. Raises UsageError where a package is missing, as all of these do."""
    require_html()
    return render(check_view(report, lang))


def checks_html(checked: Sequence[Checked], lang: str) -> str:
    """Many checks."""
    require_html()
    return render(checks_view(checked, lang))


def comparison_html(comparison: Comparison, lang: str) -> str:
    """Two files."""
    require_html()
    return render(compare_view(comparison, lang))


def comparisons_html(
    base: str, comparisons: Sequence[Comparison], failed: Sequence[Tuple[str, str]], lang: str
) -> str:
    """One base against many: those that could be read, and (path, reason) of the others."""
    require_html()
    return render(many_view(base, comparisons, failed, lang))


def listing_html(side: Side, tensors: Sequence[TensorSpec], lang: str) -> str:
    """The tensors of one table."""
    require_html()
    return render(listing_view(side, tensors, lang))


def inspection_html(inspection: Inspection, lang: str) -> str:
    """One file."""
    require_html()
    return render(inspect_view(inspection, lang))


def scan_html(scan: Scan, lang: str) -> str:
    """A ranking."""
    require_html()
    return render(scan_view(scan, lang))
