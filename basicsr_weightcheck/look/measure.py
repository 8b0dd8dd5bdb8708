"""One pass of one sample: what comes out, in numbers and as a picture."""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, Iterator, NamedTuple, Optional, Sequence, Tuple

from basicsr_weightcheck.errors import NotLookedAt
from basicsr_weightcheck.look.picture import (
    Sample,
    as_png,
    doing_nothing,
    pixels,
    psnr,
    value_range,
)
from basicsr_weightcheck.look.untouched import untouched
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.looks import LookRow

Change = Tuple[Callable[[Any], Any], Callable[[Any], Any]]
# What is done to the input and undone to the output: networks that were trained on other values.
INPUTS: Dict[str, Change] = {
    '': (lambda x: x, lambda y: y),
    'bgr': (lambda x: x.flip(-3), lambda y: y.flip(-3)),
    'times-255': (lambda x: x * 255, lambda y: y / 255),
    'signed': (lambda x: x * 2 - 1, lambda y: (y + 1) / 2),
}


class Measured(NamedTuple):
    """What one pass gives.

    Attributes:
        psnr: of the output against what is wanted, dB; None without that.
        distance: of the output from doing nothing, dB; None where that is of another sort.
        finite: it has neither NaN nor Inf.
        low, high: smallest and largest of its finite values.
        output: on the CPU, float32.
        limits: the range that the values of the data are of.
    """

    psnr: Optional[float]
    distance: Optional[float]
    finite: bool
    low: float
    high: float
    output: Any
    limits: Tuple[float, float]


def nothing_done(sample: Sample) -> Optional[Measured]:
    """The same for the input itself, enlarged where the scale asks for it."""
    output = doing_nothing(sample)
    return None if output is None else _measured(output, sample, output)


def measure(network: Any, sample: Sample, change: str = '') -> Measured:
    """Put a sample through a copy of a network (bare), in eval mode; nothing is changed.

    Args:
        change: of the input's values, one of INPUTS.

    Raises:
        NotLookedAt: it cannot be done, or no output is of the size that is wanted.
        Exception: whatever the network raises.
    """
    before, after = INPUTS[change]
    network = getattr(network, '_orig_mod', network)  # of torch.compile: it would compile again
    with untouched(network) as twin:
        weight = next((one for one in twin.parameters() if one.is_floating_point()), sample.lq)
        lq = sample.lq.to(weight.device, weight.dtype)
        output = after(_picture(twin(before(lq)), sample)).float().cpu()
    return _measured(output, sample, doing_nothing(sample))


def _measured(output: Any, sample: Sample, nothing: Any) -> Measured:
    import torch

    wanted = sample.gt if sample.gt is not None else sample.lq
    # The range is that of the data: an output that leaves it is just what is to be seen.
    limits = value_range(wanted)
    good = torch.isfinite(output)
    finite = bool(good.all())
    values = output if finite else output[good]
    low, high = (float(values.min()), float(values.max())) if values.numel() else (0.0, 0.0)
    against = None if sample.gt is None else _number(psnr(output, sample.gt, limits))
    alike = nothing is not None and nothing.shape == output.shape
    distance = _number(psnr(output, nothing, limits)) if alike else None
    return Measured(against, distance, finite, low, high, output, limits)


def _number(value: float) -> Optional[float]:
    return None if math.isnan(value) else value


def _picture(output: Any, sample: Sample) -> Any:
    """The last of the network's outputs that has the shape that is wanted.

    Source: BasicSR's forks take the last of several (Restormer image_restoration_model.py).
    """
    found = list(_tensors(output))
    if sample.gt is not None:
        found = [one for one in found if one.shape == sample.gt.shape]
    if not found:
        raise NotLookedAt(phrase('look-no-output'))
    return found[-1]


def _tensors(value: Any) -> Iterator[Any]:
    import torch

    if isinstance(value, torch.Tensor):
        if value.dim() >= 4:
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)


# What was measured, as a row of a look.


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
