"""The Restormer family for BasicSR's registry, with the attention chosen per level.

Written from Zamir et al., "Restormer: Efficient Transformer for High-Resolution Image
Restoration" (CVPR 2022); names of parameters follow the published checkpoints. HTA and WTA attend
between columns and between rows instead of channels.

Shapes: images and features are (batch, channels, height, width), float32.
"""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LEVELS = 4
ALL_MDTA = ('MDTA', 'MDTA', 'MDTA', 'MDTA')


class _Norm(nn.Module):
    """Normalises over channels; `with_bias` False neither centres nor shifts (BiasFree)."""

    def __init__(self, dim: int, with_bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim)) if with_bias else None

    def forward(self, x: Tensor) -> Tensor:
        variance = x.var(dim=1, keepdim=True, unbiased=False)
        scale = self.weight.view(1, -1, 1, 1) * torch.rsqrt(variance + 1e-5)
        if self.bias is None:
            return x * scale
        return (x - x.mean(dim=1, keepdim=True)) * scale + self.bias.view(1, -1, 1, 1)


class LayerNorm(nn.Module):
    """Layer normalisation of a feature map; parameters live under `body`.

    Args:
        dim: channels.
        layer_norm_type: 'BiasFree' or anything else for WithBias.
    """

    def __init__(self, dim: int, layer_norm_type: str) -> None:
        super().__init__()
        self.body = _Norm(dim, layer_norm_type != 'BiasFree')

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x)


