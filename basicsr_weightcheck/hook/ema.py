"""net_g and net_g_ema are two networks: what the file lacks gets different random values in them.

Source: basicsr 1.4.2 models/sr_model.py `init_training_settings`; validation uses net_g_ema.
"""

from __future__ import annotations

from typing import Any, Sequence, Tuple

from basicsr_weightcheck.hook.shadow import bare_network
from basicsr_weightcheck.hook.verify import same_bits


def differing(model: Any, network: Any, keys: Sequence[str]) -> Tuple[str, ...]:
    """Those of `keys` that differ between net_g and net_g_ema.

    Args:
        model: the framework's model object.
        network: net_g_ema, bare.
        keys: what the file did not fill.
    """
    first = getattr(model, 'net_g', None)
    # A model of one's own may call its networks otherwise: nothing is known of a pair then.
    if first is None:
        return ()
    mine, theirs = bare_network(first).state_dict(), network.state_dict()
    return tuple(
        key
        for key in keys
        if key in mine and key in theirs and not same_bits(mine[key].cpu(), theirs[key].cpu())
    )


def align(model: Any, network: Any, keys: Sequence[str]) -> None:
    """Copy net_g's values of `keys` into net_g_ema."""
    import torch

    mine, theirs = bare_network(model.net_g).state_dict(), network.state_dict()
    with torch.no_grad():
        for key in keys:
            # In place: whatever holds the tensor goes on with it.
            theirs[key].copy_(mine[key])
