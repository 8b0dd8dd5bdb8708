"""Restormer, with the attention of each level where it is not all MDTA.

Source: archs/restormer_arch.py of this package, `Restormer`, `TransformerBlock`; with all-MDTA
levels the options are those of swz30/Restormer basicsr/models/archs/restormer_arch.py. Not told by
the shapes: WTA, which has keys and shapes of MDTA and is read as MDTA.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, Mapping, NamedTuple, Optional, Sequence, Tuple

from basicsr_weightcheck.identify.architectures import layers

KEYS_EACH = 9  # of a block without biases
USUAL_HEADS = (1, 2, 4, 8)
USUAL_FACTOR = 2.66
WITH_BIAS = 'WithBias'
BIASED = ('output.bias', 'reduce_chan_level3.bias', 'reduce_chan_level2.bias')


class Stage(NamedTuple):
    """A list of equal blocks.

    Attributes:
        name: of the module.
        level: 0 to 3 (latent), the place in num_blocks, heads and attn_types.
        width: channels over `dim`.
    """

    name: str
    level: int
    width: int


STAGES = (
    Stage('encoder_level1', 0, 1),
    Stage('encoder_level2', 1, 2),
    Stage('encoder_level3', 2, 4),
    Stage('latent', 3, 8),
    Stage('decoder_level3', 2, 4),
    Stage('decoder_level2', 1, 2),
    Stage('decoder_level1', 0, 2),
    Stage('refinement', 0, 2),
)
REFINEMENT = STAGES[-1]  # has a number of blocks of its own
BY_LEVEL = tuple(tuple(stage for stage in STAGES if stage.level == level) for level in range(4))


def read(shapes: layers.Shapes, dim: int, inp_channels: int) -> Optional[Dict[str, Any]]:
    counts = _read_counts(shapes)
    blocks = sum(counts.values())
    if not layers.in_reach(shapes, blocks, KEYS_EACH):
        return None
    heads = [
        layers.voted(shapes, _keys(counts, stages, 'attn.temperature'), 0) for stages in BY_LEVEL
    ]
    usual = tuple(own or usual for own, usual in zip(heads, USUAL_HEADS))
    attention = tuple(_read_attention(shapes, counts, stages) for stages in BY_LEVEL)
    mixed = len(set(attention)) > 1
    has_bias = any(key in shapes for key in _keys(counts, STAGES, 'norm1.body.bias'))
    norm_type = WITH_BIAS if has_bias else 'BiasFree'
    factor = layers.shortest_factor(_read_hidden(shapes, counts, dim))
    return {
        'inp_channels': inp_channels,
        'out_channels': layers.told(layers.channels_out(shapes, 'output'), inp_channels),
        'dim': dim,
        'num_blocks': tuple(counts[stages[0]] for stages in BY_LEVEL),
        'num_refinement_blocks': counts[REFINEMENT],
        'heads': layers.Guess(usual) if None in heads else usual,
        'ffn_expansion_factor': layers.told(factor, USUAL_FACTOR),
        'bias': not shapes.keys().isdisjoint(BIASED),
        'LayerNorm_type': norm_type if blocks else layers.Guess(WITH_BIAS),
        'dual_pixel_task': 'skip_conv.weight' in shapes,
        # All MDTA is the public class; beside HTA a level of MDTA may be one of WTA.
        'attn_types': None
        if 'HTA' not in attention
        else layers.Guess(attention)
        if mixed
        else attention,
    }


def expected_shapes(
    inp_channels: int = 3,
    out_channels: int = 3,
    dim: int = 48,
    num_blocks: Tuple[int, ...] = (4, 6, 6, 8),
    num_refinement_blocks: int = 4,
    heads: Tuple[int, ...] = USUAL_HEADS,
    ffn_expansion_factor: float = USUAL_FACTOR,
    bias: bool = False,
    LayerNorm_type: str = WITH_BIAS,
    dual_pixel_task: bool = False,
    attn_types: Optional[Tuple[str, ...]] = None,
) -> layers.Table:
    blocks: Dict[str, layers.Table] = {}
    for stage in STAGES:
        count = num_refinement_blocks if stage is REFINEMENT else num_blocks[stage.level]
        channels = dim * stage.width
        block = expected_block(
            channels,
            heads[stage.level],
            int(channels * ffn_expansion_factor),
            is_hta=attn_types is not None and attn_types[stage.level] == 'HTA',
            bias=bias,
            norm_bias=LayerNorm_type != 'BiasFree',
        )
        blocks[stage.name] = layers.repeated(stage.name, count, block)
    table = layers.convolution('patch_embed.proj', dim, inp_channels, 3, bias=False)
    for number, stage in enumerate(STAGES[:3], start=1):
        table.update(blocks[stage.name])
        width = dim * stage.width
        down = f'down{number}_{number + 1}.body.0'
        table.update(layers.convolution(down, width // 2, width, 3, bias=False))
    table.update(blocks['latent'])
    for number in (3, 2, 1):
        width = dim << number  # of the level below, which is brought up
        up = f'up{number + 1}_{number}.body.0'
        table.update(layers.convolution(up, 2 * width, width, 3, bias=False))
        if number > 1:  # level 1 keeps both halves
            reduce = f'reduce_chan_level{number}'
            table.update(layers.convolution(reduce, width // 2, width, 1, bias=bias))
        table.update(blocks[f'decoder_level{number}'])
    table.update(blocks['refinement'])
    if dual_pixel_task:
        table.update(layers.convolution('skip_conv', 2 * dim, dim, 1, bias=bias))
    table.update(layers.convolution('output', out_channels, 2 * dim, 3, bias=bias))
    return table


def _read_counts(shapes: layers.Shapes) -> Dict[Stage, int]:
    """Blocks of each stage; encoder and decoder of a level have the same number."""
    counts = layers.block_counts(shapes)
    found = {stage: counts.get(f'{stage.name}.', 0) for stage in STAGES}
    paired = [[stage for stage in stages if stage is not REFINEMENT] for stages in BY_LEVEL]
    for stages in paired:
        most = max(found[stage] for stage in stages)
        found.update((stage, most) for stage in stages)
    return found


def _keys(counts: Mapping[Stage, int], stages: Sequence[Stage], ending: str) -> Iterator[str]:
    """The keys of one ending in all blocks of some stages."""
    for stage in stages:
        for n in range(counts[stage]):
            yield f'{stage.name}.{n}.{ending}'


def _read_attention(
    shapes: layers.Shapes, counts: Mapping[Stage, int], stages: Sequence[Stage]
) -> str:
    keys = _keys(counts, stages, 'attn.mdc_q.weight')
    return 'HTA' if any(key in shapes for key in keys) else 'MDTA'


def _read_hidden(
    shapes: layers.Shapes, counts: Mapping[Stage, int], dim: int
) -> Iterator[Tuple[int, int]]:
    """(channels, hidden channels of the feed-forward network) of each stage."""
    for stage in STAGES:
        hidden = layers.voted(shapes, _keys(counts, (stage,), 'ffn.project_out.weight'), 1)
        if hidden is not None:
            yield dim * stage.width, hidden


def expected_block(
    channels: int, heads: int, hidden: int, *, is_hta: bool, bias: bool, norm_bias: bool
) -> layers.Table:
    """Norm, attention, norm, gated feed-forward network.

    Args:
        hidden: channels of the feed-forward network, of the gate and of the value each.
        is_hta: the attention is HTA; MDTA and WTA have the same keys.
        norm_bias: norms have one.
    """
    mdta = layers.convolution('qkv_dwconv', 3 * channels, 1, 3, bias=bias)
    return {
        **layers.norm('norm1.body', channels, bias=norm_bias),
        'attn.temperature': (heads, 1, 1),
        **layers.convolution('attn.qkv', 3 * channels, channels, 1, bias=bias),
        **layers.under('attn.', _hta(channels, bias) if is_hta else mdta),
        **layers.convolution('attn.project_out', channels, channels, 1, bias=bias),
        **layers.norm('norm2.body', channels, bias=norm_bias),
        **layers.convolution('ffn.project_in', 2 * hidden, channels, 1, bias=bias),
        **layers.convolution('ffn.dwconv', 2 * hidden, 1, 3, bias=bias),
        **layers.convolution('ffn.project_out', channels, hidden, 1, bias=bias),
    }


def _hta(channels: int, bias: bool) -> layers.Table:
    """Depthwise q and k; the gate of v takes the channels in pairs, then one by one."""
    half = channels // 2
    return {
        **layers.convolution('mdc_q', channels, 1, 3, bias=bias),
        **layers.convolution('mdc_k', channels, 1, 3, bias=bias),
        **layers.convolution('mdc_v.mdc1', half, 2, 3, bias=bias),
        **layers.convolution('mdc_v.mdc2', half, 1, 3, bias=bias),
    }


FAMILY = layers.Family('Restormer', 'patch_embed.proj.weight', read, expected_shapes)
