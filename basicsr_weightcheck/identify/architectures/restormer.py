"""Restormer, with the attention of each level where it is not all MDTA.

Source: archs/restormer_arch.py of this package, `Restormer`, `TransformerBlock`; with all-MDTA
levels the options are those of swz30/Restormer basicsr/models/archs/restormer_arch.py. Not told by
the shapes: WTA, which has keys and shapes of MDTA and is read as MDTA.
"""

from __future__ import annotations

from typing import Dict, Iterator, Mapping, NamedTuple, Optional, Sequence, Tuple

from basicsr_weightcheck.identify.architectures.layers import (
    Family,
    Shapes,
    Table,
    block_counts,
    channels_out,
    convolution,
    in_reach,
    norm,
    repeated,
    shortest_factor,
    under,
    untold,
    voted,
)

KEYS_EACH = 9  # of a block without biases
USUAL_HEADS = (1, 2, 4, 8)
USUAL_FACTOR = 2.66
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


class Options(NamedTuple):
    """Of `Restormer.__init__`, in its order; `traceless` as in Identity.

    Attributes:
        attn_types: None for all MDTA, so that the public class takes the options.
    """

    inp_channels: int = 3
    out_channels: int = 3
    dim: int = 48
    num_blocks: Tuple[int, ...] = (4, 6, 6, 8)
    num_refinement_blocks: int = 4
    heads: Tuple[int, ...] = USUAL_HEADS
    ffn_expansion_factor: float = USUAL_FACTOR
    bias: bool = False
    LayerNorm_type: str = 'WithBias'
    dual_pixel_task: bool = False
    attn_types: Optional[Tuple[str, ...]] = None
    traceless: Tuple[str, ...] = ()


def read(shapes: Shapes, dim: int, inp_channels: int) -> Optional[Options]:
    """As `Family.read`."""
    counts = _read_counts(shapes)
    if not in_reach(shapes, sum(counts.values()), KEYS_EACH):
        return None
    heads, heads_are_told = _read_heads(shapes, counts)
    attention = tuple(_read_attention(shapes, counts, stages) for stages in BY_LEVEL)
    has_hta = 'HTA' in attention
    factor = shortest_factor(_read_hidden(shapes, counts, dim))
    out_channels = channels_out(shapes, 'output')
    guessed = untold(
        out_channels=out_channels,
        heads=heads_are_told,
        ffn_expansion_factor=factor,
        LayerNorm_type=sum(counts.values()) or None,
        attn_types=None if has_hta and 'MDTA' in attention else attention,
    )
    return Options(
        inp_channels=inp_channels,
        out_channels=out_channels or inp_channels,
        dim=dim,
        num_blocks=tuple(counts[stages[0]] for stages in BY_LEVEL),
        num_refinement_blocks=counts[REFINEMENT],
        heads=heads,
        ffn_expansion_factor=factor or USUAL_FACTOR,
        bias=not shapes.keys().isdisjoint(BIASED),
        LayerNorm_type=_read_norm(shapes, counts),
        dual_pixel_task='skip_conv.weight' in shapes,
        attn_types=attention if has_hta else None,
        traceless=guessed,
    )


