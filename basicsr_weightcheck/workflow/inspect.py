"""What is in one file: a straight list of steps."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Dict, Optional, Tuple

from basicsr_weightcheck.checkpoint.pickles.torch_troubles import troubles_of
from basicsr_weightcheck.checkpoint.read import any_code, read_shown, read_whole
from basicsr_weightcheck.checkpoint.values.checksums import hash_in_name, rotten_storages, sha256
from basicsr_weightcheck.compare.key_names import count_dtypes, is_buffer, module_tree, tied_keys
from basicsr_weightcheck.compare.tables import choose_tables, describe
from basicsr_weightcheck.identify.recognize import FAMILIES, ask_spandrel, network_block, recognize
from basicsr_weightcheck.messages.lookup import needs
from basicsr_weightcheck.messages.of_files import cut_phrase
from basicsr_weightcheck.records.comparisons import Health, Inspection, NameHash
from basicsr_weightcheck.records.tensors import (
    CheckpointHeader,
    FileDict,
    Opaque,
    StorageSpec,
    TensorSpec,
    summary,
)
from basicsr_weightcheck.workflow.compare import source

if TYPE_CHECKING:
    from basicsr_weightcheck.records.findings import Recipe

Tensors = Tuple[TensorSpec, ...]
# What the functions that make odd tensors make.
# Source: torch/_tensor.py `_reduce_ex_internal` (2.13).
TENSOR_MAKERS: Dict[str, str] = {
    '_rebuild_sparse_tensor': 'sparse',
    '_rebuild_sparse_csr_tensor': 'sparse',
    '_rebuild_qtensor': 'quantized',
    '_rebuild_meta_tensor_no_storage': 'meta',
    '_rebuild_nested_tensor': 'nested',
    '_rebuild_wrapper_subclass': 'subclass',
    '_rebuild_device_tensor_from_numpy': 'device',
    '_rebuild_device_tensor_from_cpu_tensor': 'device',
    'Tensor (conjugate or negative view)': 'conjugate',
}


def inspect(
    path: str,
    table: Optional[str] = None,
    depth: int = 1,
    values: bool = False,
    spandrel: bool = False,
) -> Inspection:
    """Return the record of `basicsr_weightcheck.inspect`, with its arguments and errors.

    No tensor is read unless `values` is asked for; `depth` is that of the module tree.
    """
    header = read_whole(path) if values else read_shown(path)
    chosen = choose_tables(header, header, (table, table))[0]
    tensors = header.tables[chosen].tensors
    shapes = header.tables[chosen].shapes
    identity = recognize(shapes)
    conversion, converted_type = '', ''
    if identity is None or not identity.exact:  # a network of today's code has today's names
        conversion, converted_type = _renamed(header, chosen)
    name_hash, digits = None, hash_in_name(path)
    if digits:
        name_hash = NameHash(digits, sha256(path)[: len(digits)] if values else None)
    side = describe(header, chosen, os.path.basename(path))
    return Inspection(
        file=side._replace(troubles=troubles_of(header)),
        parameters=sum(spec.count for spec in tensors if not is_buffer(spec)),
        buffers=sum(spec.count for spec in tensors if is_buffer(spec)),
        dtypes=count_dtypes(tensors),
        modules=module_tree(tensors, depth),
        tied=tied_keys(tensors),
        others=_others(header),
        identity=identity,
        block=network_block(identity) if identity is not None else '',
        second_opinion=(ask_spandrel(shapes) or '–') if spandrel else '',
        health=read_health(header, tensors) if values else None,
        name_hash=name_hash,
        tensors=tensors,
        cut=cut_phrase(header.cut) if header.cut is not None else '',
        left_out=_left_out(header),
        conversion=conversion,
        converted_type=converted_type,
        known_types=tuple(family.network_type for family in FAMILIES),
    )


def _renamed(header: CheckpointHeader, table: str) -> Tuple[str, str]:
    """The command that gives older names those of today's code, and the network that has them.

    '' for both where the names are no older ones, '' for a network that is not known.
    """
    if any_code(header):
        return '', ''
    older = _renaming(header, table)
    if older is None:
        return '', ''
    from basicsr_weightcheck.advice.recommend import converted_path
    from basicsr_weightcheck.conversion.command_line import command_line

    command = command_line(header.path, converted_path(header.path), older)
    return command, _converted_type(header, older)


def _renaming(header: CheckpointHeader, table: str) -> Optional[Recipe]:
    """What gives the tensors the names of today's code; None where theirs are no older ones."""
    from basicsr_weightcheck.conversion.rename import (
        fitting_rules,
        is_profiler_buffer,
        shared_chain,
        wrapper_prefixes,
    )
    from basicsr_weightcheck.records.findings import Recipe

    keys = [spec.key for spec in header.tables[table].tensors]
    names = [key for key in keys if not is_profiler_buffer(key)]
    chain = ''.join(shared_chain(names, wrapper_prefixes()))
    rules = fitting_rules([key[len(chain) :] for key in names]) if names else ()
    if not rules:
        return None
    return Recipe(
        take=(table,),
        drop_profiler=len(names) < len(keys),
        strip=(chain,) if chain else (),
        rules=rules[:1],
    )


def _converted_type(header: CheckpointHeader, recipe: Recipe) -> str:
    """The network that the renamed tensors are of, '' when it is not known."""
    from basicsr_weightcheck.conversion.plan_file import future_header, plan_file
    from basicsr_weightcheck.records.findings import PARAMS

    table = future_header(plan_file(header, recipe)[0], header.path).tables[PARAMS]
    identity = recognize(table.shapes)
    return identity.network_type if identity is not None else ''


def _others(header: CheckpointHeader) -> Tuple[Tuple[str, str], ...]:
    """Entries of the root that are no table and no tensor, as short text."""
    if not isinstance(header.root, FileDict):
        return ()
    return tuple(
        (key, summary(value))
        for key, value in header.root.entries
        if not isinstance(value, TensorSpec)
        and not (isinstance(value, FileDict) and key in header.tables)
    )


def _left_out(header: CheckpointHeader) -> Tuple[Tuple[str, str], ...]:
    """Tensors of the tables that are more than plain numbers in a storage, file order."""
    found = []
    for name, table in header.tables.items():
        for key, value in table.entries:
            form = getattr(value, 'form', '')
            if isinstance(value, Opaque):
                form = TENSOR_MAKERS.get(value.type_name.rpartition('.')[2], '')
            if form:
                found.append((f'{name}.{key}' if name else key, form))
    return tuple(found)


def read_health(header: CheckpointHeader, tensors: Tensors) -> Health:
    """What the values of these tensors of a file are like: all of them are read.

    Raises:
        CheckpointError: the file cannot be read.
        UsageError: numpy is missing.
    """
    from basicsr_weightcheck.checkpoint.values.tensor_bytes import ByteReader
    from basicsr_weightcheck.compare.measure import measure_health

    with ByteReader(header.path, header.stamp) as reader, needs('numpy'):
        measured, unread = measure_health(tensors, source(header, reader))
        storages: Dict[str, StorageSpec] = {
            spec.storage.name: spec.storage for spec in tensors if spec.storage is not None
        }
        rotten = set(rotten_storages(tuple(storages.values()), reader.read_into))
    return Health(
        tensors=tuple(one for one in measured if one.nan or one.inf or one.zero),
        measured=len(measured),
        unread=unread,
        checksums=sum(one.crc32 is not None for one in storages.values()),
        rotten=tuple(
            spec.key for spec in tensors if spec.storage is not None and spec.storage.name in rotten
        ),
    )
