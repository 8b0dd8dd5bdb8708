"""Options of a small training of either layout, and weight files in every container."""

from __future__ import annotations

from typing import Any, Dict


def make_options(
    model: str, network: Dict[str, Any], path: Dict[str, Any], ema_decay: float = 0, **more: Any
) -> Dict[str, Any]:
    """Options as a YAML has them; `path` as below `path:`."""
    return {
        'name': 'provenance',
        'model_type': model,
        'scale': 1,
        'num_gpu': 0,
        'manual_seed': 0,
        'datasets': {'train': {'name': 'none', 'type': 'PairedImageDataset'}},
        'network_g': dict(network),
        'path': dict(path),
        'train': {
            'ema_decay': ema_decay,
            'optim_g': {'type': 'Adam', 'lr': 1e-4, 'betas': [0.9, 0.99]},
            'scheduler': {'type': 'MultiStepLR', 'milestones': [10], 'gamma': 0.5},
            'total_iter': 4,
            'warmup_iter': -1,
            'pixel_opt': {'type': 'L1Loss', 'loss_weight': 1.0, 'reduction': 'mean'},
        },
        'logger': {'print_freq': 1, 'save_checkpoint_freq': 10},
        **more,
    }


def write(path: str, container: str, content: Any, **how: Any) -> None:
    """Write a table, or tables by name where the container has them; `how` is for torch.save."""
    if container == 'safetensors':
        from safetensors.torch import save_file

        save_file({key: value.contiguous() for key, value in content.items()}, path)
    elif container == 'npz':
        import numpy

        numpy.savez(path, **{key: value.numpy() for key, value in content.items()})
    else:
        import torch

        torch.save(content, path, **how)
