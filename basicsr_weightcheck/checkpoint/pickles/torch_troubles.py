"""What the torch and numpy of a training make of the objects in a file, told without them."""

from __future__ import annotations

from typing import Iterator, Optional

from basicsr_weightcheck.checkpoint.pickles.weights_only import (
    FIRST_SAFE_DEFAULT,
    Version,
    allowed_since,
    code_globals,
    dangerous_globals,
    is_guarded,
    is_refused,
    refused_globals,
)
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.of_files import placed_phrase
from basicsr_weightcheck.records.phrases import Phrase
from basicsr_weightcheck.records.tensors import TORCH_ZIP, CheckpointHeader, Outcome, Troubles
from basicsr_weightcheck.version import installed_version, is_before_zip, version_numbers

SHOWN_OBJECTS = 3
SHOWN_NAMES = 8
NUMPY_2 = 'numpy._core'  # the package was renamed in numpy 2.0


def troubles_of(header: CheckpointHeader) -> Troubles:
    """What the torch and numpy that are installed here make of a file."""
    return file_troubles(header, installed_version('torch'), installed_version('numpy'))


def refusal(header: CheckpointHeader) -> Optional[Outcome]:
    """The outcome of a load that ends in the installed torch.load, None where that reads the file.

    It is told without torch, for where torch is not asked itself.

    Source: torch/serialization.py `load`, torch/_weights_only_unpickler.py `Unpickler` (2.13).
    """
    version = installed_version('torch') or ''
    names = refused_globals(header, version) if is_guarded(version) else ()
    if names:
        reason = f'Unsupported global: GLOBAL {names[0].name} was not an allowed global by default.'
    elif header.odd_step is not None and is_guarded(version):
        reason = f'Unsupported operand {header.odd_step}'
    elif header.is_untyped_stream:
        message = "type object 'torch.storage.UntypedStorage' has no attribute 'dtype'"
        return Outcome(False, 'AttributeError', message, opened=False)
    else:
        return None
    message = f'Weights only load failed. WeightsUnpickler error: {reason}'
    return Outcome(False, 'UnpicklingError', message, opened=False)


def file_troubles(
    header: CheckpointHeader, torch_version: Optional[str], numpy_version: Optional[str]
) -> Troubles:
    """What the torch and numpy of a training make of a file.

    Args:
        torch_version, numpy_version: those of the training's environment; None where there is none.
    """
    code = code_globals(header.globals)
    refused = is_guarded(torch_version or '') and is_refused(header, torch_version or '')
    refused = refused or header.is_untyped_stream
    advice: str = ''
    if dangerous_globals(code):
        advice = phrase('do-unsafe')
    elif code or refused:
        advice = phrase('do-take-out' if header.tables else 'do-ask-for-weights')
    said = tuple(_sentences(header, torch_version, numpy_version))
    return Troubles(said, code, refused, advice)


def _sentences(
    header: CheckpointHeader, torch_version: Optional[str], numpy_version: Optional[str]
) -> Iterator[Phrase]:
    code = code_globals(header.globals)
    if code:
        known = 'torch-calls' if dangerous_globals(code) else 'torch-calls-unknown'
        yield phrase(known, names=code[:SHOWN_NAMES])
    yield from _refusals(header, torch_version)
    if any(name.startswith(NUMPY_2) for name in header.globals):
        yield phrase('numpy-2', here=_numpy_here(numpy_version))
    if is_before_zip(torch_version or '') and header.container == TORCH_ZIP:
        yield phrase('torch-zip', version=torch_version)
    if header.is_untyped_stream:
        yield phrase('torch-untyped')


def _refusals(header: CheckpointHeader, torch_version: Optional[str]) -> Iterator[Phrase]:
    """What a reader of weights only does not take."""
    refused = refused_globals(header, '.'.join(map(str, FIRST_SAFE_DEFAULT)))
    # What is part of another object says nothing new.
    refused = tuple(one for one in refused if one.place is not None) or refused[:1]
    for one in refused[:SHOWN_OBJECTS]:
        since = allowed_since(one.name)
        here = _here(torch_version, FIRST_SAFE_DEFAULT, since)
        facts = {'object': placed_phrase(one), 'here': here}
        if since is None:
            yield phrase('torch-refuses', **facts)
        else:
            yield phrase('torch-refuses-until', until='.'.join(map(str, since)), **facts)
    if header.odd_step is not None and not refused:
        here = _here(torch_version, FIRST_SAFE_DEFAULT, None)
        yield phrase('torch-refuses-step', step=str(header.odd_step), here=here)


def _here(torch_version: Optional[str], first: Version, behind: Optional[Version]) -> Phrase:
    """Whether the installed torch is one of `first` up to, but not including, `behind`."""
    if torch_version is None:
        return phrase('no-torch')
    version = version_numbers(torch_version)
    concerned = version >= first and (behind is None or version < behind)
    return phrase('torch-here' if concerned else 'torch-not-here', version=torch_version)


def _numpy_here(numpy_version: Optional[str]) -> Phrase:
    if numpy_version is None:
        return phrase('no-numpy')
    concerned = version_numbers(numpy_version) < (2, 0)
    return phrase('numpy-here' if concerned else 'numpy-not-here', version=numpy_version)
