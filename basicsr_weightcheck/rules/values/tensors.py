"""The numbers in the tensors."""

from __future__ import annotations

from typing import Sequence, Set, Tuple

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.rules.facts import known, of_file
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule

KEEPS_DIGITS = ('float32', 'float64')  # no training value of a float32 network is lost in them


class OtherPrecision(LoadRule, code='WC601', severity=INFO):
    """Tensors that match have another dtype in the file than in the network.

    Why it matters: they are cast without a word: a file in half precision loads into a float32
    network, and the lost digits do not come back.
    Evidence: https://github.com/neosr-project/neosr/issues/83,
    https://github.com/NVlabs/Sana/issues/47.
    False alarms: a file that was saved in half precision on purpose, to be small.
    What to do: nothing, if this is the checkpoint you mean; else take the file in full precision.
    Source: torch/nn/modules/module.py `_load_from_state_dict` (`param.copy_(input_param)`).
    """

    words = {
        'title': ('the file holds another precision', '文件的精度不同'),
        'text': ('{count} tensors are {found} in the file and {expected} in the network. They load, rounded to the precision of the file.',
                 '有 {count} 个张量在文件中是 {found}，在网络中是 {expected}。可以加载，但精度以文件为准。'),
        'do': ('Nothing, if this is the checkpoint you mean.', '如果这就是你要的权重，无需处理。'),
    }  # fmt: skip
    zh = Chinese(
        '它们会被悄悄转换：半精度的文件可以加载到 float32 网络，丢失的精度不会恢复。',
        '为了减小体积而有意保存为半精度的文件。',
        '如果这就是你要的权重，无需处理；否则请使用全精度的文件。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        for expected, found, count in known(load.difference).dtypes:
            severity = '' if found in KEEPS_DIGITS else WARNING
            option = load.step.path_option
            yield Found(option, severity, expected=expected, found=found, count=count)


class NanValues(LoadRule, code='WC602', severity=ERROR):
    """Tensors that would be loaded hold NaN.

    Why it matters: the load runs, and every output and every loss is NaN from the first step on:
    the run that saved the file had diverged.
    Evidence: https://github.com/neosr-project/neosr/issues/83
    False alarms: none known. Said only with --values, which reads the tensors, and by the hook.
    Source: torch/nn/modules/module.py, `param.copy_(input_param)` copies NaN.
    """

    words = {
        'title': ('the weights hold NaN', '权重中有 NaN'),
        'text': ('{count} tensors of {path} hold NaN ({elements} values; first {first}): the output is NaN from the first step on.',
                 '{path} 中有 {count} 个张量含有 NaN（共 {elements} 个值，第一个是 {first}）：从第一步起输出就是 NaN。'),
        'do': ('Take an earlier checkpoint: the run that saved this one had diverged.',
               '请使用更早的权重文件：保存它的训练已经发散。'),
    }  # fmt: skip
    zh = Chinese(
        '加载可以运行，但从第一步起所有输出和损失都是 NaN。保存该文件的训练已经发散。',
        '没有已知的误报。只在使用 --values（读取张量）时以及由 hook 给出。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        health = known(report.values.get(load.step.network))
        yield from bad_values(load, [(one.key, one.nan) for one in health.tensors])


class InfiniteValues(LoadRule, code='WC603', severity=ERROR):
    """Tensors that would be loaded hold infinite values.

    Why it matters: the load runs, and outputs become infinite or NaN. Often half precision
    overflowed when the file was saved.
    Evidence: https://github.com/NVlabs/Sana/issues/47
    False alarms: buffers that hold a mask of -inf on purpose; the hook knows those that were so
    before the load. Said only with --values and by the hook.
    Source: torch/nn/modules/module.py, `param.copy_(input_param)`.
    """

    words = {
        'title': ('the weights hold infinite values', '权重中有无穷大'),
        'text': ('{count} tensors of {path} hold infinite values ({elements}; first {first}).',
                 '{path} 中有 {count} 个张量含有无穷大（共 {elements} 个值，第一个是 {first}）。'),
        'do': ('Take an earlier checkpoint, or the file in full precision.',
               '请使用更早的权重文件，或全精度的文件。'),
    }  # fmt: skip
    zh = Chinese(
        '加载可以运行，但输出会变成无穷大或 NaN。常常是保存为半精度时溢出。',
        '有意存放 -inf 掩码的缓冲区；加载前就如此的，hook 知道。只在使用 --values 时以及由 hook 给出。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        health = known(report.values.get(load.step.network))
        yield from bad_values(load, [(one.key, one.inf) for one in health.tensors])


class AllZeroValues(LoadRule, code='WC604', severity=ERROR):
    """Every weight that would be loaded is zero; buffers such as masks and indices do not count.

    Why it matters: a file whose data was never written, or a network that died; it loads without a
    word.
    Evidence: own tests
    False alarms: a placeholder that is meant to be zero (`weightcheck: {check_values: false}`).
    Single zero tensors (biases, scales) are usual and not reported. Said only with --values and by
    the hook.
    Source: the values of the file.
    """

    words = {
        'title': ('all weights are zero', '权重全为零'),
        'text': ('All {count} tensors that {path} gives are zero.',
                 '{path} 提供的 {count} 个张量全为零。'),
        'do': ('Get the file again, or another checkpoint.',
               '请重新获取文件，或使用别的权重文件。'),
    }  # fmt: skip
    zh = Chinese(
        '数据没有写入的文件，或者已经失效的网络；加载时没有任何提示。',
        '有意全为零的占位文件（`weightcheck: {check_values: false}`）。个别为零的张量（偏置、缩放）很常见，不会报告。只在使用 --values 时以及由 hook 给出。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        health = known(report.values.get(load.step.network))
        zero = {one.key for one in health.tensors if one.zero}
        weights = _weights(load)
        is_all = weights <= zero and (weights or len(zero) == health.measured)
        if health.measured and is_all:
            yield of_file(load, count=len(weights or zero))


def _weights(load: LoadReport) -> Set[str]:
    """Parameters of the network that the load gives; empty where it is not known."""
    if load.difference is None or load.network is None:
        return set()
    parameters = {one.key for one in load.network.tensors if one.is_parameter}
    return parameters & set(load.difference.matched)


class DamagedValues(LoadRule, code='WC605', severity=ERROR):
    """The bytes of a tensor do not match the checksum that was saved with them.

    Why it matters: a disk or a transfer changed the file; torch verifies no checksum and loads what
    is there.
    Evidence: own tests
    False alarms: none known: files without checksums are left out. Said only with --values.
    Source: torch/csrc/jit/serialization (PyTorchStreamReader, checksums off); the CRC-32 of the zip
    directory.
    """

    words = {
        'title': ('the bytes of the weights were changed', '权重的字节被改动过'),
        'text': ('{count} tensors of {path} do not match the checksum in the file (first {first}); torch loads them all the same.',
                 '{path} 中有 {count} 个张量与文件中的校验和不符（第一个是 {first}）；torch 照样会加载。'),
        'do': ('Copy or download the file again.', '请重新复制或下载文件。'),
    }  # fmt: skip
    zh = Chinese(
        '磁盘或传输改动了文件；torch 不验证校验和，有什么就加载什么。',
        '没有已知的误报：没有校验和的文件不在此列。只在使用 --values 时给出。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        rotten = known(report.values.get(load.step.network)).rotten
        if rotten:
            yield of_file(load, count=len(rotten), first=rotten[0])


def bad_values(load: LoadReport, bad: Sequence[Tuple[str, int]]) -> Finds:
    """One finding about tensors with bad elements, (key, how many) each; none where none has."""
    found = [(key, elements) for key, elements in bad if elements]
    if found:
        total = sum(elements for _, elements in found)
        yield of_file(load, count=len(found), first=found[0][0], elements=total)
