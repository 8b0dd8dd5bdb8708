"""Networks that differ from those of basicsr in one thing, registered for the tests' child too."""

from __future__ import annotations

from typing import Any

from basicsr.archs.discriminator_arch import UNetDiscriminatorSN
from basicsr.archs.edsr_arch import EDSR
from basicsr.archs.swinir_arch import SwinIR
from basicsr.utils.registry import ARCH_REGISTRY
from torch import nn
from torch.nn.utils import parametrizations


@ARCH_REGISTRY.register()
class AttentiveEDSR(EDSR):  # type: ignore[misc]
    """EDSR whose blocks got a channel attention later."""

    def __init__(self, num_feat: int, **options: Any) -> None:
        super().__init__(num_feat=num_feat, **options)
        for block in self.body:
            block.channel_attention = nn.Sequential(nn.Conv2d(num_feat, num_feat, 1), nn.Sigmoid())


@ARCH_REGISTRY.register()
class HatLike(SwinIR):  # type: ignore[misc]
    """SwinIR with a convolution beside every attention, as HAT has; nothing here knows it."""

    def __init__(self, embed_dim: int, **options: Any) -> None:
        super().__init__(embed_dim=embed_dim, **options)
        for layer in self.layers:
            for block in layer.residual_group.blocks:
                block.conv_block = nn.Sequential(*(nn.Conv2d(embed_dim, 4, 3) for _ in range(5)))


@ARCH_REGISTRY.register()
class PlainUNet(UNetDiscriminatorSN):  # type: ignore[misc]
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
