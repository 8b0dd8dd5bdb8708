"""Formats that the loader, the torch or the NumPy of the training cannot read."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.tensors import TORCH_ZIP
from basicsr_weightcheck.rules.facts import known, of_file
from basicsr_weightcheck.rules.rule import Chinese, Finds, LoadRule
from basicsr_weightcheck.version import is_before_zip, version_numbers


class SafetensorsInLoader(LoadRule, code='WC106', severity=ERROR):
    """A safetensors file, whatever its name ends with, is handed to a loader that calls torch.load.

    Why it matters: load_network has no branch for safetensors; the error speaks of map_location or
    of a pickle, and changes with the torch version and the first byte of the file.
    Evidence: https://github.com/facebookresearch/sam3/pull/599,
    https://github.com/pytorch/pytorch/pull/170592.
    False alarms: with --no-rehearsal, a fork whose loader does read safetensors; a rehearsal lets
    that loader speak.
    Source: basicsr 1.4.2 models/base_model.py `load_network`.
    """

    words = {
        'title': ('safetensors file in a loader that reads torch files only',
                  '加载器只读 torch 文件，却给了 safetensors 文件'),
        'text': ('{path} is a safetensors file; load_network calls torch.load, which cannot read it.',
                 '{path} 是 safetensors 文件；load_network 调用 torch.load，无法读取它。'),
        'do': ('Convert it once; the command is in the recommendation.',
               '请转换一次，命令见建议。'),
    }  # fmt: skip
    zh = Chinese(
        'load_network 没有处理 safetensors 的分支；报错说的是 map_location 或 pickle，并随 torch 版本和文件的首字节而变。',
        '使用 --no-rehearsal 时，某个分支的加载器其实能读 safetensors；试加载时由该加载器自己回答。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        if not known(load.header).torch_reads and not load.opens_container:
            yield of_file(load)


class ZipForOldTorch(LoadRule, code='WC109', severity=ERROR):
    """The file is in torch's zip format, and the training has a torch that cannot read it.

    Why it matters: torch before 1.6 stops with "Attempted to read a PyTorch file with version 3" or
    takes the file for a TorchScript archive.
    Evidence: https://github.com/pytorch/pytorch/issues/43766,
    https://github.com/princeton-vl/RAFT/issues/71
    False alarms: none known.
    Source: torch/serialization.py of 1.6, `_use_new_zipfile_serialization`.
    """

    words = {
        'title': ('this torch cannot read the zip format', '这个 torch 读不了 zip 格式'),
        'text': ('{path} is in the zip format of torch 1.6 and newer; the training has torch {version}, which cannot read it.',
                 '{path} 是 torch 1.6 及更新版本的 zip 格式；训练用的 torch {version} 无法读取。'),
        'do': ('Save it again with a newer torch: torch.save(weights, path, _use_new_zipfile_serialization=False); or train with torch 1.6 or newer.',
               '请用更新的 torch 重新保存：torch.save(weights, path, _use_new_zipfile_serialization=False)；或者用 torch 1.6 及更新版本训练。'),
    }  # fmt: skip
    zh = Chinese(
        '1.6 之前的 torch 会以 “Attempted to read a PyTorch file with version 3” 报错退出，或把文件当作 TorchScript 归档。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        version = report.rehearsal.torch_version
        if is_before_zip(version) and known(load.header).container == TORCH_ZIP:
            yield of_file(load, version=version)


FIRST_THAT_REFUSES = (2, 6)  # torch: weights_only is its default and imports no name (WC104)
FIRST_WITH_CORE = (2, 0)  # numpy: numpy.core is numpy._core from here on


class NumpyNamesUnknown(LoadRule, code='WC110', severity=ERROR):
    """The file names parts of NumPy 2, and the training has an older NumPy.

    Why it matters: a torch before 2.6 imports every module that a file names; numpy._core exists
    since NumPy 2, and the load stops with ModuleNotFoundError. Newer torch refuses such files
    anyway (WC104).
    Evidence: https://github.com/ray-project/ray/issues/48053,
    https://github.com/numpy/numpy/issues/28340
    False alarms: none known.
    Source: numpy/_core (2.0); torch/serialization.py before 2.6, weights_only off by default.
    """

    words = {
        'title': ('the file names parts of NumPy 2', '文件引用了 NumPy 2 的模块'),
        'text': ('{path} names {names}; the training has NumPy {version}, which has none of them: training stops with ModuleNotFoundError.',
                 '{path} 引用了 {names}；训练用的 NumPy {version} 没有这些模块：训练以 ModuleNotFoundError 报错退出。'),
        'do': ('Save the weights again as plain tensors, in an environment with NumPy 2.',
               '请在装有 NumPy 2 的环境中把权重重新保存为纯张量。'),
    }  # fmt: skip
    zh = Chinese(
        '2.6 之前的 torch 会导入文件引用的每个模块；numpy._core 从 NumPy 2 起才有，加载以 ModuleNotFoundError 报错退出。更新的 torch 本来就拒绝这样的文件（WC104）。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        rehearsal, header = report.rehearsal, known(load.header)
        numpy_version = version_numbers(rehearsal.numpy_version)
        names = tuple(name for name in header.globals if name.startswith('numpy._core.'))
        imports = () < version_numbers(rehearsal.torch_version) < FIRST_THAT_REFUSES
        if names and imports and () < numpy_version < FIRST_WITH_CORE:
            yield of_file(load, names=names, version=rehearsal.numpy_version)
