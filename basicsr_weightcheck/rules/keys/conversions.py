"""Names that a conversion of the file mends."""

from __future__ import annotations

from itertools import takewhile

from basicsr_weightcheck.records.findings import ERROR, INFO
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.rules.facts import (
    conversion_of,
    error_if_stops,
    known,
    left_random,
    of_file,
)
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule


class NamedByAnotherGeneration(LoadRule, code='WC214', severity=ERROR):
    """The file has the names of an older code of the same network.

    Why it matters: every tensor is there, and none loads: ESRGAN's RRDBNet was named in three ways,
    and mmediting numbers the layers of SpyNet without their activations. strict_load false loads
    nothing, or only the layers whose names stayed.
    Evidence: https://github.com/xinntao/ESRGAN/issues/69,
    https://github.com/xinntao/Real-ESRGAN/issues/154,
    https://github.com/XPixelGroup/BasicSR/issues/516,
    https://github.com/XPixelGroup/BasicSR/pull/537 (SpyNet and BasicVSR++ of mmediting).
    False alarms: none known; the renamed file was rehearsed, and gives half of the network at
    least.
    Source: basicsr 1.4.2 archs/rrdbnet_arch.py; conversion/shipped/*.yml.
    """

    explains = ('WC201', 'WC209')
    words = {
        'title': ('the file has the names of an older code', '文件使用旧代码的键名'),
        'text': ('{path} is a {network_type} under the names of another generation ({rules}): {matched} of {expected} names match as they are; renamed, the file gives {renamed} of the parameters. strict_load: false does not help: it loads what is named alike and nothing else.',
                 '{path} 是另一代命名的 {network_type}（{rules}）：不改名时 {expected} 个键名中有 {matched} 个相符，改名后文件提供 {renamed} 的参数。strict_load: false 没有用：只会加载碰巧同名的部分。'),
        'do': ('Convert the file once; the command is in the recommendation. Tensors that then start random: {random}.',
               '把文件转换一次；命令见建议部分。之后仍为随机的张量：{random}。'),
    }  # fmt: skip
    zh = Chinese(
        '张量都在文件里，却一个也加载不上：ESRGAN 的 RRDBNet 先后有三种命名。strict_load 设为 false 时什么也不加载，或只加载名字没变的几层。',
        '目前未知；改名后的文件已经过试加载，且至少提供网络的一半。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        advice, difference = load.recommendation, known(load.difference)
        rules = advice.conversion.recipe.rules
        if rules:
            yield of_file(
                load,
                rules=rules,
                renamed=advice.proof.parameter_fraction
                if advice.proof.was_made
                else 'label:unknown',
                matched=len(difference.matched),
                expected=difference.coverage.tensors_expected,
                network_type=load.step.network_type,
                random=left_random(load),
            )


COUNTERS = ('total_ops', 'total_params')  # thop registers them in every module that it counts


class ProfilerBuffers(LoadRule, code='WC215', severity=INFO):
    """The file has counters that a profiler put into the network before it was saved.

    Why it matters: strict loading stops at total_ops and total_params, which are no weights.
    Evidence: https://github.com/Lyken17/pytorch-OpCounter/issues/82,
    https://github.com/ultralytics/yolov3/issues/1471.
    False alarms: a network with a buffer of that name of its own.
    What to do: drop them by a conversion; strict_load false is harmless where nothing else differs.
    Source: pytorch-OpCounter thop/profile.py.
    """

    explains = ('WC204',)
    words = {
        'title': ('profiler buffers in the file', '文件里有性能分析缓冲区'),
        'text': ('{count} names in {path} are counters of a profiler (total_ops, total_params), no weights. {harmless}',
                 '{path} 中有 {count} 个键是性能分析工具的计数器（total_ops、total_params），不是权重。{harmless}'),
        'do': ('Drop them once; the command stands with the recommendation.',
               '一次性去掉；命令与建议列在一起。'),
        'harmless': ('Nothing else differs: strict_load: false is harmless here.',
                     '除此之外没有差别：这里用 strict_load: false 也无妨。'),
        'not-alone': ('They are not the only difference.', '它们不是唯一的差别。'),
    }  # fmt: skip
    zh = Chinese(
        '严格加载会停在 total_ops 和 total_params 上，而它们不是权重。',
        '网络自己恰好有同名的缓冲区。',
        '用一次转换去掉它们；如果没有别的差异，strict_load 设为 false 也没有害处。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        difference = known(load.difference)
        counters = [key for key in difference.unexpected if key.rpartition('.')[2] in COUNTERS]
        if counters:
            alone = len(counters) == len(difference.keys)
            yield of_file(
                load,
                error_if_stops(load) if alone else '',
                count=len(counters),
                harmless='label:harmless' if alone else 'label:not-alone',
                command=conversion_of(load).command or '-',
            )


class BetterConversionExists(LoadRule, code='WC216', severity=INFO):
    """A conversion of the file gives more of the network than loading it as it is.

    Why it matters: strict_load false drops what has another name or form; for MDTA to HTA the
    depthwise convolutions of q and k are in the file, as thirds of qkv_dwconv.
    Evidence: own tests; basicsr_weightcheck/archs/restormer_arch.py.
    False alarms: none known; the conversion was rehearsed, and more parameters load.
    Source: conversion/shipped/mdta-to-hta.yml.
    """

    words = {
        'title': ('a conversion uses more of the file', '转换后能用上文件中更多的权重'),
        'text': ('Converted, the file gives {fraction} of the parameters; as it is it gives {plain}. Rehearsed with: {edits}.',
                 '转换后文件提供 {fraction} 的参数，不转换则为 {plain}。已按以下设置试加载：{edits}。'),
        'do': ('To use it, run the command that stands below the recommendation.',
               '如要采用，请运行建议下方列出的命令。'),
    }  # fmt: skip
    zh = Chinese(
        'strict_load 设为 false 会丢掉名字或形式不同的权重；从 MDTA 到 HTA 时，q 与 k 的深度卷积就在 qkv_dwconv 的前两个三分之一里。',
        '目前未知；该转换已经过试加载，加载的参数更多。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        other, plain = load.alternative, load.recommendation.proof
        if not other.conversion.recipe.renames or _said_before(load, report):
            return
        as_is = load.coverage.parameter_fraction if load.coverage is not None else 0.0
        yield Found(
            load.step.path_option,
            fraction=other.proof.parameter_fraction,
            plain=plain.parameter_fraction if plain.was_made else as_is,
            command=other.conversion.command,
            edits=tuple(f'{edit.option}: {_shown(edit.after)}' for edit in other.edits),
        )


def _said_before(load: LoadReport, report: CheckReport) -> bool:
    """net_g and net_g_ema read the same file: one sentence is enough."""
    earlier = takewhile(lambda one: one.step != load.step, report.loads)
    return any(one.alternative.conversion == load.alternative.conversion for one in earlier)


def _shown(value: object) -> str:
    return '~' if value is None else str(value).lower() if isinstance(value, bool) else str(value)
