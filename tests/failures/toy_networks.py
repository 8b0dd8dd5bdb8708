"""Networks that differ from those of basicsr in one thing, registered for the tests' child too."""

from __future__ import annotations

from typing import Any

import torch
from basicsr.archs.discriminator_arch import UNetDiscriminatorSN
from basicsr.archs.edsr_arch import EDSR
from basicsr.archs.swinir_arch import SwinIR
from basicsr.utils.registry import ARCH_REGISTRY
from torch import nn
from torch.nn.utils import parametrizations


@ARCH_REGISTRY.register()
class AttentiveEDSR(EDSR):
    """EDSR whose blocks got a channel attention later."""

    def __init__(self, num_feat: int, **options: Any) -> None:
        super().__init__(num_feat=num_feat, **options)
        for block in self.body:
            block.channel_attention = nn.Sequential(nn.Conv2d(num_feat, num_feat, 1), nn.Sigmoid())


@ARCH_REGISTRY.register()
class HatLike(SwinIR):
    """SwinIR with a convolution beside every attention, as HAT has; nothing here knows it."""

    def __init__(self, embed_dim: int, **options: Any) -> None:
        super().__init__(embed_dim=embed_dim, **options)
        for layer in self.layers:
            for block in layer.residual_group.blocks:
                block.conv_block = nn.Sequential(*(nn.Conv2d(embed_dim, 4, 3) for _ in range(5)))


@ARCH_REGISTRY.register()
class PlainUNet(UNetDiscriminatorSN):
    """The discriminator of Real-ESRGAN without spectral normalization."""

    def __init__(self, num_in_ch: int, num_feat: int) -> None:
        super().__init__(num_in_ch, num_feat)
        for number in range(1, 9):
            normed = getattr(self, f'conv{number}')
            sizes = normed.in_channels, normed.out_channels, normed.kernel_size
            setattr(self, f'conv{number}', nn.Conv2d(*sizes, bias=False))


@ARCH_REGISTRY.register()
class ParametrizedUNet(PlainUNet):
    """The same, normalized in torch's newer form."""

    def __init__(self, num_in_ch: int, num_feat: int) -> None:
        super().__init__(num_in_ch, num_feat)
        for number in range(1, 9):
            parametrizations.spectral_norm(getattr(self, f'conv{number}'))


@ARCH_REGISTRY.register()
class Sequence(nn.Module):
    """Layers in a row; `start` numbers the first."""

    def __init__(self, width: int = 4, start: str = 'zero', norm: str = 'instance') -> None:
        super().__init__()
        layers = [nn.Identity()] if start == 'one' else []
        for _ in range(3):
            layers += [nn.Conv2d(width, width, 3), _norm(norm, width), nn.ReLU()]
        self.model = nn.Sequential(*layers)


