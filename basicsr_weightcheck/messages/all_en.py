"""Everything that is said in English."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages import (
    building_en,
    compare_en,
    convert_en,
    converting_en,
    findings_en,
    hook_en,
    html_en,
    inspect_en,
    labels_en,
    looking_en,
    reader_en,
    refusals_en,
    rules_en,
    usage_en,
)
from basicsr_weightcheck.messages.sentence import Sentence

SENTENCES: Dict[str, Sentence] = findings_en.FINDINGS
LABELS: Dict[str, str] = {
    **labels_en.LABELS,
    **compare_en.LABELS,
    **inspect_en.LABELS,
    **rules_en.LABELS,
    **html_en.LABELS,
    **convert_en.LABELS,
    **looking_en.LABELS,
    **hook_en.LABELS,
}
PHRASES: Dict[str, str] = {
    **reader_en.READER,
    **refusals_en.REFUSALS,
    **usage_en.USAGE,
    **converting_en.CONVERTING,
    **building_en.BUILDING,
    **looking_en.LOOKING,
}
