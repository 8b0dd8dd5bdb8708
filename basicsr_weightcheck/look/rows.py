"""What was measured, as a row of a look."""

from __future__ import annotations

from typing import Sequence

from basicsr_weightcheck.look.measure import Measured
from basicsr_weightcheck.look.picture import as_png, pixels
from basicsr_weightcheck.records.looks import LookRow


def as_row(kind: str, name: str, measured: Sequence[Measured]) -> LookRow:
    """One row of what was measured of each pair."""
    # Where one of the pairs has no number, a mean of the others would stand for all.
    first = measured[0]
    compared = [one.psnr for one in measured if one.psnr is not None]
    away = [one.distance for one in measured if one.distance is not None]
    return LookRow(
        kind,
        name,
        tuple(compared) if len(compared) == len(measured) else (),
        sum(away) / len(away) if len(away) == len(measured) else None,
        all(one.finite for one in measured),
        min(one.low for one in measured),
        max(one.high for one in measured),
        '',
        as_png(pixels(first.output, first.limits)),
    )