@ARCH_REGISTRY.register()
class Wrapping(nn.Module):
    """Keeps its layers in a part called `module`."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.module = nn.Sequential(nn.Conv2d(width, width, 3), nn.Conv2d(width, width, 3))


def _norm(kind: str, width: int) -> nn.Module:
    if kind == 'batch':
        return nn.BatchNorm2d(width)
    return nn.InstanceNorm2d(width, affine=True)


@ARCH_REGISTRY.register()
class SquareWindows(nn.Module):
    """Tables of positions and a mask for each window; the image has to be full of windows."""

    def __init__(self, img_size: int = 66, window_size: int = 22, dim: int = 4) -> None:
        super().__init__()
        if img_size % window_size:
            raise ValueError(f'{img_size} is no multiple of {window_size}')
        tokens, across = window_size**2, img_size // window_size
        self.embed = nn.Conv2d(3, dim, 3)
        self.positions = nn.Parameter(torch.zeros((2 * window_size - 1) ** 2, dim))
        self.register_buffer('attn_mask', torch.zeros(across**2, tokens, tokens))
        self.tail = nn.Conv2d(dim, 3, 3)


@ARCH_REGISTRY.register()
class PaddedWindows(nn.Module):
    """The last windows are padded, and every key stands for four tokens, as in SRFormer."""

    def __init__(self, img_size: int = 64, window_size: int = 22, dim: int = 4) -> None:
        super().__init__()
        tokens, across = window_size**2, -(-img_size // window_size)
        self.embed = nn.Conv2d(3, dim, 3)
        self.positions = nn.Parameter(torch.zeros((window_size - 1) ** 2, dim))
        self.register_buffer('attn_mask', torch.zeros(across**2, tokens, tokens // 4))
        self.tail = nn.Conv2d(dim, 3, 3)


@ARCH_REGISTRY.register()
class LargeKernels(nn.Module):
    """Depthwise convolutions with a large kernel, whose size nothing else tells."""

    def __init__(self, dim: int = 8, depth: int = 3, num_in: int = 3, kernel_size: int = 7) -> None:
        super().__init__()
        self.head = nn.Conv2d(num_in, dim, 3)
        layers = [nn.Conv2d(dim, dim, kernel_size, groups=dim) for _ in range(depth)]
        self.body = nn.Sequential(*layers)
        self.tail = nn.Conv2d(dim, 3, 3)


@ARCH_REGISTRY.register()
class HugeHead(nn.Module):
    """Many small layers, and one that holds nearly all parameters."""

    def __init__(self, width: int = 4, layers: int = 9, head: int = 4000) -> None:
        super().__init__()
        self.body = nn.Sequential(*(nn.Conv2d(width, width, 3) for _ in range(layers)))
        self.head = nn.Linear(width, head)


@ARCH_REGISTRY.register()
class FlowAndTrunk(nn.Module):
    """A trunk with a flow network beside it and an upsampler behind it."""

    def __init__(self, width: int = 8, blocks: int = 4, flow: int = 2) -> None:
        super().__init__()
        self.spynet = nn.Sequential(*(nn.Conv2d(3, 3, 3) for _ in range(flow)))
        self.trunk = nn.Sequential(*(nn.Conv2d(width, width, 3) for _ in range(blocks)))
        self.upsampler = nn.Conv2d(width, 3, 3)


class _Tall(nn.Conv2d):
    """Pools over columns before it convolves."""

    def forward(self, x: Any) -> Any:
        return super().forward(x.mean(2, keepdim=True) + x)


class _Wide(nn.Conv2d):
    """Pools over rows before it convolves; keys and shapes of `_Tall`."""

    def forward(self, x: Any) -> Any:
        return super().forward(x.mean(3, keepdim=True) + x)


@ARCH_REGISTRY.register()
class Attending(nn.Module):
    """Options that leave no trace: classes with equal keys, a scale, an activation, a drop rate."""

    def __init__(
        self,
        kinds: Any = ('tall', 'tall'),
        act: str = 'relu',
        res_scale: float = 1.0,
        dropout: float = 0.0,
        width: int = 4,
        unused: int = 1,
    ) -> None:
        super().__init__()
        layers = []
        for kind in kinds:
            if kind == 'tall':
                layers.append(_Tall(width, width, 3, padding=1))
            elif kind == 'wide':
                layers.append(_Wide(width, width, 3, padding=1))
            else:
                assert kind == 'large'
                layers.append(nn.Conv2d(width, width, 5, padding=2))
        self.body = nn.Sequential(*layers)
        self.act = {'relu': nn.ReLU, 'tanh': nn.Tanh}[act]()
        self.drop = nn.Dropout(dropout) if dropout else nn.Identity()
        self.res_scale = res_scale

    def forward(self, x: Any) -> Any:
        return x + self.res_scale * self.drop(self.act(self.body(x)))


@ARCH_REGISTRY.register()
class Choosing(Attending):
    """The same without defaults."""

    def __init__(self, kind: str, act: str) -> None:
        super().__init__((kind, 'tall'), act)


@ARCH_REGISTRY.register()
class StageOne(nn.Module):
    """The first of two stages: a trunk, and an encoder that sees the ground truth beside it."""

    def __init__(self, width: int = 8, blocks: int = 6) -> None:
        super().__init__()
        self.G = nn.Sequential(*(nn.Conv2d(width, width, 3) for _ in range(blocks)))
        self.E = _encoder(6, width)


@ARCH_REGISTRY.register()
class StageTwo(nn.Module):
    """The second stage: the same trunk, an encoder without ground truth, and what guesses it."""

    def __init__(self, width: int = 8, blocks: int = 6) -> None:
        super().__init__()
        self.G = nn.Sequential(*(nn.Conv2d(width, width, 3) for _ in range(blocks)))
        self.condition = _encoder(3, width)
        self.diffusion = nn.Sequential(nn.Linear(width, width), nn.Linear(width, width))


def _encoder(num_in: int, width: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(num_in, width, 3), nn.ReLU(), nn.Linear(width, width))


@ARCH_REGISTRY.register()
class Scanning(nn.Module):
    """A network whose second version keeps the name of every layer but those of the blocks."""

    def __init__(self, dim: int = 8, depths: Any = (2, 2)) -> None:
        super().__init__()
        self.conv_first = nn.Conv2d(3, dim, 3)
        self.layers = nn.ModuleList(
            nn.ModuleList(self.block(dim) for _ in range(depth)) for depth in depths
        )
        self.norm = nn.LayerNorm(dim)
        self.conv_last = nn.Conv2d(dim, 3, 3)

    def block(self, dim: int) -> nn.Module:
        parts = {'ln_1': nn.LayerNorm(dim), 'in_proj': nn.Linear(dim, 4 * dim, bias=False)}
        parts.update(out_proj=nn.Linear(2 * dim, dim, bias=False), ln_2=nn.LayerNorm(dim))
        return nn.ModuleDict(parts)


@ARCH_REGISTRY.register()
class ScanningV2(Scanning):
    """The second version."""

    def block(self, dim: int) -> nn.Module:
        parts = {'norm1': nn.LayerNorm(dim), 'wqkv': nn.Linear(dim, 3 * dim)}
        parts.update(proj=nn.Linear(dim, dim), norm2=nn.LayerNorm(dim), fc=nn.Linear(dim, dim))
        return nn.ModuleDict(parts)


@ARCH_REGISTRY.register()
class OnTheGpu(nn.Module):
    """Computes a constant on the GPU where there is one."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        device = 'cuda' if torch.cuda.is_available() else 'cpu'
        self.scale = float(torch.full((1,), 0.5, device=device))
        self.body = nn.Conv2d(3, width, 3)


@ARCH_REGISTRY.register()
class OwnLoad(EDSR):
    """EDSR with a load_state_dict of its own, which raises KeyError, as MAN has one."""

    def load_state_dict(self, state_dict: Any, strict: bool = True) -> Any:
        own = self.state_dict()
        for name, value in state_dict.items():
            if name not in own:
                raise KeyError(f'unexpected key "{name}" in state_dict')
            own[name].copy_(value)
