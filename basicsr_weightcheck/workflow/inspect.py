"""What is in one file: a straight list of steps."""

from __future__ import annotations

import os
from typing import Dict, Optional, Tuple

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
    TensorSpec,
    summary,
)
from basicsr_weightcheck.workflow.compare import source

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
    tensors, shapes = header.tables[chosen].tensors, header.tables[chosen].shapes
    identity = recognize(shapes)
    is_of_today = identity is not None and identity.exact  # so are its names, then
    conversion, converted_type = ('', '') if is_of_today else _renamed(header, chosen)
    side = describe(header, chosen, os.path.basename(path))
    buffers = sum(spec.count for spec in tensors if is_buffer(spec))
    return Inspection(
        file=side._replace(troubles=troubles_of(header)),
        parameters=side.elements - buffers,
        buffers=buffers,
        dtypes=count_dtypes(tensors),
        modules=module_tree(tensors, depth),
        tied=tied_keys(tensors),
        others=_others(header),
        identity=identity,
        block=network_block(identity) if identity is not None else '',
        second_opinion=ask_spandrel(shapes) if spandrel else '',
        health=read_health(header, tensors) if values else None,
        name_hash=_name_hash(path, values),
        tensors=tensors,
        cut=cut_phrase(header.cut),
        left_out=_left_out(header),
        conversion=conversion,
        converted_type=converted_type,
        known_types=tuple(family.network_type for family in FAMILIES),
    )


def _name_hash(path: str, values: bool) -> Optional[NameHash]:
    digits = hash_in_name(path)
    found = sha256(path)[: len(digits)] if digits and values else None
    return NameHash(digits, found) if digits else None


def _renamed(header: CheckpointHeader, table: str) -> Tuple[str, str]:
    """The command that gives older names those of today's code, and the network that has them.

    '' for both where the names are no older ones, '' for a network that is not known.
    """
    if any_code(header):
        return '', ''
    from basicsr_weightcheck.conversion.rename import (
        fitting_rules,
        is_profiler_buffer,
        shared_chain,
        wrapper_prefixes,
    )

    keys = [spec.key for spec in header.tables[table].tensors]
    names = [key for key in keys if not is_profiler_buffer(key)]
    chain = ''.join(shared_chain(names, wrapper_prefixes()))
    rules = fitting_rules([key[len(chain) :] for key in names]) if names else ()
    if not rules:
        return '', ''
    # Most files have today's names: they need none of this, which takes as long as all the rest.
    from basicsr_weightcheck.advice.recommend import converted_path
    from basicsr_weightcheck.conversion.command_line import command_line
    from basicsr_weightcheck.conversion.plan_file import future_header, plan_file
    from basicsr_weightcheck.records.findings import PARAMS, Recipe

    older = Recipe(
        take=(table,),
        drop_profiler=len(names) < len(keys),
        strip=(chain,) if chain else (),
        rules=rules[:1],
    )
    converted = future_header(plan_file(header, older)[0], header.path).tables[PARAMS]
    identity = recognize(converted.shapes)
    command = command_line(header.path, converted_path(header.path), older)
    return command, identity.network_type if identity is not None else ''


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

    stored = [(spec.key, spec.storage) for spec in tensors if spec.storage is not None]
    storages = {storage.name: storage for _, storage in stored}
    with ByteReader(header.path, header.stamp) as reader, needs('numpy'):
        measured, unread = measure_health(tensors, source(header, reader))
        rotten = set(rotten_storages(tuple(storages.values()), reader.read_into))
    return Health(
        tensors=tuple(one for one in measured if one.not_finite or one.zero),
        measured=len(measured),
        unread=unread,
        checksums=sum(one.crc32 is not None for one in storages.values()),
        rotten=tuple(key for key, storage in stored if storage.name in rotten),
    )
