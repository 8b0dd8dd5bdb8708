"""What is fuzzed: one function for each reader, from bytes to nothing.

A target lets the package's own errors through as "refused" and everything else out: that is a
defect. To add one (a command that reads files, say) write its function and name it in `TARGETS`.
"""

from __future__ import annotations

import os
import tempfile
from typing import Callable, Dict, Iterator

from basicsr_weightcheck.checkpoint.pickles.torch_troubles import file_troubles
from basicsr_weightcheck.checkpoint.pickles.tree import LEVELS
from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.errors import CheckpointError, OptionError, WeightCheckError
from basicsr_weightcheck.messages.lookup import error_line
from basicsr_weightcheck.plan.option_file import parse_options
from basicsr_weightcheck.records.findings import Recipe
from basicsr_weightcheck.records.tensors import (
    SAFETENSORS,
    TORCH_LEGACY,
    TORCH_ZIP,
    CheckpointHeader,
    FileDict,
    Listing,
    TensorSpec,
    Value,
)
from basicsr_weightcheck.rehearsal.following.replay import FORMS
from basicsr_weightcheck.workflow.convert import UNASKED, convert

CONTAINERS = (TORCH_ZIP, TORCH_LEGACY, SAFETENSORS)
_FOLDER = tempfile.TemporaryDirectory(prefix='weightcheck_fuzz_')
_PATH = os.path.join(_FOLDER.name, 'input.pth')


class BrokenPromise(AssertionError):
    """A reader returned something that its documentation rules out."""


def weight_file(data: bytes) -> None:
    """A file of any container: header, or an error with words in both languages."""
    with open(_PATH, 'wb') as file:
        file.write(data)
    try:
        header = read_header(_PATH)
    except CheckpointError as error:
        _promise(bool(error_line(error, 'en') and error_line(error, 'zh')), 'an error has words')
        return
    file_troubles(header, '2.13.0', '2.0.0')
    _promise(_depth(header.root) <= LEVELS + 3, 'nothing that walks through a header sinks')
    for spec in _tensors(header):
        _check_tensor(spec, header)


def pickle_index(data: bytes) -> None:
    """The index alone, as data.pkl of a zip file without checksums."""
    from fuzz.seeds import zip_without_checksums

    weight_file(zip_without_checksums(data))


def options(data: bytes) -> None:
    """A training YAML."""
    try:
        text = data.decode('utf-8')
    except UnicodeDecodeError:
        return
    try:
        parsed = parse_options(text, 'train.yml')
    except OptionError as error:
        _promise(bool(error_line(error, 'zh')), 'an error has words')
        return
    _promise(all(line >= 1 for line in parsed.lines.values()), 'lines are counted from 1')


def convert_file(data: bytes) -> None:
    """A weight file through `convert`: a file that reads back, or an error and no file."""
    with open(_PATH, 'wb') as file:
        file.write(data)
    target = _PATH + '.out'
    container = CONTAINERS[len(data) % len(CONTAINERS)]
    try:
        done = convert(_PATH, target, UNASKED, Recipe(take=(), container=container), force=True)
    except WeightCheckError as error:
        _promise(bool(error_line(error, 'zh')), 'an error has words')
        _promise(not os.path.exists(target), 'a conversion that fails leaves no file')
        return
    names = [spec.key for table in read_header(target).tables.values() for spec in table.tensors]
    _promise(len(names) == sum(count for _, count in done.tables), 'every tensor is written')
    os.remove(target)


TARGETS: Dict[str, Callable[[bytes], None]] = {
    'zip': weight_file,
    'legacy': weight_file,
    'safetensors': weight_file,
    'pickle': pickle_index,
    'options': options,
    'convert': convert_file,
}


def _depth(value: Value) -> int:
    below = [item for _, item in value.entries] if isinstance(value, FileDict) else []
    below += value.items if isinstance(value, Listing) else ()
    return 1 + max((_depth(item) for item in below), default=0)


def _tensors(header: CheckpointHeader) -> Iterator[TensorSpec]:
    for table in header.tables.values():
        yield from table.tensors


def _check_tensor(spec: TensorSpec, header: CheckpointHeader) -> None:
    _promise(all(size >= 0 for size in spec.shape), 'sizes are not negative')
    _promise(spec.count < 1 << 63, 'elements can be counted')
    _promise(spec.form in FORMS, 'forms are known')
    storage = spec.storage
    _promise(storage is not None or spec.form in ('meta', 'wrapper'), 'values have a storage')
    if storage is not None and storage.file_offset is not None and header.complete:
        end = storage.file_offset + storage.byte_count
        _promise(end <= header.file_bytes, 'storages lie inside the file')


def _promise(holds: bool, words: str) -> None:
    if not holds:
        raise BrokenPromise(words)
