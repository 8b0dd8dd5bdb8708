"""What is left of a cut file, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.numbers import size
from basicsr_weightcheck.records.phrases import Phrase

if TYPE_CHECKING:
    from basicsr_weightcheck.records.tensors import Cut


def cut_phrase(cut: Cut) -> Phrase:
    """How much is there, and the first tensor that is not."""
    present, expected = size(cut.present_bytes), size(cut.expected_bytes)
    if not cut.missing:
        return phrase('cut-end', present=present, expected=expected)
    return phrase(
        'cut',
        present=present,
        expected=expected,
        first_missing=cut.first_missing,
        missing=cut.missing,
        tensors=cut.tensors,
    )
