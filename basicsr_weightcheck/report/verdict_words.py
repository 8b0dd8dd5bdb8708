"""The verdict of a check in words."""

from __future__ import annotations

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.records.reports import CheckReport


def verdict_text(report: CheckReport, lang: str) -> str:
    """One line; weights that load are no comfort where the training itself is in danger."""
    text = label(report.verdict, lang)
    return f'{text} {label("but-error", lang)}' if report.is_endangered else text
