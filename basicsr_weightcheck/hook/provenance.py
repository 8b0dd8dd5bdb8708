"""Beside every network that is saved: which network it was, in net_g_5000.pth.weightcheck.json."""

from __future__ import annotations

import functools
import os
import sys
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, Tuple

from basicsr_weightcheck.hook import deliver, ranks
from basicsr_weightcheck.hook.situation import options_of
from basicsr_weightcheck.plan.provenance import SUFFIX, seal
from basicsr_weightcheck.rehearsal.network import bare_network, describe_network, wrapped_network
from basicsr_weightcheck.rehearsal.surroundings import replaced
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
    with deliver.failures_told('hook-do-sidecar'):
        nets = [one for one in _flat((*args, *kwargs.values())) if hasattr(one, 'modules')]
        if ranks.rank() == 0 and nets:
            document = _document(model, nets[0])
            # A method may save several files, and a pipe or a device has no sidecar.
            for path in dict.fromkeys(path for path in saved if not is_special(path)):
                write_text(path + SUFFIX, dumped({**document, 'file': seal(path)}) + '\n')
    return result


def _flat(values: Any) -> Iterator[Any]:
    for one in values:
        if isinstance(one, (list, tuple)):
            yield from one
        else:
            yield one


def _document(model: Any, network: Any) -> Dict[str, Any]:
    import torch

    bare = wrapped_network(bare_network(network))
    options = options_of(model)
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


@contextmanager
def _watched_save(paths: List[str]) -> Iterator[None]:
    """Note the paths that torch.save and safetensors write meanwhile."""
    # The arguments of save_network do not tell the path: every fork makes it inside, in its way.
    with replaced([(real, _noting(real, paths)) for real in _savers()], ()):
        yield


def _savers() -> Iterator[Callable[..., Any]]:
    import torch

    yield torch.save
    safetensors = sys.modules.get('safetensors.torch')
    if safetensors is not None:
        yield safetensors.save_file


def _noting(real: Callable[..., Any], paths: List[str]) -> Callable[..., Any]:
    @functools.wraps(real)
    def save(content: Any, path: Any, *args: Any, **kwargs: Any) -> Any:
        result = real(content, path, *args, **kwargs)
        if isinstance(path, (str, os.PathLike)):
            paths.append(os.fspath(path))
        return result

    return save
