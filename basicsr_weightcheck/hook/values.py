"""After the load: does the network start on numbers that it can be trained from?"""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, Sequence, Tuple

from basicsr_weightcheck.records.inspections import Health, TensorHealth

RULES = ('WC602', 'WC603', 'WC604')  # what they find is known only now


def odd_buffers(network: Any) -> FrozenSet[str]:
    """Keys of buffers that are infinite or NaN by design, before the load: masks, observers."""
    buffers = {key for key, _ in network.named_buffers()}
    state = network.state_dict()
    return frozenset(key for key in buffers if key in state and _is_odd(state[key].detach()))


def measure(network: Any, loaded: Sequence[str], odd: FrozenSet[str]) -> Health:
    """What the values are like that a load has put into a network; nothing is copied.

    Args:
        network: the bare network, after the load.
        loaded: keys that the file has filled, wholly or in part.
        odd: from `odd_buffers`.
    """
    state = network.state_dict()
    tensors = {key: state[key].detach() for key in loaded if key in state}
    bad = _bad(tensors, odd)
    trained = dict(network.named_parameters())  # indices and masks are as they were
    weights = {key: one for key, one in tensors.items() if key in trained}
    if bad or any(_plain(one).any() for one in weights.values()):  # ends at the first number
        return Health(bad, len(tensors), (), 0, ())
    zero = (TensorHealth(key, one.numel(), 0, 0, True) for key, one in weights.items())
    return Health(tuple(zero), len(weights), (), 0, ())


def _bad(tensors: Dict[str, Any], odd: FrozenSet[str]) -> Tuple[TensorHealth, ...]:
    suspects = ((key, one) for key, one in tensors.items() if key not in odd)
    return tuple(_health(key, one) for key, one in suspects if _is_odd(one))


def _health(key: str, tensor: Any) -> TensorHealth:
    values = _plain(tensor)
    nan, inf = int(values.isnan().sum()), int(values.isinf().sum())
    return TensorHealth(key, tensor.numel(), nan, inf, False)


def _is_odd(tensor: Any) -> bool:
    """It may hold NaN or Inf: one of them would show in the sum, and so does a huge sum."""
    import torch

    if not (tensor.is_floating_point() or tensor.is_complex()) or tensor.is_quantized:
        return False
    return not bool(torch.isfinite(_plain(tensor).sum()))


def _plain(tensor: Any) -> Any:
    """A dtype that torch can compute with: eight bits are no more than storage."""
    small = tensor.is_floating_point() and tensor.element_size() < 4
    return tensor.float() if small else tensor
