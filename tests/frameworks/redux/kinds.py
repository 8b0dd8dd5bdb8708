"""Kinds of weight files that users of traiNNer-redux have, made from one network's names."""

from __future__ import annotations

from typing import Any, Callable, Dict, Tuple

Table = Dict[str, Any]


def fresh(state: Table) -> Table:
    """The same names and shapes with values that are nobody else's."""
    import torch

    return {
        name: torch.randn(value.shape).to(value.dtype)
        if value.is_floating_point()
        else torch.randint(10**6, 10**9, value.shape).to(value.dtype)
        for name, value in state.items()
    }


def _prefixed(prefix: str, spared: int = 0) -> Callable[[Table], Any]:
    def rename(state: Table) -> Any:
        names = list(state)
        return {
            name if number < spared else prefix + name: fresh(state)[name]
            for number, name in enumerate(names)
        }

    return rename


def _resized(state: Table) -> Any:
    import torch

    table = fresh(state)
    name = next(name for name, value in reversed(list(state.items())) if value.dim() > 0)
    shape = state[name].shape
    table[name] = torch.randn((shape[0] * 2, *shape[1:]))
    return table


def _half(state: Table) -> Any:
    names = list(state)
    return {name: fresh(state)[name] for name in names[: len(names) // 2]}


def _unrelated(state: Table) -> Any:
    import torch

    return {f'blocks.{number}.fc.weight': torch.randn(4, 4) for number in range(5)}


def _sixteen(state: Table) -> Any:
    return {k: v.half() if v.is_floating_point() else v for k, v in fresh(state).items()}


def _parameters(state: Table) -> Any:
    import torch

    return {
        name: torch.nn.Parameter(value) if value.is_floating_point() else value
        for name, value in fresh(state).items()
    }


def _state(state: Table) -> Any:
    return {'epoch': 1, 'iter': 5000, 'optimizers': [{}], 'schedulers': []}


# {kind: (suffix, how it is written, content)}
KINDS: Dict[str, Tuple[str, str, Callable[[Table], Any]]] = {
    'flat': ('.pth', 'torch', fresh),
    'params': ('.pth', 'torch', lambda s: {'params': fresh(s)}),
    'both': ('.pth', 'torch', lambda s: {'params': fresh(s), 'params_ema': fresh(s)}),
    'ema-only': ('.pth', 'torch', lambda s: {'params_ema': fresh(s)}),
    'ema-dash': ('.pth', 'torch', lambda s: {'params': fresh(s), 'params-ema': fresh(s)}),
    'with-metadata': ('.pth', 'torch', lambda s: {'metadata': {'scale': 4}, 'params': fresh(s)}),
    'model-state': (
        '.pth', 'torch', lambda s: {'model_state_dict': fresh(s), 'params': fresh(s), 'epoch': 3},
    ),
    'lightning': (
        '.pth', 'torch',
        lambda s: {'epoch': 3, 'state_dict': _prefixed('generator.')(s), 'global_step': 9},
    ),
    'one-entry': ('.pth', 'torch', lambda s: {'generator': fresh(s)}),
    'one-entry-and-more': ('.pth', 'torch', lambda s: {'generator': fresh(s), 'iter': 1}),
    'two-deep': ('.pth', 'torch', lambda s: {'params': {'generator': fresh(s)}}),
    'module': ('.pth', 'torch', _prefixed('module.')),
    'module-but-one': ('.pth', 'torch', _prefixed('module.', 1)),
    'net-g': ('.pth', 'torch', lambda s: {'params': _prefixed('netG.')(s)}),
    'module-net-g': ('.pth', 'torch', _prefixed('module.netG.')),
    'compiled': ('.pth', 'torch', lambda s: {'params': _prefixed('_orig_mod.')(s)}),
    'resized': ('.pth', 'torch', _resized),
    'half': ('.pth', 'torch', lambda s: {'params': _half(s)}),
    'one-extra': ('.pth', 'torch', lambda s: dict(fresh(s), **_unrelated(s))),
    'unrelated': ('.pth', 'torch', _unrelated),
    'sixteen-bit': ('.pth', 'torch', _sixteen),
    'parameters': ('.pth', 'torch', _parameters),
    'training-state': ('.pth', 'torch', _state),
    'empty': ('.pth', 'torch', lambda s: {'params': {}}),
    'legacy': ('.pth', 'legacy', lambda s: {'params': fresh(s)}),
    'safetensors': ('.safetensors', 'safetensors', fresh),
    'safetensors-module': ('.safetensors', 'safetensors', _prefixed('module.')),
    'safetensors-named-pth': ('.pth', 'safetensors', fresh),
    'torch-named-safetensors': ('.safetensors', 'torch', fresh),
    'pt': ('.pt', 'torch', fresh),
    'ckpt': ('.ckpt', 'torch', fresh),
    'text': ('.pth', 'text', lambda s: 'no weights at all\n'),
    'absent': ('.pth', 'nothing', lambda s: None),
}  # fmt: skip


def write_file(path: str, how: str, content: Any) -> None:
    """Write one file."""
    import torch

    if how == 'safetensors':
        from safetensors.torch import save_file

        save_file({k: v.contiguous() for k, v in content.items()}, path)
    elif how == 'text':
        with open(path, 'w') as file:
            file.write(content)
    elif how != 'nothing':
        torch.save(content, path, _use_new_zipfile_serialization=how != 'legacy')
