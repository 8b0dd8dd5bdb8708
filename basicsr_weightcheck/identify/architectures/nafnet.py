"""NAFNet, and NAFNetLocal, which has the same keys.

Source: megvii-research/NAFNet basicsr/models/archs/NAFNet_arch.py at 01a4c86. Every option is told
by the shapes; the expansions of a block are 2 whatever the options.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Tuple

from basicsr_weightcheck.identify.architectures import layers

KEYS_EACH = 18
MAX_LEVELS = 30  # each doubles the channels and halves the image


def read(shapes: layers.Shapes, width: int, img_channel: int) -> Optional[Dict[str, Any]]:
    counts = layers.block_counts(shapes)
    middle = counts.get('middle_blks.', 0)
    encoders = _read_levels(counts, 'encoders.', 'downs.')
    decoders = _read_levels(counts, 'decoders.', 'ups.')
    if encoders is None or decoders is None:
        return None
    if not layers.in_reach(shapes, middle + sum(encoders) + sum(decoders), KEYS_EACH):
        return None
    return {
        'img_channel': img_channel,
        'width': width,
        'middle_blk_num': middle,
        'enc_blk_nums': encoders,
        'dec_blk_nums': decoders,
    }


def expected_shapes(
    img_channel: int = 3,
    width: int = 16,
    middle_blk_num: int = 1,
    enc_blk_nums: Tuple[int, ...] = (),
    dec_blk_nums: Tuple[int, ...] = (),
) -> layers.Table:
    channels = width
    table = layers.convolution('intro', channels, img_channel, 3)
    table.update(layers.convolution('ending', img_channel, channels, 3))
    encoders: layers.Table = {}
    downs: layers.Table = {}
    ups: layers.Table = {}
    decoders: layers.Table = {}
    for level, count in enumerate(enc_blk_nums):
        encoders.update(layers.repeated(f'encoders.{level}', count, _block(channels)))
        downs.update(layers.convolution(f'downs.{level}', 2 * channels, channels, 2))
        channels *= 2
    middle = layers.repeated('middle_blks', middle_blk_num, _block(channels))
    for level, count in enumerate(dec_blk_nums):
        ups.update(layers.convolution(f'ups.{level}.0', 2 * channels, channels, 1, bias=False))
        channels //= 2
        decoders.update(layers.repeated(f'decoders.{level}', count, _block(channels)))
    return {**table, **encoders, **decoders, **middle, **ups, **downs}


def _read_levels(counts: Mapping[str, int], blocks: str, between: str) -> Optional[Tuple[int, ...]]:
    """Blocks of each level; a level without blocks is known by its resampling."""
    levels = max(counts.get(blocks, 0), counts.get(between, 0))
    if levels > MAX_LEVELS:
        return None
    return tuple(counts.get(f'{blocks}{level}.', 0) for level in range(levels))


def _block(channels: int) -> layers.Table:
    """beta, gamma: (1, channels, 1, 1); conv2 is depthwise; gates halve before conv3 and conv5."""
    table: layers.Table = {'beta': (1, channels, 1, 1), 'gamma': (1, channels, 1, 1)}
    table.update(layers.convolution('conv1', 2 * channels, channels, 1))
    table.update(layers.convolution('conv2', 2 * channels, 1, 3))
    table.update(layers.convolution('conv3', channels, channels, 1))
    table.update(layers.under('sca.', layers.convolution('1', channels, channels, 1)))
    table.update(layers.convolution('conv4', 2 * channels, channels, 1))
    table.update(layers.convolution('conv5', channels, channels, 1))
    return {**table, **layers.norm('norm1', channels), **layers.norm('norm2', channels)}


FAMILY = layers.Family('NAFNet', 'intro.weight', read, expected_shapes)
