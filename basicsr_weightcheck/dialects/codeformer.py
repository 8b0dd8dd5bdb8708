"""CodeFormer (dialect D): BasicSR's networks and models, its options through an older parser.

Source: CodeFormer basicsr/train.py `parse_options`, basicsr/utils/options.py `parse`.
"""

from __future__ import annotations

from typing import Optional

from basicsr_weightcheck.dialects.basicsr import BasicSR
from basicsr_weightcheck.dialects.dialect import Start
from basicsr_weightcheck.dialects.family.source_tree import is_package, sources_of
from basicsr_weightcheck.records.plans import Resume


class CodeFormer(BasicSR):
    """The names of its experiments carry a time stamp: nothing is archived."""

    name = 'codeformer'

    def recognises(self, origin: str) -> bool:
        if not is_package(origin):
            return False
        sources = sources_of(origin)
        return not sources.is_legacy and 'def parse_options' in sources.train

    def archives(self, start: Start, experiments_root: str, resume: Optional[Resume]) -> bool:
        return False
