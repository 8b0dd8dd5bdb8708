"""Weights that a network or a loss loads itself."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import CheckReport, NestedWeights
from basicsr_weightcheck.rules.facts import UNKNOWN_READER, reader
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, TrainingRule

KEYS = 4  # that are named


class NestedWeightsUnusable(TrainingRule, code='WC221', severity=ERROR):
    """Weights that a network or a loss loads itself, from a path outside `path:`, cannot be loaded.

    Why it matters: such a path is read by the constructor of the network with a plain torch.load:
    no `~` is expanded, no other table is tried, and strict is always on. The training stops before
    it reaches its own loads.
    Evidence: https://github.com/sczhou/CodeFormer/issues/304,
    https://github.com/TencentARC/GFPGAN/issues/38, https://github.com/xinntao/EDVR/issues/71,
    https://github.com/XPixelGroup/BasicSR/issues/516
    False alarms: a class of one's own that has an option of such a name and reads another table; an
    option that nothing reads, or that names a file to be written: then only a warning.
    What to do: correct the path, write it out without `~`, or convert the file: SpyNet of mmediting
    has other names, and a file of BasicVSR++ has it under generator.spynet.
    Source: basicsr 1.4.2 archs/spynet_arch.py, basicvsr_arch.py `EDVRFeatureExtractor`,
    vgg_arch.py; sczhou/CodeFormer codeformer_arch.py, vqgan_arch.py; TencentARC/GFPGAN
    gfpganv1_arch.py.
    """

    explains = ('WC512',)
    words = {
        'title': ('weights that are loaded outside path are unusable',
                  '在 path 之外加载的权重无法使用'),
        'text': ('{option} names {value}, which is for {reader}: {problem}.{detail}',
                 '{option} 指定了 {value}，供{reader}使用：{problem}。{detail}'),
        'do': ('{advice}', '{advice}'),
        'nested-missing': ('there is no such file', '没有这个文件'),
        'nested-address': ('it is an address, and nothing is downloaded',
                           '它是网址，而训练不会下载任何东西'),
        'nested-tilde': ('~ is not expanded outside path:, so there is no such file',
                         '在 path: 之外不会展开 ~，因此没有这个文件'),
        'nested-unreadable': ('it is no weight file that can be read', '它不是可读取的权重文件'),
        'nested-unsafe': ('it names code, which an old torch runs and a new one refuses',
                          '它引用了代码：旧版 torch 会执行，新版会拒绝'),
        'nested-table': ('the table that is read is not in it, which ends in KeyError',
                         '其中没有要读取的权重表，会以 KeyError 结束'),
        'nested-keys': ('its keys do not fit the part of the network that it is for',
                        '它的键与所属的子网络不符'),
        'nested-odd-keys': (' {count} keys differ: {keys}.', '有 {count} 个键不同：{keys}。'),
        'nested-tables': (' Read is {needed}; the file has {tables}.',
                          '会读取 {needed}；文件中有 {tables}。'),
        'nested-convert': ('Convert the file once and name the new one in {option}: {command}',
                           '请转换一次，并在 {option} 中写出新文件：{command}'),
        'nested-correct': ('Correct it: the file is read with torch.load as it is written.',
                           '请改正：文件按所写的路径用 torch.load 读取。'),
        'nested-address-do': ('Download the file yourself and write its path.',
                              '请自行下载该文件并写出它的路径。'),
        'nested-flat': (' Read is {needed}; the file has its tensors at the root.',
                        '会读取 {needed}；而文件的张量都在根部。'),
    }  # fmt: skip
    zh = Chinese(
        '这样的路径由网络的构造函数直接用 torch.load 读取：不展开 ~，不尝试别的权重表，并且总是严格。训练在到达自己的加载之前就会报错退出。',
        '自己写的类有同名选项，但读取别的权重表；没有人读取的选项，或要写出的文件：这时只是警告。',
        '改正路径，写成不带 ~ 的形式，或转换文件：mmediting 的 SpyNet 用别的键名，BasicVSR++ 的文件把它放在 generator.spynet 之下。',
    )

    def look(self, report: CheckReport) -> Finds:
        for one in report.nested:
            if one.problem and not _was_loaded(one, report):
                known = reader(one.option) != UNKNOWN_READER
                yield Found(
                    one.option,
                    '' if known else WARNING,
                    option=one.option,
                    value=one.value,
                    problem=f'label:nested-{one.problem}',
                    detail=self._detail(one),
                    tables=one.tables,
                    needed=one.needed,
                    reader=reader(one.option),
                    advice=self._advice(one),
                )

    def _detail(self, one: NestedWeights) -> str:
        """What there is to say beyond the problem, '' for nothing."""
        if one.odd_keys:
            return self.phrase('nested-odd-keys', keys=one.odd_keys[:KEYS], count=len(one.odd_keys))
        if one.problem != 'table':
            return ''
        if not one.tables:
            return self.phrase('nested-flat', needed=one.needed)
        return self.phrase('nested-tables', needed=one.needed, tables=one.tables)

    def _advice(self, one: NestedWeights) -> str:
        if one.conversion.is_needed:
            return self.phrase('nested-convert', command=one.conversion.command, option=one.option)
        return (
            self.phrase('nested-address-do')
            if one.problem == 'address'
            else self.phrase('nested-correct')
        )


def _was_loaded(one: NestedWeights, report: CheckReport) -> bool:
    """The constructor that reads it has run to its end: its own code knows better what it needs."""
    rehearsal = report.rehearsal
    ran = not rehearsal.failure and rehearsal.stop is None
    return ran and one.option.startswith('network_') and one.problem in ('table', 'keys')
