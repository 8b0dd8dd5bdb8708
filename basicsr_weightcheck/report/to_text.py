"""The check as text for a terminal."""

from __future__ import annotations

from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.report.dress import dressed, wrapped
from basicsr_weightcheck.report.outline import outline


def render_text(report: CheckReport, lang: str, colour: bool = False, width: int = 100) -> str:
    """The whole check as lines without an end.

    Args:
        report: the check.
        lang: 'en' or 'zh'.
        colour: escape codes for a terminal, where rich is installed.
        width: columns; wide characters count as two.
    """
    return '\n'.join(
        dressed(text, line.style, colour)
        for line in outline(report, lang)
        for text in wrapped(line, width)
    )
