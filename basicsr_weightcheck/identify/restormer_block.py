"""Keys of one block of Restormer.

Source: archs/restormer_arch.py of this package, `TransformerBlock`.
"""

from __future__ import annotations

from basicsr_weightcheck.identify.layers import Table, convolution, norm, under


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
