#!/usr/bin/env python3
"""Peak memory and time of `convert` on a large file.

    python benchmarks/convert_large.py --gib 8 [--folder DIR] [--dtype float16]

Writes a sparse legacy file (one tensor beyond 4 GiB, the rest in 64 MiB tensors), converts it in a
process of its own and prints that process's peak resident memory. Both files are removed.
"""

from __future__ import annotations

import argparse
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

GIB, SMALL_BYTES = 1 << 30, 64 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or '').split('\n')[0])
    parser.add_argument('--gib', type=int, default=8)
    parser.add_argument('--folder')
    parser.add_argument('--container', default='torch-zip')
    parser.add_argument('--dtype', default='')
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        source, target = os.path.join(folder, 'a.pth'), os.path.join(folder, 'b.pth')
        write_sparse(source, arguments.gib * GIB)
        command = [sys.executable, '-m', 'basicsr_weightcheck', 'convert', source, '-o', target]
        command += ['--container', arguments.container]
        command += ['--dtype', arguments.dtype] if arguments.dtype else []
        started = time.monotonic()
        subprocess.run(command, check=True, cwd=ROOT)
        seconds = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f'{os.path.getsize(target) / GIB:.2f} GiB, peak {peak:.0f} MiB, {seconds:.0f} s')


def write_sparse(path: str, total_bytes: int) -> None:
    """A legacy file whose storages are holes."""
    from basicsr_weightcheck.checkpoint.writing.storage_plan import plan_storages
    from basicsr_weightcheck.checkpoint.writing.torch_files import (
        MAGIC_NUMBER,
        PROTOCOL_VERSION,
        SYS_INFO,
        content_pickle,
        plain_pickle,
    )
    from basicsr_weightcheck.records.findings import PlannedFile, PlannedTable, PlannedTensor
    from basicsr_weightcheck.records.tensors import StorageSpec, TensorSpec

    sizes = [min(5 * GIB, total_bytes)]
    sizes += [SMALL_BYTES] * ((total_bytes - sizes[0]) // SMALL_BYTES)
    tensors = []
    for index, size in enumerate(sizes):
        storage = StorageSpec(str(index), index, size)
        spec = TensorSpec(f'net_g.layer.{index}', (size // 4,), 'float32', storage)
        tensors.append(PlannedTensor(spec.key, spec.shape, spec.dtype, (spec,)))
    planned = PlannedFile((('params', PlannedTable(tuple(tensors))),), 'torch-legacy')
    with open(path, 'wb') as out:
        for head in (MAGIC_NUMBER, PROTOCOL_VERSION, SYS_INFO):
            out.write(plain_pickle(head))
        out.write(content_pickle(planned, plan_storages(planned), legacy=True))
        out.write(plain_pickle([str(index) for index in range(len(sizes))]))
        for size in sizes:
            out.write(struct.pack('<q', size // 4))
            out.seek(size, os.SEEK_CUR)
        out.truncate()


if __name__ == '__main__':
    main()
