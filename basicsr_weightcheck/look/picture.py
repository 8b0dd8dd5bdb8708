"""Tensors as pictures that can be shown."""

from __future__ import annotations

import io
from typing import Any, Sequence, Tuple

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
