"""The kinds of weight files that users have, made from one state dict."""

from __future__ import annotations

import collections
import itertools
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

StateDict = Dict[str, Any]


def _params(state: StateDict) -> Any:
    return {'params': state}


def _one_missing(state: StateDict) -> Any:
    kept = collections.OrderedDict(list(state.items())[:-1])
    return {'params': kept}


def _one_extra(state: StateDict) -> Any:
    import torch

    return {'params': dict(state, extra_layer=torch.zeros(3))}


def _one_resized(state: StateDict) -> Any:
    import torch

    changed = collections.OrderedDict(state)
    key = next(name for name, value in state.items() if value.dim() > 0)
    shape = list(state[key].shape)
    shape[0] += 1
    changed[key] = torch.zeros(shape)
    return {'params': changed}


def _half_of_the_keys(state: StateDict) -> Any:
    keys = list(state)
    return {'params': {key: state[key] for key in keys[: len(keys) // 2]}}


def _prefixed(prefix: str) -> Callable[[StateDict], Any]:
    return lambda state: {'params': {prefix + key: value for key, value in state.items()}}


def _lightning(state: StateDict) -> Any:
    inner = {'generator.' + key: value for key, value in state.items()}
    return {
        'epoch': 3,
        'global_step': 1000,
        'pytorch-lightning_version': '2.0',
        'state_dict': inner,
    }


def _fp16(state: StateDict) -> Any:
    return {'params': {k: v.half() if v.is_floating_point() else v for k, v in state.items()}}


def _profiled(state: StateDict) -> Any:
    import torch

    extra = {'total_ops': torch.zeros(1), 'total_params': torch.zeros(1)}
    return {'params': dict(state, **extra)}


def _unrelated(state: StateDict) -> Any:
    import torch

    return {'params': {f'blocks.{i}.fc.weight': torch.zeros(4, 4) for i in range(5)}}


def _training_state(state: StateDict) -> Any:
    return {
        'epoch': 1,
        'iter': 5000,
        'optimizers': [{'state': {}, 'param_groups': []}],
        'schedulers': [],
    }


def _scalar_under_key(state: StateDict) -> Any:
    return {'params': 5, 'state_dict': state}


def _plain_dict(state: StateDict) -> Any:
    return {'params': {key: value for key, value in state.items()}}


def _without_batch_counts(state: StateDict) -> Any:
    kept = [(k, v) for k, v in state.items() if not k.endswith('num_batches_tracked')]
    return {'params': dict(kept)}


KINDS: Dict[str, Callable[[StateDict], Any]] = {
    'exact': _params,
    'both-tables': lambda state: {'params': state, 'params_ema': state},
    'ema-only': lambda state: {'params_ema': state},
    'flat': lambda state: state,
    'one-missing': _one_missing,
    'one-extra': _one_extra,
    'one-resized': _one_resized,
    'half': _half_of_the_keys,
    'module-once': _prefixed('module.'),
    'module-twice': _prefixed('module.module.'),
    'compiled': _prefixed('_orig_mod.'),
    'net-g-prefix': _prefixed('net_g.'),
    'lightning': _lightning,
    'fp16': _fp16,
    'profiled': _profiled,
    'unrelated': _unrelated,
    'training-state': _training_state,
    'legacy': _params,
    'safetensors-renamed': _params,
    'empty-table': lambda state: {'params': {}},
    'scalar-under-key': _scalar_under_key,
    'plain-dict': _plain_dict,
    'without-batch-counts': _without_batch_counts,
}

KEYS = ('params', None)
STRICT = (True, False)
EMA = (0, 0.999)
# What else is a table below 'params' is to a load without a key the one tensor 'params', which
# 'exact' asks.
WITHOUT_KEY = (
    'exact', 'both-tables', 'ema-only', 'flat', 'lightning', 'training-state', 'legacy',
    'safetensors-renamed', 'scalar-under-key',
)  # fmt: skip
# No framework tells these from another kind: names that are all foreign ('module-twice'), one name
# too many ('one-extra'), a table ('exact').
LIKE_OTHERS = ('compiled', 'net-g-prefix', 'unrelated', 'profiled', 'plain-dict')
Cell = Tuple[bool, Optional[str], float]
STEP = 5


def cells(kind: str, turn: Optional[int]) -> Iterator[Cell]:
    """(strict, key, ema_decay) of one kind of file; all of them where `turn` is None.

    Otherwise one of them, by turns: what a network can do otherwise than another shows in how its
    tensors meet each kind of file, which every network is asked; what the options do to a kind of
    file is asked of several networks. None about kinds that are like others, and none without a key
    where that makes no difference.

    Args:
        turn: number of the network among those of a grid.
    """
    questions = list(itertools.product(STRICT, KEYS, EMA))
    if turn is None:
        yield from questions
    elif kind not in LIKE_OTHERS:
        questions = [cell for cell in questions if cell[1] or kind in WITHOUT_KEY]
        # A step that shares no factor with their number meets all of them, strict by turns.
        yield questions[(turn + list(KINDS).index(kind)) * STEP % len(questions)]


def write_checkpoint(kind: str, state: StateDict, path: str) -> None:
    """Write one file of the kind named; tensors stay as they are."""
    import torch

    content = KINDS[kind](state)
    if kind == 'safetensors-renamed':
        from safetensors.torch import save_file

        save_file({k: v.contiguous().clone() for k, v in state.items()}, path)
        return
    torch.save(content, path, _use_new_zipfile_serialization=kind != 'legacy')
