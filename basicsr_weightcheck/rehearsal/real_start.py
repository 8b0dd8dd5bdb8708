"""Run a model's real constructor with the real values of its files, on the CPU.

Files are read by torch's own weights_only reader, which runs nothing that they name. One that needs
more than that is not loaded here, and neither is one that the check has refused.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, Tuple

from basicsr_weightcheck.errors import NotLookedAt
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.records.tensors import HELD_BACK, CheckpointHeader
from basicsr_weightcheck.rehearsal.doors import refuse_download
from basicsr_weightcheck.rehearsal.harmless import on_this_device, replaced
from basicsr_weightcheck.rehearsal.import_framework import Imported
from basicsr_weightcheck.rehearsal.play import losses, networks_of
from basicsr_weightcheck.rehearsal.protocol import Request

SEED = 0  # of what a file leaves random: the same in every row of a look


def real_network(imported: Imported, request: Request, name: str) -> Any:
    """The network (bare) as the training starts with it, values included.

    Args:
        imported: the framework.
        request: what is asked of the training's options; files in `headers` that were refused are
            not opened.
        name: of the attribute, as `networks_of` names it.

    Raises:
        NotLookedAt: there is no such network, or a file must not be read.
        Exception: what ends the constructor.
    """
    import torch

    dialect = imported.dialect
    model_class = dialect.model_class(imported.parts, request.plan)
    options = dialect.model_options(request.options, request.plan).options
    with replaced([*_doors(request.headers), *losses(imported)], on_this_device()):
        torch.manual_seed(SEED)
        model = model_class.__new__(model_class)
        dialect.construct(model, options)
        dialect.resume(model, request.plan, torch.load)
    for place, network in networks_of(imported, model):
        if place == name:
            return network
    raise NotLookedAt(phrase('look-no-network', network=name))


def _doors(headers: Dict[str, CheckpointHeader]) -> Iterator[Tuple[Any, Any]]:
    """(function, what replaces it): nothing is run, nothing is fetched."""
    import numpy
    import torch

    yield torch.load, _inert_load(torch.load, headers)
    yield torch.hub.download_url_to_file, refuse_download
    yield numpy.load, _plain_arrays(numpy.load)


def _inert_load(real: Callable[..., Any], headers: Dict[str, CheckpointHeader]) -> Any:
    def load(f: Any, map_location: Any = None, *_: Any, **__: Any) -> Any:
        header = headers.get(str(f))
        if header is not None and header.container == HELD_BACK:
            raise NotLookedAt(phrase('look-held-back', path=str(f)))
        return real(f, map_location='cpu', weights_only=True)

    return load


def _plain_arrays(real: Callable[..., Any]) -> Any:
    def load(file: Any, *args: Any, **kwargs: Any) -> Any:
        return real(file, *args[:1], **{**kwargs, 'allow_pickle': False})

    return load
