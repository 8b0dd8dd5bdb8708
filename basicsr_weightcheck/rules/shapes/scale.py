"""The scale of the network."""

from __future__ import annotations

from typing import Sequence

from basicsr_weightcheck.messages.numbers import shape
from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.reports import Cause, CheckReport, LoadReport
from basicsr_weightcheck.records.tensors import Difference
from basicsr_weightcheck.rules.facts import SYMPTOMS, fitting, known, stops, strict_name
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule, TrainingRule

SHOWN = 4  # names of tensors in the sentence


class OtherScale(LoadRule, code='WC303', severity=ERROR):
    """The file was made for another scale than the network.

    Why it matters: x4 into x2 drops a layer of the file and fills the whole network, x2 into x4
    leaves a layer of the upsampling head random, x2 into x3 resizes one; RRDBNet takes its image in
    pieces below x4, so that the first layer does not fit. Strict loading stops in each case.
    Evidence: https://github.com/XPixelGroup/HAT/issues/90,
    https://github.com/XPixelGroup/BasicSR/issues/88,
    https://github.com/xinntao/Real-ESRGAN/issues/806,
    https://github.com/XPixelGroup/BasicSR/issues/276
    False alarms: none known; a finetuning from another scale is told by `strict_load: false` or by
    the names of file and training, and gets no change of the scale.
    What to do: the scale of the file where the YAML means it; strict_load false for a finetuning
    from one scale to another.
    Source: basicsr 1.4.2 archs/arch_util.py `Upsample`, archs/rrdbnet_arch.py `RRDBNet.__init__`.
    """

    explains = SYMPTOMS
    words = {
        'title': ('another scale', '放大倍数不同'),
        'text': ('The file was made for scale {found}, the network is for {expected}. {fraction} of the parameters fit; {rest}.',
                 '文件对应的放大倍数是 {found}，网络是 {expected}。{fraction} 的参数吻合；{rest}。'),
        'do': ('{advice}', '{advice}'),
        'scale-option': ('Set the scale as recommended. If you mean to go on from this scale to the other, set {strict}: false instead: {fraction} of the parameters load.',
                         '请按建议设置放大倍数。若确实要从该倍数迁移到另一倍数，请改为设 {strict}: false：会加载 {fraction} 的参数。'),
        'scale-loader': ('Nothing, if the loader is meant to fill these tensors in part.',
                         '如果加载器本来就是要部分填充这些张量，则无需处理。'),
        'scale-strict-false': ('Nothing, if you go on from one scale to the other on purpose; otherwise write the scale of the file.',
                               '如果是有意从一个倍数迁移到另一个倍数，无需处理；否则请写上文件的倍数。'),
        'scale-names': ('The names speak of a finetuning from one scale to the other: set {strict}: false as recommended; what is named here starts random.',
                        '名称表明这是跨倍数微调：请按建议设 {strict}: false；上面列出的张量从随机值开始。'),
        'scale-random': ('{count} tensors of the network have nothing of their size in the file ({names})',
                         '网络有 {count} 个张量在文件中没有同样大小的对应项（{names}）'),
        'scale-dropped': ('{count} tensors of the file have no place in the network',
                          '文件中有 {count} 个张量在网络中无处可放'),
        'scale-both': ('{one}, {other}', '{one}，另外{other}'),
    }  # fmt: skip
    zh = Chinese(
        'x4 到 x2 会丢掉文件中的一层，但网络可以填满；x2 到 x4 会让上采样头的一层保持随机；x2 到 x3 会改变一层的大小；RRDBNet 在 x4 以下会先折叠图像，因此第一层不吻合。严格加载在这些情况下都会报错退出。',
        '暂无；跨倍数微调由 strict_load: false 或文件与训练的名称识别，此时不会建议修改倍数。',
        '若 YAML 写错，请改成文件的倍数；若是跨倍数微调，请设 strict_load 为 false。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        cause, difference = load.cause, known(load.difference)
        if not cause.options or not cause.scale_only:
            return
        option = cause.options[0]
        resized = [f'{m.key} {shape(m.expected)}' for m in difference.mismatched]
        random = [*difference.missing, *resized]
        yield Found(
            f'{load.step.network_option}.{option.name}',
            _severity(load, cause, difference),
            found=str(option.found),
            expected=str(option.expected),
            fraction=fitting(load),
            random=len(random),
            names=tuple(random[:SHOWN]),
            dropped=len(difference.unexpected),
            rest=self._rest(random, len(difference.unexpected)),
            strict=strict_name(load),
            advice=f'label:scale-{cause.transfer or "option"}',
        )

    def _rest(self, random: Sequence[str], dropped: int) -> str:
        """What stays random and what has no place, as far as there is any."""
        names = tuple(random[:SHOWN])
        parts = [self.phrase('scale-random', count=len(random), names=names)] if random else []
        parts += [self.phrase('scale-dropped', count=dropped)] if dropped else []
        both = len(parts) > 1
        return self.phrase('scale-both', one=parts[0], other=parts[1]) if both else parts[0]


def _severity(load: LoadReport, cause: Cause, difference: Difference) -> str:
    if stops(load) or not cause.transfer:
        return ERROR
    # A layer of the file that is dropped is easily overlooked.
    return WARNING if difference.mismatched else INFO


# RRDBNet has two layers that enlarge by 2 each; for 2 and 1 it folds the image first.
SCALES = (1, 2, 4)
LAYERS = {'conv_up1.weight', 'conv_up2.weight'}
NETWORK = 'network_g'


class ScaleWithoutEffect(TrainingRule, code='WC311', severity=ERROR):
    """RRDBNet is asked for a scale that it does not have.

    Why it matters: RRDBNet enlarges by 4 whatever `scale:` says; 2 and 1 only fold the image first.
    A file loads completely, and the first loss stops the training: the sizes of output and target
    differ.
    Evidence: https://github.com/xinntao/Real-ESRGAN/issues/233,
    https://github.com/open-mmlab/mmagic/issues/72
    False alarms: an RRDBNet of one's own with a third upsampling layer; it is told by its keys.
    Source: basicsr 1.4.2 archs/rrdbnet_arch.py `RRDBNet.__init__`, `forward`.
    """

    words = {
        'title': ('RRDBNet has no such scale', 'RRDBNet 没有这个放大倍数'),
        'text': ('RRDBNet enlarges by 4; scale: 2 and 1 fold the image first, {scale} does nothing. Weights load all the same, and the first loss stops: output and target have different sizes.',
                 'RRDBNet 固定放大 4 倍；scale: 2 和 1 会先折叠图像，{scale} 不起作用。权重仍可全部加载，但第一次计算损失时会报错退出：输出与目标的尺寸不同。'),
        'do': ('Use scale 1, 2 or 4 for the network and for the training, or another class.',
               '网络和训练的 scale 请用 1、2 或 4，或换一个网络类。'),
    }  # fmt: skip
    zh = Chinese(
        '无论 scale: 写什么，RRDBNet 都放大 4 倍；2 和 1 只是先折叠图像。文件会全部加载，而第一次计算损失时训练报错退出：输出与目标的尺寸不同。',
        '自己写的、有第三个上采样层的 RRDBNet；会从键名识别出来。',
    )

    def look(self, report: CheckReport) -> Finds:
        options = report.plan.options
        scale = options.get(f'{NETWORK}.scale', 4)
        if options.get(f'{NETWORK}.type') != 'RRDBNet' or scale in SCALES:
            return
        network = dict(report.rehearsal.networks).get(NETWORK)
        keys = {spec.key for spec in network.tensors} if network is not None else LAYERS
        if {key for key in keys if key.startswith('conv_up') and key.endswith('.weight')} == LAYERS:
            yield Found(f'{NETWORK}.scale', scale=str(scale))
