"""Generated pictures, the same for the same seed: discs and stripes in the colours of a sunset."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Tuple

NOISE = 25 / 255
LOW, HIGH = (0.35, 0.2, 0.0), (1.0, 0.7, 0.35)  # of red, green, blue: not those of blue, green, red


def picture(generator: Any, size: int) -> Any:
    """(size, size, 3), float32, RGB, 0 to 1.

    Args:
        generator: of numpy.
        size: pixels.
    """
    import numpy as np

    y, x = np.mgrid[:size, :size].astype(np.float32) / size
    angle, phase, waves = generator.uniform(0, 6.3, 2).tolist() + [generator.uniform(1, 6)]
    image = np.empty((size, size, 3), np.float32)
    image[:] = _colour(generator)
    stripes = np.sin(waves * 6.3 * (x * np.cos(angle) + y * np.sin(angle)) + phase) > 0
    image[stripes] = _colour(generator)
    for _ in range(6):
        cx, cy, radius = generator.uniform(0, 1, 2).tolist() + [generator.uniform(0.05, 0.25)]
        distance = np.hypot(x - cx, y - cy)
        shade = np.clip(1.2 - distance / radius, 0, 1)[..., None]
        image = np.where(distance[..., None] < radius, _colour(generator) * shade, image)
    return np.clip(image, 0, 1).astype(np.float32)


def _colour(generator: Any) -> Any:
    import numpy as np

    return generator.uniform(LOW, HIGH).astype(np.float32)


def noisy_pair(generator: Any, size: int) -> Tuple[Any, Any]:
    """(with noise, without), each as `picture`."""
    import numpy as np

    clean = picture(generator, size)
    noise = generator.normal(0, NOISE, clean.shape)
    return np.clip(clean + noise, 0, 1).astype(np.float32), clean


def small_pair(generator: Any, size: int, scale: int) -> Tuple[Any, Any]:
    """(picture of `size`, the same `scale` times as large): averages of scale x scale pixels."""
    large = picture(generator, size * scale)
    return large.reshape(size, scale, size, scale, 3).mean((1, 3)), large


def write_pairs(folder: Path, pairs: Any) -> None:
    """lq/0.png, gt/0.png, ... of pairs as above."""
    from PIL import Image

    for name in ('lq', 'gt'):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number, pair in enumerate(pairs):
        for name, image in zip(('lq', 'gt'), pair):
            pixels = (image * 255).round().astype('uint8')
            Image.fromarray(pixels).save(str(folder / name / f'{number}.png'))
