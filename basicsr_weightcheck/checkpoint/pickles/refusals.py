"""What to say of a file that is no weight file: what it is, and what to do."""

from __future__ import annotations

from typing import BinaryIO, Optional, Tuple

from basicsr_weightcheck.checkpoint.pickles.machine import PickleMachine
from basicsr_weightcheck.checkpoint.pickles.steps import TORCH_STEPS
from basicsr_weightcheck.checkpoint.pickles.weights_only import code_globals, dangerous_globals
from basicsr_weightcheck.checkpoint.problems import MALFORMED, Limits, problem, unsafe
from basicsr_weightcheck.checkpoint.sniff import Sniffed
from basicsr_weightcheck.errors import CheckpointError, UnrecognizedFormatError

# {code of what to do: kinds}, where it is not 'again'. weights_only=False is never the answer.
_KINDS = {
    'lfs': 'git-lfs',
    'old-torch': 'tar-legacy',
    'unpack': 'tar gzip bzip2 xz zstd 7z rar zip-other zip-locked',
    'rezip': 'zip-rezipped',
    'state-dict': 'torchscript',
    'check-path': 'text unknown',
    'torch-save': 'pickle',
    'source': 'ncnn onnx openvino hdf5 keras paddle npy npz gguf tensorflow tflite mxnet',
}
_ADVICE = {kind: advice for advice, kinds in _KINDS.items() for kind in kinds.split()}
_ZIPS = ('zip-other', 'zip-locked', 'zip-rezipped', 'torchscript', 'npz', 'keras')
_DETAILED = ('html', 'git-lfs', 'tar', 'zip-other', 'onnx', 'text')  # known of some files only
PICKLE_BYTES = 1 << 20  # of a file that is no torch file, looked through for what it would call
# Steps that the machine runs itself; torch knows them too.
_FREQUENT = frozenset(b'(qrhjXKt.')


def refusal(sniffed: Sniffed, file: BinaryIO, path: str, limits: Limits) -> CheckpointError:
    """The error to raise for a file that is not one of the three containers."""
    if sniffed.kind not in _ZIPS:
        named = _names_as_pickle(sniffed, file, limits)
        if named:
            return unsafe(named, path)
    facts = {'detail': sniffed.detail, 'extra': sniffed.extra}
    detailed = '-detail' if sniffed.detail and sniffed.kind in _DETAILED else ''
    advice = _ADVICE.get(sniffed.kind, 'again')
    if sniffed.kind == 'git-lfs' and sniffed.extra:
        advice = 'lfs-hash'
    elif advice == 'again' and sniffed.kind != 'zeroed':  # zeros are an empty tar to torch
        first = first_operand(file)
        advice = 'again' if first is None else 'again-operand'
        facts['operand'] = str(first)
    code = f'is-{sniffed.kind}{detailed}'
    return problem(code, path, advice, UnrecognizedFormatError, **facts)


def first_operand(file: BinaryIO) -> Optional[int]:
    """The number in torch's "Unsupported operand": the first byte, where it is no pickle step."""
    file.seek(0)
    first = file.read(1)
    known = TORCH_STEPS | _FREQUENT
    return first[0] if first and first[0] not in known else None


def _names_as_pickle(sniffed: Sniffed, file: BinaryIO, limits: Limits) -> Tuple[str, ...]:
    """Code in whatever runs when the file is taken for a pickle, as torch takes it.

    A text may begin with what looks like names; only of a pickle, or of names that nothing else
    contains by accident, is it said that they are code.
    """
    file.seek(0)
    machine = PickleMachine(file.read(PICKLE_BYTES), limits)
    is_pickle = sniffed.kind == 'pickle'
    try:
        machine.load(0)
        is_pickle = True
    except (CheckpointError, *MALFORMED):
        pass  # most files are no pickle; what was named before counts
    return code_globals(machine.globals) if is_pickle else dangerous_globals(machine.globals)
