"""Options and classes that the file was made with."""

from __future__ import annotations

from basicsr_weightcheck.messages.numbers import share
from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import Cause, CheckReport, LoadReport, OptionDifference
from basicsr_weightcheck.records.sources import shown_value
from basicsr_weightcheck.rules.facts import SYMPTOMS, fitting, known, stops, strict_name
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule, TrainingRule


class OtherHyperParameters(LoadRule, code='WC305', severity=ERROR):
    """The file was made with other options of the network than the YAML has.

    Why it matters: hundreds of size mismatches or missing keys have one cause: a width, a depth, a
    number of channels. `strict_load: false` would train a network that took little of the file; the
    right options take all of it.
    Evidence: https://github.com/xinntao/Real-ESRGAN/issues/178,
    https://github.com/cszn/KAIR/issues/99, https://github.com/IDKiro/DehazeFormer/issues/27,
    https://github.com/swz30/Restormer/issues/108, https://github.com/Zj-BinXia/DiffIR/issues/61,
    https://github.com/csguoh/MambaIR/issues/116
    False alarms: none known: the options are read off the shapes of file and network alike, or
    tried out, and the network is built with them before they are named.
    What to do: give the network the options of the file; keep strict_load true. `type:` is one of
    them where a registered class of a like name takes the file wholly (a second version, another
    stage). Where the change is meant (grey images, a sixth channel) and most of the file fits,
    strict_load false keeps the network; where little fits, take a file that was made with these
    options.
    Source: the classes of basicsr 1.4.2 archs/, swz30/Restormer, megvii-research/NAFNet.
    """

    explains = (*SYMPTOMS, 'WC210')
    words = {
        'title': ('the file was made with other options', '文件所用的网络选项不同'),
        'text': ('The file was made with {found}, the options say {expected} ({section}, line {lines}). As it is {fraction} of the parameters fit, with the options of the file {then}.',
                 '文件是用 {found} 生成的，选项写的是 {expected}（{section}，第 {lines} 行）。目前 {fraction} 的参数吻合，使用文件的选项后为 {then}。'),
        'do': ('{advice}', '{advice}'),
        'options-keep': ('Give the network the options of the file, as recommended; it then loads strictly. Or, if you train a changed network on purpose, keep it and set {strict}: false: {fraction} of the parameters load.',
                         '请按建议让网络使用文件的选项，之后即可严格加载。若是有意训练改动后的网络，则保留它并设 {strict}: false：会加载 {fraction} 的参数。'),
        'options-file': ('Give the network the options of the file, as recommended; strict_load can then stay true. Or name a file that was made with {expected}.',
                         '请按建议让网络使用文件的选项；之后 strict_load 可以保持 true。或者指定一个以 {expected} 训练的文件。'),
        'options-loader': ('Nothing, if the loader is meant to fill these tensors in part; otherwise write the options of the file.',
                           '如果加载器本来就是要部分填充这些张量，则无需处理；否则请写上文件的选项。'),
        'options-strict-false': ('Nothing, if you train a changed network from these weights on purpose; otherwise write the options of the file.',
                                 '如果是有意用这些权重训练改动后的网络，无需处理；否则请写上文件的选项。'),
    }  # fmt: skip
    zh = Chinese(
        '成百上千条尺寸不符或缺失的键只有一个原因：宽度、深度或通道数。strict_load: false 会训练一个几乎没有用到文件的网络；正确的选项能用上全部权重。',
        '暂无：文件与网络用同样的方法从形状读出选项，或逐一尝试，并且在给出之前已用它们构建过网络。',
        '让网络使用文件的选项；strict_load 保持 true。如果另一个键名相近的已注册类能完全容纳该文件（第二版、另一阶段），type: 也是这样的选项。如果改动是有意的（灰度图、第六个通道）且文件大部分吻合，可设 strict_load 为 false 保留该网络；如果几乎都不吻合，请换用以这些选项训练的文件。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        cause = load.cause
        if not cause.options or cause.scale_only:
            return
        lines = report.plan.options.lines
        section = load.step.network_option
        yield Found(
            f'{section}.{cause.options[0].name}',
            WARNING if cause.transfer and not stops(load) else '',
            found=tuple(f'{one.name}: {shown_value(one.found)}' for one in cause.options),
            expected=tuple(_written(one) for one in cause.options),
            section=section,
            lines=tuple(
                str(lines.get(f'{section}.{one.name}', lines.get(section)) or '–')
                for one in cause.options
            ),
            fraction=fitting(load),
            then=share(cause.fraction),
            advice=f'label:options-{_way(load, cause, report.plan.min_loaded)}',
            strict=strict_name(load),
        )


def _way(load: LoadReport, cause: Cause, asked: float) -> str:
    """The transfer that is meant; else, beside the options of the file, the network or a file."""
    if cause.transfer:
        return cause.transfer
    runs = load.strict_false.loads
    most = load.difference is not None and load.difference.coverage.least >= asked
    return 'keep' if runs and most else 'file'


def _written(option: OptionDifference) -> str:
    default = ' (default)' if option.is_default else ''
    return f'{option.name}: {shown_value(option.expected)}{default}'


# The classes of BasicSR that only judge: their weights never belong to a generator.
DISCRIMINATORS = ('UNetDiscriminatorSN', 'VGGStyleDiscriminator')


class WeightsOfAnotherClass(LoadRule, code='WC309', severity=ERROR):
    """The shapes of the file are those of another known network class.

    Why it matters: a discriminator's file for the generator, the generator's for the discriminator,
    SRVGGNetCompact for RRDBNet: hardly anything loads, and without strict nothing says so.
    Evidence: https://github.com/xinntao/Real-ESRGAN/issues/109,
    https://github.com/xinntao/Real-ESRGAN/issues/521,
    https://github.com/Markfryazino/wav2lip-hq/issues/3,
    https://github.com/JingyunLiang/SwinIR/issues/28
    False alarms: a network of one's own that takes over parts of a known one; said only where less
    than half of the file fits, or both classes are known.
    What to do: name a file of the network, or the network of the file; the other role has an option
    of its own (pretrain_network_d).
    Source: the classes of basicsr 1.4.2 archs/.
    """

    explains = SYMPTOMS
    words = {
        'title': ('the file belongs to another class', '文件属于另一个网络类'),
        'text': ('By its shapes {path} is a {found}; the options ask for a {expected}. {fraction} of the parameters would fit.',
                 '从形状看，{path} 是 {found}；选项要求的是 {expected}。只有 {fraction} 的参数吻合。'),
        'do': ('{advice}', '{advice}'),
        'class-d': ('A discriminator belongs in path.pretrain_network_d; name a file of the generator here (net_g_*.pth).',
                    '判别器应写在 path.pretrain_network_d；此处请指定生成器文件（net_g_*.pth）。'),
        'class-g': ('Name a discriminator file here (net_d_*.pth), or nothing; this file belongs in path.pretrain_network_g.',
                    '此处请指定判别器文件（net_d_*.pth）或留空；该文件应写在 path.pretrain_network_g。'),
        'class-other': ('Name a file of this network, or the network of this file (inspect shows its options).',
                        '请指定属于该网络的文件，或改用该文件的网络（inspect 会显示其选项）。'),
    }  # fmt: skip
    zh = Chinese(
        '把判别器文件给生成器，把生成器文件给判别器，或把 SRVGGNetCompact 给 RRDBNet：几乎什么也加载不到，不严格时也没有任何提示。',
        '自己写的网络沿用了已知网络的一部分；只有在文件吻合不到一半，或两边的类都已知时才会报告。',
        '指定属于该网络的文件，或使用该文件的网络；另一角色有自己的选项（pretrain_network_d）。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        theirs = known(load.cause.file_network).network_type
        letter = 'd' if theirs in DISCRIMINATORS else 'g'
        is_right = load.step.path_option == f'path.pretrain_network_{letter}'
        is_meant = not stops(load) and not load.recommendation.is_needed and load.must_be_false
        yield Found(
            load.step.path_option,
            WARNING if is_meant else '',
            path=load.step.load_path,
            found=theirs,
            expected=known(load.network).network_type,
            fraction=fitting(load),
            advice=f'label:class-{"other" if is_right else letter}',
        )


DEFAULT = 128  # pixels: that of VGGStyleDiscriminator


class DiscriminatorInputSize(TrainingRule, code='WC312', severity=ERROR):
    """VGGStyleDiscriminator is made for another patch size than the training cuts.

    Why it matters: its last layer fits one image size only; the first step of the training stops
    with an AssertionError, after every weight has loaded.
    Evidence: https://github.com/XPixelGroup/BasicSR/issues/100,
    https://github.com/XPixelGroup/BasicSR/issues/388
    False alarms: a dataset of one's own that ignores gt_size.
    Source: basicsr 1.4.2 archs/discriminator_arch.py `VGGStyleDiscriminator.forward`.
    """

    words = {
        'title': ('the discriminator is made for another patch size', '判别器对应的图块尺寸不同'),
        'text': ('VGGStyleDiscriminator takes images of {size} pixels, and the training cuts patches of {patch}: the first step stops with AssertionError.',
                 'VGGStyleDiscriminator 接受 {size} 像素的图像，而训练裁剪 {patch} 像素的图块：第一步就会因 AssertionError 报错退出。'),
        'do': ('Set network_d.input_size to gt_size (128 or 256), and name a file of that size.',
               '请把 network_d.input_size 设为 gt_size（128 或 256），并使用对应尺寸的权重文件。'),
    }  # fmt: skip
    zh = Chinese(
        '它的最后一层只适合一种图像尺寸；权重全部加载之后，训练的第一步就会因 AssertionError 报错退出。',
        '自己写的、不理会 gt_size 的数据集。',
    )

    def look(self, report: CheckReport) -> Finds:
        options = report.plan.options
        patch = options.get('datasets.train.gt_size')
        if options.get('network_d.type') != 'VGGStyleDiscriminator' or not isinstance(patch, int):
            return
        size = options.get('network_d.input_size', DEFAULT)
        if size != patch:
            yield Found('network_d.input_size', size=str(size), patch=str(patch))
