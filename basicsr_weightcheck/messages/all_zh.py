"""Everything that is said in Chinese."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages import (
    building_zh,
    compare_zh,
    convert_zh,
    converting_zh,
    findings_zh,
    hook_zh,
    html_zh,
    inspect_zh,
    labels_zh,
    looking_zh,
    reader_zh,
    refusals_zh,
    rules_zh,
    usage_zh,
)
from basicsr_weightcheck.messages.sentence import Sentence

SENTENCES: Dict[str, Sentence] = findings_zh.FINDINGS
LABELS: Dict[str, str] = {
    **labels_zh.LABELS,
    **compare_zh.LABELS,
    **inspect_zh.LABELS,
    **rules_zh.LABELS,
    **html_zh.LABELS,
    **convert_zh.LABELS,
    **looking_zh.LABELS,
    **hook_zh.LABELS,
}
PHRASES: Dict[str, str] = {
    **reader_zh.READER,
    **refusals_zh.REFUSALS,
    **usage_zh.USAGE,
    **converting_zh.CONVERTING,
    **building_zh.BUILDING,
    **looking_zh.LOOKING,
}
