"""SwinIR, in the order of its forward pass: image size, body, output.

A block whose number is odd is shifted, and then keeps a mask for this size of image: one cell per
window. Where the image is no larger than a window, no block is shifted.

Source: basicsr 1.4.2 archs/swinir_arch.py `SwinIR.__init__`, `SwinTransformerBlock.__init__`,
`calculate_mask`, `UpsampleOneStep`. Not told by the shapes: patch_size, drop rates,
use_checkpoint, img_range; upscale where nothing is enlarged; img_size where no block is shifted or
the buffers are gone, and height from width where they differ. qk_scale keeps its default.
"""

from __future__ import annotations

from itertools import chain
from math import isqrt
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from basicsr_weightcheck.identify.architectures import layers

POSITIONS = 'attn.relative_position_bias_table'
KEYS_EACH = 12  # of a block without bias of qkv
USUAL_HEADS = 6
NUM_FEAT = 64  # whatever the options
SHUFFLE, DIRECT, NEAREST, NO_UPSAMPLER = 'pixelshuffle', 'pixelshuffledirect', 'nearest+conv', ''
NEAREST_LAYERS = ('conv_up1', 'conv_up2', 'conv_hr')
ImageSize = Union[int, Tuple[int, int]]
USUAL = 64
DIVISORS = 10_000  # tried; sides further apart than this are no image


def read(shapes: layers.Shapes, embed_dim: int, in_chans: int) -> Optional[Dict[str, Any]]:
    counts = layers.block_counts(shapes)
    depths = _read_depths(counts)
    if not layers.in_reach(shapes, sum(depths), KEYS_EACH):
        return None
    groups = [_block_names(layer, depth) for layer, depth in enumerate(depths)]
    blocks = sum(groups, [])
    # A table of positions is ((2 * side - 1)**2, heads).
    positions = layers.voted(shapes, _keys(blocks, POSITIONS), 0)
    if positions is None:
        return None
    window = (isqrt(positions) + 1) // 2
    heads = [layers.voted(shapes, _keys(names, POSITIONS), 1) for names in groups]
    filled = _filled(heads, USUAL_HEADS)
    hidden = layers.voted(shapes, _keys(blocks, 'mlp.fc1.weight'), 0)
    upsampler = read_upsampler(shapes)
    return {
        'img_size': read_image_size(shapes, groups, window),
        'in_chans': in_chans,
        'embed_dim': embed_dim,
        'depths': depths,
        'num_heads': layers.Guess(filled) if None in heads else filled,
        'window_size': window,
        'mlp_ratio': layers.told(hidden and layers.shortest_factor([(embed_dim, hidden)]), 4.0),
        'qkv_bias': not shapes.keys().isdisjoint(_keys(blocks, 'attn.qkv.bias')),
        'ape': 'absolute_pos_embed' in shapes,
        'patch_norm': layers.channels_out(shapes, 'patch_embed.norm') is not None,
        'upscale': layers.told(read_upscale(shapes, counts, upsampler, in_chans), 1),
        'upsampler': upsampler,
        'resi_connection': _read_connection(shapes, len(depths)),
    }


