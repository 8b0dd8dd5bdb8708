"""Beside every network that is saved: which network it was, in net_g_5000.pth.weightcheck.json."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, List, Tuple

from basicsr_weightcheck.hook import ranks
from basicsr_weightcheck.hook.harmless import harmless
from basicsr_weightcheck.hook.shadow import bare_network
from basicsr_weightcheck.plan.provenance import SUFFIX, seal
from basicsr_weightcheck.rehearsal.describe_network import describe_network
from basicsr_weightcheck.report.json_text import dumped
from basicsr_weightcheck.report.write import write_text
from basicsr_weightcheck.version import __version__
from basicsr_weightcheck.whole_file import is_special

FORMAT = 'basicsr-weightcheck.provenance/2'


def recorded_save(
    wrapped: Callable[..., Any], model: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]
) -> Any:
    """Stand in for a bound save_network: save, then write the sidecar of what was saved."""
    saved: List[str] = []
    with _watched_save(saved):
        result = wrapped(*args, **kwargs)
    with harmless('hook-do-sidecar'):
        if ranks.rank() == 0 and args:
            nets = args[0] if isinstance(args[0], list) else [args[0]]
            document = _document(model, nets[0])
            for path in dict.fromkeys(path for path in saved if not is_special(path)):
                write_text(path + SUFFIX, dumped({**document, 'file': seal(path)}) + '\n')
    return result


def _document(model: Any, network: Any) -> Dict[str, Any]:
    import torch

    bare = bare_network(network)
    options = dict(getattr(model, 'opt', None) or {})
    section = _section(model, network)
    spec = describe_network(bare, type(bare).__name__, 'live')
    return {
        'format': FORMAT,
        'tool_version': __version__,
        'torch_version': str(torch.__version__),
        'name': str(options.get('name', '')),
        'section': section,
        'options': _plain(options.get(section) or {}),
        'class': spec.class_name,
        'source_sha256': spec.source_sha256,
        'parameters': sum(t.count for t in spec.tensors if t.is_parameter),
        'tensors': len(spec.tensors),
    }


def _section(model: Any, network: Any) -> str:
    for name, value in vars(model).items():
        if value is network and str(name).startswith('net_'):
            return 'network_' + str(name)[len('net_') :].replace('_ema', '')
    return 'network_g'


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


class _watched_save:
    """Notes the paths that torch.save writes meanwhile."""

    def __init__(self, paths: List[str]) -> None:
        self._paths = paths

    def __enter__(self) -> None:
        import torch

        self._original = torch.save

        def save(obj: Any, f: Any, *args: Any, **kwargs: Any) -> Any:
            result = self._original(obj, f, *args, **kwargs)
            if isinstance(f, (str, os.PathLike)):
                self._paths.append(os.fspath(f))
            return result

        torch.save = save

    def __exit__(self, *_: Any) -> None:
        import torch

        torch.save = self._original