def expected_shapes(options: Options) -> Table:
    """As `Family.expected_shapes`."""
    dim, bias = options.dim, options.bias
    blocks = {stage.name: _stage(stage, options) for stage in STAGES}
    table = convolution('patch_embed.proj', dim, options.inp_channels, 3, bias=False)
    for number, stage in enumerate(STAGES[:3], start=1):
        table.update(blocks[stage.name])
        width = dim * stage.width
        down = f'down{number}_{number + 1}.body.0'
        table.update(convolution(down, width // 2, width, 3, bias=False))
    table.update(blocks['latent'])
    for number in (3, 2, 1):
        width = dim << number  # of the level below, which is brought up
        up = f'up{number + 1}_{number}.body.0'
        table.update(convolution(up, 2 * width, width, 3, bias=False))
        if number > 1:  # level 1 keeps both halves
            reduce = f'reduce_chan_level{number}'
            table.update(convolution(reduce, width // 2, width, 1, bias=bias))
        table.update(blocks[f'decoder_level{number}'])
    table.update(blocks['refinement'])
    if options.dual_pixel_task:
        table.update(convolution('skip_conv', 2 * dim, dim, 1, bias=bias))
    table.update(convolution('output', options.out_channels, 2 * dim, 3, bias=bias))
    return table


def _read_counts(shapes: Shapes) -> Dict[Stage, int]:
    """Blocks of each stage; encoder and decoder of a level have the same number."""
    counts = block_counts(shapes)
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


def _read_heads(
    shapes: Shapes, counts: Mapping[Stage, int]
) -> Tuple[Tuple[int, ...], Optional[bool]]:
    """(heads of each level, None where a level does not tell its own)."""
    found = [voted(shapes, _keys(counts, stages, 'attn.temperature'), 0) for stages in BY_LEVEL]
    heads = tuple(own or usual for own, usual in zip(found, USUAL_HEADS))
    return heads, None if None in found else True


def _read_attention(shapes: Shapes, counts: Mapping[Stage, int], stages: Sequence[Stage]) -> str:
    keys = _keys(counts, stages, 'attn.mdc_q.weight')
    return 'HTA' if any(key in shapes for key in keys) else 'MDTA'


def _read_norm(shapes: Shapes, counts: Mapping[Stage, int]) -> str:
    """'WithBias', the default, also where there is no block."""
    biased = any(key in shapes for key in _keys(counts, STAGES, 'norm1.body.bias'))
    return 'WithBias' if biased or not sum(counts.values()) else 'BiasFree'


def _read_hidden(
    shapes: Shapes, counts: Mapping[Stage, int], dim: int
) -> Iterator[Tuple[int, int]]:
    """(channels, hidden channels of the feed-forward network) of each stage."""
    for stage in STAGES:
        hidden = voted(shapes, _keys(counts, (stage,), 'ffn.project_out.weight'), 1)
        if hidden is not None:
            yield dim * stage.width, hidden


def _stage(stage: Stage, options: Options) -> Table:
    is_own = stage is REFINEMENT
    count = options.num_refinement_blocks if is_own else options.num_blocks[stage.level]
    channels = options.dim * stage.width
    block = expected_block(
        channels,
        options.heads[stage.level],
        int(channels * options.ffn_expansion_factor),
        is_hta=options.attn_types is not None and options.attn_types[stage.level] == 'HTA',
        bias=options.bias,
        norm_bias=options.LayerNorm_type != 'BiasFree',
    )
    return repeated(stage.name, count, block)


def expected_block(
    channels: int, heads: int, hidden: int, *, is_hta: bool, bias: bool, norm_bias: bool
) -> Table:
    """Norm, attention, norm, gated feed-forward network.

    Args:
        hidden: channels of the feed-forward network, of the gate and of the value each.
        is_hta: the attention is HTA; MDTA and WTA have the same keys.
        bias: convolutions have a bias.
        norm_bias: norms have one.
    """
    attention = _hta(channels, bias) if is_hta else _mdta(channels, bias)
    return {
        **norm('norm1.body', channels, bias=norm_bias),
        'attn.temperature': (heads, 1, 1),
        **under('attn.', attention),
        **norm('norm2.body', channels, bias=norm_bias),
        **convolution('ffn.project_in', 2 * hidden, channels, 1, bias=bias),
        **convolution('ffn.dwconv', 2 * hidden, 1, 3, bias=bias),
        **convolution('ffn.project_out', channels, hidden, 1, bias=bias),
    }


def _mdta(channels: int, bias: bool) -> Table:
    return {
        **convolution('qkv', 3 * channels, channels, 1, bias=bias),
        **convolution('qkv_dwconv', 3 * channels, 1, 3, bias=bias),
        **convolution('project_out', channels, channels, 1, bias=bias),
    }


def _hta(channels: int, bias: bool) -> Table:
    """Depthwise q and k; the gate of v takes the channels in pairs, then one by one."""
    half = channels // 2
    return {
        **convolution('qkv', 3 * channels, channels, 1, bias=bias),
        **convolution('mdc_q', channels, 1, 3, bias=bias),
        **convolution('mdc_k', channels, 1, 3, bias=bias),
        **convolution('mdc_v.mdc1', half, 2, 3, bias=bias),
        **convolution('mdc_v.mdc2', half, 1, 3, bias=bias),
        **convolution('project_out', channels, channels, 1, bias=bias),
    }


FAMILY = Family('Restormer', 'patch_embed.proj.weight', Options, read, expected_shapes)