class FeedForward(nn.Module):
    """Gated depthwise feed-forward network (GDFN).

    Args:
        dim: channels in and out.
        factor: hidden channels are `int(dim * factor)`.
    """

    def __init__(self, dim: int, factor: float, bias: bool) -> None:
        super().__init__()
        hidden = int(dim * factor)
        self.project_in = nn.Conv2d(dim, hidden * 2, 1, bias=bias)
        self.dwconv = nn.Conv2d(hidden * 2, hidden * 2, 3, padding=1, groups=hidden * 2, bias=bias)
        self.project_out = nn.Conv2d(hidden, dim, 1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        gate, value = self.dwconv(self.project_in(x)).chunk(2, dim=1)
        return self.project_out(F.gelu(gate) * value)


class MDTA(nn.Module):
    """Multi-Dconv head transposed attention: between the channels of each head.

    Args:
        dim: channels, a multiple of `heads`.
        heads: number of heads; `temperature` is (heads, 1, 1).
        bias: convolutions have a bias.
    """

    def __init__(self, dim: int, heads: int, bias: bool) -> None:
        super().__init__()
        self.num_heads = heads
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.qkv = nn.Conv2d(dim, dim * 3, 1, bias=bias)
        self.qkv_dwconv = nn.Conv2d(dim * 3, dim * 3, 3, padding=1, groups=dim * 3, bias=bias)
        self.project_out = nn.Conv2d(dim, dim, 1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv_dwconv(self.qkv(x)).chunk(3, dim=1)
        return self.project_out(_attend(q, k, v, self.temperature, _channels))


class WTA(MDTA):
    """Attention between rows: keys and shapes of MDTA, another computation."""

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv_dwconv(self.qkv(x)).chunk(3, dim=1)
        return self.project_out(_attend(q, k, v, self.temperature, _rows))


class _GatedValue(nn.Module):
    """The value path of HTA: two depthwise steps give a sigmoid gate for the input."""

    def __init__(self, dim: int, bias: bool) -> None:
        super().__init__()
        half = dim // 2
        self.mdc1 = nn.Conv2d(dim, half, 3, padding=1, groups=half, bias=bias)
        self.mdc2 = nn.Conv2d(half, half, 3, padding=1, groups=half, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        near = self.mdc1(x)
        return x * torch.sigmoid(torch.cat([near, self.mdc2(near)], dim=1))


class HTA(nn.Module):
    """Attention between columns, with depthwise q and k and a gated v; arguments as in MDTA."""

    def __init__(self, dim: int, heads: int, bias: bool) -> None:
        super().__init__()
        self.num_heads = heads
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.qkv = nn.Conv2d(dim, dim * 3, 1, bias=bias)
        self.mdc_q = nn.Conv2d(dim, dim, 3, padding=1, groups=dim, bias=bias)
        self.mdc_k = nn.Conv2d(dim, dim, 3, padding=1, groups=dim, bias=bias)
        self.mdc_v = _GatedValue(dim, bias)
        self.project_out = nn.Conv2d(dim, dim, 1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).chunk(3, dim=1)
        attended = _attend(self.mdc_q(q), self.mdc_k(k), self.mdc_v(v), self.temperature, _columns)
        return self.project_out(attended)


def _channels(x: Tensor) -> Tensor:
    """(b, heads, c, h, w) -> (b, heads, c, h*w): tokens are channels."""
    return x.flatten(3)


def _rows(x: Tensor) -> Tensor:
    """(b, heads, c, h, w) -> (b, heads, h, c*w): tokens are rows."""
    return x.transpose(2, 3).flatten(3)


def _columns(x: Tensor) -> Tensor:
    """(b, heads, c, h, w) -> (b, heads, w, c*h): tokens are columns."""
    return x.permute(0, 1, 4, 2, 3).flatten(3)


def _attend(
    q: Tensor, k: Tensor, v: Tensor, temperature: Tensor, tokens: Callable[[Tensor], Tensor]
) -> Tensor:
    """Attention over the axis that `tokens` brings to the front; (b, c, h, w) in and out."""
    batch, dim, height, width = v.shape
    heads = temperature.shape[0]
    q, k, v = (x.reshape(batch, heads, dim // heads, height, width) for x in (q, k, v))
    weights = F.normalize(tokens(q), dim=-1) @ F.normalize(tokens(k), dim=-1).transpose(-2, -1)
    mixed = (weights * temperature).softmax(dim=-1) @ tokens(v)
    if tokens is _rows:
        mixed = mixed.reshape(batch, heads, height, dim // heads, width).transpose(2, 3)
    elif tokens is _columns:
        mixed = mixed.reshape(batch, heads, width, dim // heads, height).permute(0, 1, 3, 4, 2)
    return mixed.reshape(batch, dim, height, width)


ATTENTIONS: Dict[str, Callable[[int, int, bool], nn.Module]] = {
    'MDTA': MDTA, 'HTA': HTA, 'WTA': WTA,
}  # fmt: skip


class TransformerBlock(nn.Module):
    """Norm, attention, norm, feed-forward, each with a skip.

    Args:
        dim: channels.
        heads: attention heads.
        factor: expansion of the feed-forward network.
        norm: 'WithBias' or 'BiasFree'.
        attention: 'MDTA', 'HTA' or 'WTA'; any other raises ValueError.
    """

    def __init__(
        self, dim: int, heads: int, factor: float, bias: bool, norm: str, attention: str
    ) -> None:
        super().__init__()
        if attention not in ATTENTIONS:
            raise ValueError(f'attn_types: expected MDTA, HTA or WTA, found {attention!r}')
        self.norm1 = LayerNorm(dim, norm)
        self.attn = ATTENTIONS[attention](dim, heads, bias)
        self.norm2 = LayerNorm(dim, norm)
        self.ffn = FeedForward(dim, factor, bias)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.ffn(self.norm2(x))


class PatchEmbed(nn.Module):
    """3x3 convolution from image to features."""

    def __init__(self, channels: int, dim: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(channels, dim, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x)


class Resample(nn.Module):
    """Halves (`down`) or doubles the resolution; channels double or halve.

    Args:
        dim: channels in, even.
        down: True (b, c, h, w) -> (b, 2c, h/2, w/2); False -> (b, c/2, 2h, 2w).
    """

    def __init__(self, dim: int, down: bool) -> None:
        super().__init__()
        channels = dim // 2 if down else dim * 2
        shuffle = nn.PixelUnshuffle(2) if down else nn.PixelShuffle(2)
        self.body = nn.Sequential(nn.Conv2d(dim, channels, 3, padding=1, bias=False), shuffle)

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x)


class Restormer(nn.Module):
    """Restormer with one attention type per level; other numbers of levels raise ValueError.

    Args:
        inp_channels: channels of the input image (6 for dual-pixel pairs).
        out_channels: channels of the output image.
        dim: channels of level 1; each level doubles them.
        num_blocks: blocks of levels 1 to 4 (4 is the latent one).
        num_refinement_blocks: blocks after decoder level 1.
        heads: heads of levels 1 to 4.
        ffn_expansion_factor: hidden channels of the feed-forward network over channels.
        LayerNorm_type: 'WithBias' or 'BiasFree'.
        dual_pixel_task: the skip runs through `skip_conv`; input and output differ in channels.
        attn_types: 'MDTA', 'HTA' or 'WTA' for levels 1 to 4; refinement is as level 1.
    """

    def __init__(
        self,
        inp_channels: int = 3,
        out_channels: int = 3,
        dim: int = 48,
        num_blocks: Sequence[int] = (4, 6, 6, 8),
        num_refinement_blocks: int = 4,
        heads: Sequence[int] = (1, 2, 4, 8),
        ffn_expansion_factor: float = 2.66,
        bias: bool = False,
        LayerNorm_type: str = 'WithBias',
        dual_pixel_task: bool = False,
        attn_types: Sequence[str] = ALL_MDTA,
    ) -> None:
        super().__init__()
        for name, value in (
            ('num_blocks', num_blocks),
            ('heads', heads),
            ('attn_types', attn_types),
        ):
            if len(value) != LEVELS:
                raise ValueError(f'{name}: expected {LEVELS} entries, found {len(value)}')

        def stage(level: int, blocks: int, channels: int) -> nn.Sequential:
            arguments = (channels, heads[level], ffn_expansion_factor, bias, LayerNorm_type)
            made: List[nn.Module] = [
                TransformerBlock(*arguments, attn_types[level]) for _ in range(blocks)
            ]
            return nn.Sequential(*made)

        self.patch_embed = PatchEmbed(inp_channels, dim)  # never a bias, whatever `bias` says
        self.encoder_level1 = stage(0, num_blocks[0], dim)
        self.down1_2 = Resample(dim, down=True)
        self.encoder_level2 = stage(1, num_blocks[1], dim * 2)
        self.down2_3 = Resample(dim * 2, down=True)
        self.encoder_level3 = stage(2, num_blocks[2], dim * 4)
        self.down3_4 = Resample(dim * 4, down=True)
        self.latent = stage(3, num_blocks[3], dim * 8)
        self.up4_3 = Resample(dim * 8, down=False)
        self.reduce_chan_level3 = nn.Conv2d(dim * 8, dim * 4, 1, bias=bias)
        self.decoder_level3 = stage(2, num_blocks[2], dim * 4)
        self.up3_2 = Resample(dim * 4, down=False)
        self.reduce_chan_level2 = nn.Conv2d(dim * 4, dim * 2, 1, bias=bias)
        self.decoder_level2 = stage(1, num_blocks[1], dim * 2)
        self.up2_1 = Resample(dim * 2, down=False)
        self.decoder_level1 = stage(0, num_blocks[0], dim * 2)
        self.refinement = stage(0, num_refinement_blocks, dim * 2)
        self.skip_conv = nn.Conv2d(dim, dim * 2, 1, bias=bias) if dual_pixel_task else None
        self.output = nn.Conv2d(dim * 2, out_channels, 3, padding=1, bias=bias)

    def forward(self, image: Tensor) -> Tensor:
        """Restore an image.

        Args:
            image: (b, inp_channels, h, w), h and w multiples of 8.

        Returns:
            (b, out_channels, h, w).
        """
        shallow = self.patch_embed(image)
        level1 = self.encoder_level1(shallow)
        level2 = self.encoder_level2(self.down1_2(level1))
        level3 = self.encoder_level3(self.down2_3(level2))
        x = self.up4_3(self.latent(self.down3_4(level3)))
        x = self.decoder_level3(self.reduce_chan_level3(torch.cat([x, level3], dim=1)))
        x = self.decoder_level2(self.reduce_chan_level2(torch.cat([self.up3_2(x), level2], dim=1)))
        x = self.refinement(self.decoder_level1(torch.cat([self.up2_1(x), level1], dim=1)))
        if self.skip_conv is not None:
            return self.output(x + self.skip_conv(shallow))
        return self.output(x) + image
