"""Pictures of a training, and tensors as pictures that can be shown."""

from __future__ import annotations

import io
import math
from typing import Any, Iterator, NamedTuple, Optional, Sequence, Tuple

from basicsr_weightcheck.errors import NotLookedAt
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.numbers import shape

FIGURE, WORDS, GAP = 192, 16, 8  # pixels: a picture's least height, its words, between two


def pixels(picture: Any, limits: Tuple[float, float]) -> Any:
    """(height, width, 3), uint8, of the first sample, the middle frame and at most three channels.

    Args:
        picture: (1, c, h, w) or (1, t, c, h, w); NaN becomes black.
        limits: values that are black and white.
    """
    import torch

    low, high = limits
    picture = picture.detach().float().cpu()[0]
    if picture.dim() == 4:
        picture = picture[picture.shape[0] // 2]
    picture = torch.nan_to_num((picture - low) / (high - low), nan=0.0).clamp(0, 1)
    picture = picture[:3] if picture.shape[0] >= 3 else picture[:1].expand(3, -1, -1)
    return (picture * 255).round().byte().permute(1, 2, 0).contiguous().numpy()


def as_png(array: Any) -> bytes:
    """The bytes of a PNG file; b'' where Pillow is missing."""
    try:
        from PIL import Image
    except ImportError:
        return b''
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, 'PNG')
    return buffer.getvalue()


def beside(pictures: Sequence[Tuple[str, Any]]) -> Any:
    """One picture of several, each under its words: (height, width, 3), uint8.

    Args:
        pictures: (words, pixels as above); smaller ones are enlarged to the largest height.

    Raises:
        ImportError: Pillow is missing.
    """
    import numpy
    from PIL import Image, ImageDraw

    tall = max(FIGURE, *(one.shape[0] for _, one in pictures))
    sizes = [(max(1, one.shape[1] * tall // one.shape[0]), tall) for _, one in pictures]
    width = sum(wide for wide, _ in sizes) + GAP * (len(sizes) - 1)
    sheet = Image.new('RGB', (width, tall + WORDS), 'white')
    draw, x = ImageDraw.Draw(sheet), 0
    for (words, one), size in zip(pictures, sizes):
        # Nearest: what is looked at are the pixels themselves.
        sheet.paste(Image.fromarray(one).resize(size, Image.Resampling.NEAREST), (x, WORDS))
        draw.text((x + 2, 2), words, fill='black')
        x += size[0] + GAP
    return numpy.asarray(sheet)


# One sample of a data set: cut to size, its range of values, and what doing nothing makes of it.
#
# Tensors are (1, channels, height, width), or (1, frames, channels, height, width) of a video.

LARGEST = 128  # pixels of a side of the input that a look takes at most
HALVED = 8  # what most networks halve three times
WINDOWS = ('window_size', 'win_size', 'padder_size', 'patch_size')
MOST_DB = 100.0  # of two pictures that are equal

SLACK = 0.02  # resizing goes beyond a range by so much


class Sample(NamedTuple):
    """What is put into a network, and what should come out.

    Attributes:
        lq: the input.
        gt: the picture that is wanted; None where there is none.
        scale: how many times larger the output is; 1 where that is not known.
    """

    lq: Any
    gt: Any
    scale: int


def first_sample(lq: Any, gt: Any, network: Any, largest: int = LARGEST) -> Sample:
    """The first of a batch, cut out of its middle.

    Args:
        lq: (batch, ...), float.
        gt: (batch, ...), an integer number of times larger; None where there is none.
        network: whose windows the size is a multiple of.
        largest: pixels of a side.

    Raises:
        NotLookedAt: these are no pictures of one sort.
    """
    if lq.dim() not in (4, 5) or not lq.is_floating_point():
        raise NotLookedAt(phrase('look-no-picture', shape=shape(lq.shape)))
    lq, scale = lq[:1].detach(), 1
    height, width = lq.shape[-2:]
    if gt is not None:
        scale = gt.shape[-1] // width
        if scale < 1 or tuple(gt.shape[-2:]) != (height * scale, width * scale):
            raise NotLookedAt(phrase('look-no-pair', lq=shape(lq.shape), gt=shape(gt.shape)))
    step = _common(_windows(network))
    y, tall = _span(min(largest, height), height, step)
    x, wide = _span(min(largest, width), width, step)
    lq = lq[..., y : y + tall, x : x + wide]
    if gt is not None:
        y, tall, x, wide = (n * scale for n in (y, tall, x, wide))
        gt = gt[:1].detach()[..., y : y + tall, x : x + wide]
        low, high = float(gt.min()), float(gt.max())
        least, most = value_range(gt)
        if low < least - SLACK or high > most + SLACK:
            raise NotLookedAt(phrase('look-values', low=f'{low:.2f}', high=f'{high:.2f}'))
    return Sample(lq, gt, scale)


def _common(sizes: Iterator[int]) -> int:
    """The least common multiple (math.lcm is of Python 3.9)."""
    result = 1
    for size in sizes:
        result = result * size // math.gcd(result, size)
    return result


def _span(most: int, size: int, step: int) -> Tuple[int, int]:
    """(start, length) of a side; `most` of it where no multiple of `step` fits."""
    length = most // step * step or most
    return (size - length) // 2, length


def _windows(network: Any) -> Iterator[int]:
    """Sizes that the modules say they work in, and the halvings of the others."""
    yield HALVED
    for module in network.modules():
        for name in WINDOWS:
            value = vars(module).get(name)
            for one in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(one, int) and not isinstance(one, bool) and 0 < one <= LARGEST:
                    yield one


def value_range(picture: Any) -> Tuple[float, float]:
    """(0, 1), (-1, 1) or (0, 255): the range that a picture's values are of."""
    if float(picture.min()) < -0.01:
        return -1.0, 1.0
    return (0.0, 255.0) if float(picture.max()) > 2 else (0.0, 1.0)


def doing_nothing(sample: Sample) -> Optional[Any]:
    """The input itself, or enlarged by bicubic interpolation; None where it is of another sort."""
    import torch

    lq, gt = sample.lq.float().cpu(), sample.gt
    if gt is not None and lq.dim() == 5 and gt.dim() == 4:
        lq = lq[:, lq.shape[1] // 2]  # one picture is made of several
    if gt is not None and lq.shape[:-2] != gt.shape[:-2]:
        return None
    if sample.scale == 1:
        return lq
    frames = lq.reshape(-1, *lq.shape[-3:])
    large = torch.nn.functional.interpolate(
        frames, scale_factor=sample.scale, mode='bicubic', align_corners=False
    )
    return large.reshape(*lq.shape[:-2], *large.shape[-2:])


def psnr(one: Any, other: Any, limits: Tuple[float, float]) -> float:
    """Peak signal to noise ratio in dB, of values cut to the limits; NaN where one has NaN."""
    low, high = limits
    one, other = (x.detach().double().cpu().clamp(low, high) for x in (one, other))
    error = float(((one - other) ** 2).mean())
    if math.isnan(error):
        return error
    return min(MOST_DB, 10 * math.log10((high - low) ** 2 / error)) if error else MOST_DB
