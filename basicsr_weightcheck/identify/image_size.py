"""The image size that a SwinIR was built for, from the buffers and the position embedding.

A block whose number is odd is shifted, and then keeps a mask for this size: one cell per window.
Where the image is no larger than a window, no block is shifted.

Source: basicsr 1.4.2 archs/swinir_arch.py `SwinTransformerBlock.__init__`, `calculate_mask`.
"""

from __future__ import annotations

from itertools import chain
from math import isqrt
from typing import Sequence, Tuple, Union

from basicsr_weightcheck.identify.sizes import Shapes, size, voted

ImageSize = Union[int, Tuple[int, int]]
USUAL = 64
DIVISORS = 10_000  # tried; sides further apart than this are no image


def read_image_size(
    shapes: Shapes, layers: Sequence[Sequence[str]], window: int
) -> Tuple[ImageSize, bool]:
    """(img_size, whether the shapes settle it).

    A square is settled: oblong images of the same area are not thought of. Height and width of
    an oblong one are not.

    Args:
        layers: names of the blocks of each.
        window: side of a window.
    """
    odd_blocks = list(chain.from_iterable(names[1::2] for names in layers))
    windows = voted(shapes, (f'{name}.attn_mask' for name in odd_blocks), 0)
    pixels = size(shapes, 'absolute_pos_embed', 1)
    if windows is not None:
        return _sized(_sides(windows), window)
    shifted = odd_blocks if window > 1 else []
    # The index is a buffer too: where it stays, the masks were not stripped but never there.
    indices = [f'{name}.attn.relative_position_index' for name in shifted]
    if not shapes.keys().isdisjoint(indices):
        return (window, False) if pixels is None else _sized((window, pixels // window), 1)
    unit = window if shifted else 1
    if pixels is not None:
        return _sized(_sides(pixels // unit**2), unit)
    return window * max(USUAL // window, 2), False


def both_sides(image: ImageSize, patch: int) -> Tuple[int, int]:
    """Height and width in patches."""
    height, width = (image, image) if isinstance(image, int) else image
    return height // patch, width // patch


def _sized(sides: Tuple[int, int], unit: int) -> Tuple[ImageSize, bool]:
    height, width = (max(side, 1) * unit for side in sides)
    return (height, True) if height == width else ((height, width), False)


def _sides(area: int) -> Tuple[int, int]:
    """The two factors nearest to each other, smaller first."""
    root = isqrt(area)
    for side in range(root, max(root - DIVISORS, 0), -1):
        if area % side == 0:
            return side, area // side
    return 1, area
