"""The verdict of a check in words."""

from __future__ import annotations

from basicsr_weightcheck.advice.verdict import decisive, doubt, is_optional
from basicsr_weightcheck.messages.lookup import clean_line, label
from basicsr_weightcheck.records.findings import Finding
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rules.catalog import parameters, sentence

DETAIL_CHARACTERS = 120


def verdict_text(report: CheckReport, lang: str) -> str:
    """One line; what keeps weights that load from being ready stands in it."""
    finding = decisive(report)
    if finding is not None:
        key = {'could-not-check': 'could-not-check-because'}.get(report.verdict, report.verdict)
        return label(key, lang, why=_why(finding, lang))
    if report.verdict == 'could-not-check' and report.rehearsal is None:
        return label('could-not-check-because', lang, why='--no-rehearsal')
    if is_optional(report):
        return label(f'{report.verdict}-optional', lang)
    text, but = label(report.verdict, lang), doubt(report)
    if but is not None and report.verdict in ('ready', 'ready-partly'):
        return label('ready-but', lang, verdict=text, why=sentence(but.code, lang).title)
    return text


def severity_word(finding: Finding, lang: str) -> str:
    """How much a finding counts: its severity, and that the user asked not to count it."""
    text = label(finding.severity, lang)
    return f'{text} {label("ignored-mark", lang)}' if finding.ignored else text


def _why(finding: Finding, lang: str) -> str:
    """The finding in a few words, and the exception that it is about."""
    facts = parameters(finding, lang)
    parts = [facts[name] for name in ('error', 'reason') if facts.get(name)]
    title = sentence(finding.code, lang).title
    detail = clean_line(': '.join(parts))[:DETAIL_CHARACTERS].rstrip('.。')
    return label('beside', lang, name=title, text=detail) if detail else title
