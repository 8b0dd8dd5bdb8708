"""A NAFNet of torch modules for its names and shapes; nothing is ever run through it."""

from __future__ import annotations

from typing import Dict, Sequence

import torch
from torch import nn


# A checker that does not follow torch takes nn.Module for Any.
class ChannelNorm(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))


class Block(nn.Module):
    """Both gates halve the channels of the convolution before them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        wide = 2 * channels
        attention: Dict[str, nn.Module] = {'1': nn.Conv2d(channels, channels, 1)}
        self.conv1 = nn.Conv2d(channels, wide, 1)
        self.conv2 = nn.Conv2d(wide, wide, 3, padding=1, groups=wide)
        self.conv3 = nn.Conv2d(channels, channels, 1)
        self.sca = nn.ModuleDict(attention)
        self.conv4 = nn.Conv2d(channels, wide, 1)
        self.conv5 = nn.Conv2d(channels, channels, 1)
        self.norm1 = ChannelNorm(channels)
        self.norm2 = ChannelNorm(channels)
        self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.gamma = nn.Parameter(torch.zeros(1, channels, 1, 1))


class NAFNet(nn.Module):
    def __init__(
        self,
        img_channel: int = 3,
        width: int = 16,
        middle_blk_num: int = 1,
        enc_blk_nums: Sequence[int] = (),
        dec_blk_nums: Sequence[int] = (),
    ) -> None:
        super().__init__()
        widths = [width << level for level in range(len(enc_blk_nums) + 1)]
        self.intro = nn.Conv2d(img_channel, width, 3, padding=1)
        self.ending = nn.Conv2d(width, img_channel, 3, padding=1)
        self.encoders = nn.ModuleList(map(blocks, widths, enc_blk_nums))
        bottom = widths[-1]
        decoded = [bottom >> level for level in range(len(dec_blk_nums) + 1)]
        self.decoders = nn.ModuleList(map(blocks, decoded[1:], dec_blk_nums))
        self.middle_blks = blocks(bottom, middle_blk_num)
        self.ups = nn.ModuleList(
            nn.Sequential(nn.Conv2d(channels, 2 * channels, 1, bias=False), nn.PixelShuffle(2))
            for channels in decoded[:-1]
        )
        self.downs = nn.ModuleList(
            nn.Conv2d(channels, 2 * channels, 2, stride=2) for channels in widths[:-1]
        )


def blocks(channels: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(Block(channels) for _ in range(count)))