def expected_shapes(
    img_size: ImageSize = 64,
    patch_size: int = 1,
    in_chans: int = 3,
    embed_dim: int = 96,
    depths: Tuple[int, ...] = (6, 6, 6, 6),
    num_heads: Tuple[int, ...] = (6, 6, 6, 6),
    window_size: int = 7,
    mlp_ratio: float = 4.0,
    qkv_bias: bool = True,
    drop_rate: float = 0.0,
    attn_drop_rate: float = 0.0,
    drop_path_rate: float = 0.1,
    ape: bool = False,
    patch_norm: bool = True,
    use_checkpoint: bool = False,
    upscale: int = 2,
    img_range: float = 1.0,
    upsampler: str = '',
    resi_connection: str = '1conv',
) -> layers.Table:
    height, width = both_sides(img_size, patch_size)
    window = min(window_size, height, width)
    is_shifted = window > 1 and min(height, width) > window
    windows = (height // window) * (width // window) if is_shifted else 0
    sizes = embed_dim, int(embed_dim * mlp_ratio), window
    table: layers.Table = {'absolute_pos_embed': (1, height * width, embed_dim)} if ape else {}
    table.update(layers.convolution('conv_first', embed_dim, in_chans, 3))
    if patch_norm:
        table.update(layers.norm('patch_embed.norm', embed_dim))
    for layer, (depth, heads) in enumerate(zip(depths, num_heads)):
        pair = [_block(*sizes, heads, qkv_bias, masks) for masks in (0, windows)]
        for number, name in enumerate(_block_names(layer, depth)):
            table.update(layers.under(f'{name}.', pair[number % 2]))
        table.update(_connection(f'layers.{layer}.conv', embed_dim, resi_connection))
    table.update(layers.norm('norm', embed_dim))
    table.update(_connection('conv_after_body', embed_dim, resi_connection))
    return {**table, **expected_output(embed_dim, in_chans, upsampler, upscale)}


def _read_depths(counts: Mapping[str, int]) -> Tuple[int, ...]:
    """Blocks of each layer; a layer that the table lacks is taken to be as most others are."""
    groups = range(counts.get('layers.', 0))
    depths = [counts.get(f'layers.{layer}.residual_group.blocks.') for layer in groups]
    return _filled(depths, 0)


def _filled(found: Sequence[Optional[int]], otherwise: int) -> Tuple[int, ...]:
    """The numbers, with the most frequent one where there is none."""
    usual = layers.most_common(found) or otherwise
    return tuple(number or usual for number in found)


def _block_names(layer: int, depth: int) -> List[str]:
    return [f'layers.{layer}.residual_group.blocks.{block}' for block in range(depth)]


def _keys(blocks: Sequence[str], ending: str) -> List[str]:
    return [f'{name}.{ending}' for name in blocks]


def _read_connection(shapes: layers.Shapes, groups: int) -> str:
    names = ['conv_after_body', *(f'layers.{layer}.conv' for layer in range(groups))]
    return '3conv' if any(f'{name}.0.weight' in shapes for name in names) else '1conv'


def _block(
    dim: int, hidden: int, window: int, heads: int, qkv_bias: bool, masks: int
) -> layers.Table:
    """A mask of every window where the block is shifted; position tables; attention; MLP."""
    tokens = window**2
    table: layers.Table = {'attn_mask': (masks, tokens, tokens)} if masks else {}
    table.update(layers.norm('norm1', dim))
    table[POSITIONS] = ((2 * window - 1) ** 2, heads)
    table['attn.relative_position_index'] = (tokens, tokens)
    table.update(layers.linear('attn.qkv', 3 * dim, dim, bias=qkv_bias))
    table.update(layers.linear('attn.proj', dim, dim))
    table.update(layers.norm('norm2', dim))
    table.update(layers.linear('mlp.fc1', hidden, dim))
    table.update(layers.linear('mlp.fc2', dim, hidden))
    return table


def _connection(name: str, dim: int, kind: str) -> layers.Table:
    if kind == '1conv':
        return layers.convolution(name, dim, dim, 3)
    narrow = dim // 4
    return {
        **layers.convolution(f'{name}.0', narrow, dim, 3),
        **layers.convolution(f'{name}.2', narrow, narrow, 1),
        **layers.convolution(f'{name}.4', dim, narrow, 3),
    }


def read_upsampler(shapes: layers.Shapes) -> str:
    """The value of `upsampler`."""
    if any(layers.channels_out(shapes, name) is not None for name in NEAREST_LAYERS):
        return NEAREST
    if layers.channels_out(shapes, 'conv_before_upsample.0') is not None:
        return SHUFFLE
    return NO_UPSAMPLER if layers.channels_out(shapes, 'upsample.0') is None else DIRECT


def read_upscale(
    shapes: layers.Shapes, counts: Mapping[str, int], upsampler: str, in_chans: int
) -> Optional[int]:
    """The value of `upscale`; None where nothing is enlarged, and the option without use."""
    if upsampler == SHUFFLE:
        return layers.read_scale(shapes, counts, NUM_FEAT)
    if upsampler == DIRECT:
        widened = layers.channels_out(shapes, 'upsample.0') or 0
        return isqrt(widened // in_chans) or None
    return 4 if upsampler == NEAREST else None


def expected_output(dim: int, channels: int, upsampler: str, upscale: int) -> layers.Table:
    """conv_before_upsample.0: (64, dim, 3, 3), where there is one; conv_last: (channels, ...).

    Args:
        dim: channels of the body.
        channels: of the image.
    """
    if upsampler == DIRECT:
        return layers.convolution('upsample.0', channels * upscale**2, dim, 3)
    if upsampler == NO_UPSAMPLER:
        return layers.convolution('conv_last', channels, dim, 3)
    table = layers.convolution('conv_before_upsample.0', NUM_FEAT, dim, 3)
    if upsampler == SHUFFLE:
        table.update(layers.expected_upsampler(upscale, NUM_FEAT))
    else:
        for name in NEAREST_LAYERS:
            table.update(layers.convolution(name, NUM_FEAT, NUM_FEAT, 3))
    table.update(layers.convolution('conv_last', channels, NUM_FEAT, 3))
    return table


def read_image_size(
    shapes: layers.Shapes, groups: Sequence[Sequence[str]], window: int
) -> Union[ImageSize, layers.Guess]:
    """The value of `img_size`, a guess where the shapes do not settle it.

    A square is settled: oblong images of the same area are not thought of. Height and width of
    an oblong one are not.

    Args:
        groups: of each layer, the names of its blocks.
        window: side of a window.
    """
    odd_blocks = list(chain.from_iterable(names[1::2] for names in groups))
    windows = layers.voted(shapes, (f'{name}.attn_mask' for name in odd_blocks), 0)
    pixels = layers.size(shapes, 'absolute_pos_embed', 1)
    if windows is not None:
        return _sized(_sides(windows), window)
    shifted = odd_blocks if window > 1 else []
    # The index is a buffer too: where it stays, the masks were not stripped but never there.
    indices = [f'{name}.attn.relative_position_index' for name in shifted]
    if not shapes.keys().isdisjoint(indices):
        return layers.Guess(window) if pixels is None else _sized((window, pixels // window), 1)
    unit = window if shifted else 1
    if pixels is not None:
        return _sized(_sides(pixels // unit**2), unit)
    return layers.Guess(window * max(USUAL // window, 2))


def both_sides(image: ImageSize, patch: int) -> Tuple[int, int]:
    """Height and width in patches."""
    height, width = (image, image) if isinstance(image, int) else image
    return height // patch, width // patch


def _sized(sides: Tuple[int, int], unit: int) -> Union[ImageSize, layers.Guess]:
    height, width = (max(side, 1) * unit for side in sides)
    return height if height == width else layers.Guess((height, width))


def _sides(area: int) -> Tuple[int, int]:
    """The two factors nearest to each other, smaller first."""
    root = isqrt(area)
    for side in range(root, max(root - DIVISORS, 0), -1):
        if area % side == 0:
            return side, area // side
    return 1, area


FAMILY = layers.Family('SwinIR', 'conv_first.weight', read, expected_shapes)
