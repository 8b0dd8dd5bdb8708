"""The documentation of the rules in Chinese, by code; evidence and source are the English ones."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages.documents_zh import (
    container,
    keys,
    options,
    shapes,
    training,
    values,
)
from basicsr_weightcheck.messages.sentence import Document

DOCUMENTS: Dict[str, Document] = {
    **container.DOCUMENTS,
    **keys.DOCUMENTS,
    **shapes.DOCUMENTS,
    **options.DOCUMENTS,
    **training.DOCUMENTS,
    **values.DOCUMENTS,
}
