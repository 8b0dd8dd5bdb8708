"""All dialects, in the order in which they are asked whether a tree is theirs."""

from __future__ import annotations

from typing import Tuple

from basicsr_weightcheck.dialects.basicsr import BasicSR, CodeFormer, Unknown
from basicsr_weightcheck.dialects.dialect import Dialect
from basicsr_weightcheck.dialects.kair import Kair
from basicsr_weightcheck.dialects.neosr import Neosr
from basicsr_weightcheck.dialects.redux import TraiNNerRedux
from basicsr_weightcheck.dialects.restormer import NAFNet, Restormer
from basicsr_weightcheck.dialects.unsupported import EARLIER, UNSUPPORTED
from basicsr_weightcheck.records.plans import Framework

# The special first: networks and loaders of copies pass for those of BasicSR, too.
DIALECTS: Tuple[Dialect, ...] = (
    TraiNNerRedux(),
    Kair(),
    Neosr(),
    *EARLIER,
    Restormer(),
    NAFNet(),
    BasicSR(),
    CodeFormer(),
    Unknown(),
    *UNSUPPORTED,
)
_BY_NAME = {dialect.name: dialect for dialect in DIALECTS}


def title_of(framework: Framework) -> str:
    """What a framework is called."""
    return dialect_of(framework).title or framework.name


def dialect_of(framework: Framework) -> Dialect:
    """The object that knows what a framework does."""
    return _BY_NAME[framework.dialect]
