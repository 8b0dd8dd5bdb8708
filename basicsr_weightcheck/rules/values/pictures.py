"""What the network does to pictures with the weights."""

from __future__ import annotations

from typing import Optional

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.looks import SURELY_DB, LookRow
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.rules.facts import known
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule

MOST = 0.5  # share of the network that the load took: less need not do anything yet


class WorseThanNothing(LoadRule, code='WC606', severity=WARNING):
    """The network with its weights makes pictures worse than they are, or makes NaN or Inf of them.

    Why it matters: keys and shapes agree with another network, another range of values or another
    degradation as well; then the training starts further away than from doing nothing.
    Evidence: own tests
    False alarms: a network that was made for another degradation may do worse than nothing on these
    pictures, and be right to start from; so may one whose part is random on purpose. Said only
    where somebody looked: `check --first-look`, or the hook before the first iteration; and only
    where the load took at least half of the network.
    Source: the output of the network.
    """

    words = {
        'title': ('the network spoils the pictures', '网络使图像变差'),
        'text': ('With these weights the network gives {mine}; doing nothing gives {nothing}.',
                 '使用这些权重时网络为 {mine}；什么都不做为 {nothing}。'),
        'do': ('See that the file was trained with this network, this range of values and this order of channels; check --first-look tries others. Right only if it was made for another degradation.',
               '请确认文件是用这个网络、这个数值范围和这个通道顺序训练的；check --first-look 会尝试别的。只有它是为另一种退化而训练时才没有问题。'),
    }  # fmt: skip
    zh = Chinese(
        '键名和形状与另一网络、另一数值范围或另一种退化也相符；这时训练的起点比什么都不做还差。',
        '为另一种退化训练的网络在这些图像上可能不如什么都不做，但仍是正确的起点；有意随机一部分的网络也是如此。只在有人查看时给出：check --first-look，或第一次迭代之前的钩子；并且只在至少加载了网络的一半时。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        look = known(load.look)
        if look.is_worse_than_nothing and known(load.coverage).least >= MOST:
            mine, nothing = look.row('configured'), look.row('nothing')
            yield Found(load.step.path_option, mine=decibels(mine), nothing=decibels(nothing))


def decibels(row: Optional[LookRow]) -> str:
    """'27.95 dB', as a label where there is no number."""
    if row is not None and not row.finite:
        return 'label:look-not-finite'
    return f'{row.psnr:.2f} dB' if row is not None and row.psnr is not None else '–'


class AnotherDoesBetter(LoadRule, code='WC607', severity=WARNING):
    """With another option, or with other values of the pictures, the same file does clearly better.

    Why it matters: the file is of that network: equal keys and shapes are no proof (attention,
    windows, scales, the range of values, BGR and RGB leave no trace in a file).
    Evidence: https://github.com/HzFrancesca/Restormer_LLIE (HTA and WTA have the keys of MDTA).
    False alarms: a network that was made for another degradation: what makes it weaker may then
    make it better. Asked for are 1 dB more on every picture than with the YAML, and than by doing
    nothing; it is an error where another option gives 3 dB more. Said only with check --first-look.
    What to do: give the network the option that the file was trained with, or look for it near the
    one that is named: what does better need not be the very one.
    Source: the output of the networks; basicsr_weightcheck/records/looks.py `Look.better_rival`.
    """

    explains = ('WC606', 'WC211', 'WC231')
    words = {
        'title': ('another network does better with the same file', '同一文件在另一网络中表现更好'),
        'text': ('With {name} the same file gives {theirs}, as the options have it {mine}, doing nothing {nothing} ({count} pictures).',
                 '使用 {name} 时同一文件为 {theirs}，按选项为 {mine}，什么都不做为 {nothing}（{count} 张图像）。'),
        'do': ('Find out what the file was trained with: most likely {name}.',
               '弄清文件是用什么训练的：很可能是 {name}。'),
    }  # fmt: skip
    zh = Chinese(
        '文件属于那个网络：键名和形状相同不是证明（注意力、窗口、比例、数值范围、BGR 与 RGB 都不在文件中留下痕迹）。',
        '为另一种退化训练的网络：使它变弱的东西可能使它变好。要求在每张图像上都比 YAML 和什么都不做高 1 dB；另一选项高 3 dB 时是错误。只在使用 check --first-look 时给出。',
        '给网络以文件训练时所用的选项，或在所指的附近寻找：更好的不一定就是那一个。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        look = known(load.look)
        better, mine = known(look.better_rival), known(look.row('configured'))
        if not load.is_complete:
            return
        is_rival = better.kind == 'rival'
        yield Found(
            load.step.network_option if is_rival else load.step.path_option,
            ERROR if is_rival and better.beats(mine, SURELY_DB) else WARNING,
            name=f'label:look-{better.name}' if better.kind == 'input' else better.name,
            theirs=decibels(better),
            mine=decibels(mine),
            nothing=decibels(look.row('nothing')),
            count=len(look.pairs),
        )
