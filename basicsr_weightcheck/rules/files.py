"""Rules about the weight file itself."""

from __future__ import annotations

import re
from typing import Iterator

from basicsr_weightcheck.errors import UnsafePickleError
from basicsr_weightcheck.messages.cut_words import cut_phrase
from basicsr_weightcheck.messages.object_words import object_phrase
from basicsr_weightcheck.records.findings import ERROR, INFO
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.rules.rule import Case, Found, rule

_CONTAINER_READS = 'safetensors'


@rule('WC101', 'unreadable-checkpoint', ERROR)
def unreadable_checkpoint(load: LoadReport, case: Case) -> Iterator[Found]:
    """The file is no weight file, or contradicts itself.

    Why it matters: torch.load stops with an error that rarely names the cause (an HTML page, a
    Git-LFS pointer, a cut download).
    Source: the restricted reader of this project; its words name what the file is.
    """
    error = case.errors.get(load.step.load_path)
    if error is not None and not isinstance(error, UnsafePickleError):
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            option=load.step.path_option,
            reason=error.what,
            advice=error.advice,
        )


@rule('WC103', 'incomplete-file', ERROR)
def incomplete_file(load: LoadReport, case: Case) -> Iterator[Found]:
    """The file's index announces more bytes than the file has.

    Why it matters: a cut download or a full disk; what is left may even look like a whole archive.
    Source: torch/serialization.py, every container it writes.
    """
    header = load.header
    if header is not None and header.cut is not None:
        yield Found(
            load.step.path_option,
            path=load.step.load_path,
            cut=cut_phrase(header.cut),
            **header.cut._asdict(),
        )


@rule('WC104', 'refused-by-torch', ERROR)
def refused_by_torch(load: LoadReport, case: Case) -> Iterator[Found]:
    """torch.load itself refuses the file.

    Why it matters: since torch 2.6 files that hold anything but tensors and plain values are
    refused; older files (numpy scalars, whole modules) then need to be saved again.
    Source: torch/serialization.py `load`, weights_only.
    """
    outcome, header = load.configured, load.header
    if outcome is None or header is None or not header.complete:
        return
    if outcome.error == 'UnpicklingError' and header.container != _CONTAINER_READS:
        refused = re.search(r'Unsupported (?:global|class): GLOBAL (\S+)', outcome.message)
        reason = outcome.message.split('\n')[0][:200]
        if refused:
            reason = object_phrase(refused.group(1), header.foreign)
        yield Found(
            load.step.path_option, path=load.step.load_path, error=outcome.error, reason=reason
        )


@rule('WC105', 'dangerous-pickle', ERROR)
def dangerous_pickle(load: LoadReport, case: Case) -> Iterator[Found]:
    """The pickle names functions that would run code.

    Why it matters: torch before 2.6 calls them while it loads the file.
    Source: CPython's pickle, opcodes REDUCE and GLOBAL.
    """
    error = case.errors.get(load.step.load_path)
    if isinstance(error, UnsafePickleError):
        yield Found(load.step.path_option, path=load.step.load_path, names=error.names)


@rule('WC106', 'safetensors-in-loader', ERROR)
def safetensors_in_loader(load: LoadReport, case: Case) -> Iterator[Found]:
    """A safetensors file is handed to a loader that calls torch.load.

    Source: basicsr 1.4.2 models/base_model.py `load_network` reads with torch.load only.
    """
    header, outcome = load.header, load.configured
    if header is not None and header.container == 'safetensors':
        if outcome is None or not outcome.loads:
            yield Found(load.step.path_option, path=load.step.load_path)


@rule('WC107', 'other-precision', INFO)
def other_precision(load: LoadReport, case: Case) -> Iterator[Found]:
    """Tensors of the file have another dtype than those of the network.

    Why it matters: fp16 files load into fp32 networks; the lost digits do not come back.
    Source: torch/nn/modules/module.py, `param.copy_(input_param)` casts.
    """
    if load.difference is not None:
        for expected, found, count in load.difference.dtypes:
            yield Found(load.step.path_option, expected=expected, found=found, count=count)
