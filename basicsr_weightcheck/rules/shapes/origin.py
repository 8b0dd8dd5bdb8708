"""What the sidecar of a file tells of the network that it was saved from."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import ERROR, INFO
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.sources import is_of_training
from basicsr_weightcheck.rules.facts import known
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule


class SameKeysAnotherNetwork(LoadRule, code='WC307', severity=ERROR):
    """Every key and shape fits, and the file was saved from a network with other options, as the
    sidecar of the hook, the YAML or the log beside it says.

    Why it matters: the load is complete, and the network computes something else than the one that
    was trained: another attention, another window, another scale.
    Evidence: https://github.com/megvii-research/NAFNet/issues/73,
    https://github.com/xinntao/Real-ESRGAN/issues/233.
    False alarms: an option that the class ignores, or one that was overridden by --force_yml and so
    does not show in the copied YAML. Options of the training (drop rates, gradient checkpointing,
    initialization) are not compared.
    Source: basicsr_weightcheck/plan/provenance.py `find_origin`; basicsr 1.4.2 utils/options.py
    `copy_opt_file`, `dict2str`.
    """

    words = {
        'title': ('same keys, another network', '键名相同，但不是同一个网络'),
        'text': ('Every key and shape fits, but {source} says that the file was saved from another network: {changed}.',
                 '所有键名和形状都相符，但 {source} 表明文件来自另一个网络：{changed}。'),
        'do': ('Write the options that the file was trained with, or name a file of this network.',
               '请写上训练该文件时的选项，或换用这个网络的权重文件。'),
    }  # fmt: skip
    zh = Chinese(
        '加载是完整的，网络算出的却与训练时不同：注意力、窗口或放大倍数变了。',
        '该类并不使用的选项；或者被 --force_yml 覆盖、因而没有写进所复制 YAML 的选项。只影响训练的选项（丢弃率、梯度检查点、初始化）不参加比较。',
        finds='键名和形状全部相符，但钩子写的附属文件、旁边的 YAML 或日志表明，保存该文件的网络用的是别的选项。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        origin, outcome = known(load.origin), load.configured
        differs = outcome.missing or outcome.unexpected or outcome.mismatched
        changed = tuple(
            f'{option}: {then} -> {now}'
            for option, then, now in load.origin_differences
            if not is_of_training(option)
        )
        if changed and outcome.loads and not differs:
            yield Found(load.step.network_option, changed=changed, source=origin.path)


class ClassChangedSince(LoadRule, code='WC308', severity=INFO):
    """The source text of the network's class is not what it was when the file was saved, as the
    sidecar of the hook says.

    Why it matters: with equal keys another code may compute something else; authors change a
    network after they uploaded its weights.
    Evidence: https://github.com/caiyuanhao1998/Retinexformer/issues/35,
    https://github.com/open-mmlab/mmagic/issues/305.
    False alarms: a change of comments or layout changes the text too; the classes that it is built
    from are not compared.
    Source: basicsr_weightcheck/hook/provenance.py.
    """

    words = {
        'title': ('the class has changed since', '网络类的源码已改变'),
        'text': ('The source of {now} is not what {then} was when the file was saved ({source}).',
                 '{now} 的源码与保存文件时的 {then} 不同（{source}）。'),
        'do': ('Make sure that the change leaves the meaning of the weights alone.',
               '请确认改动没有改变权重的含义。'),
    }  # fmt: skip
    zh = Chinese(
        '键名相同时，不同的代码可能算出不同的结果；作者上传权重之后有时还会改动网络。',
        '只改注释或排版也会使源码不同；它所用到的其他类不参加比较。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        origin, network = known(load.origin), known(load.network)
        both = origin.source_sha256 and network.source_sha256
        if both and network.source_sha256 != origin.source_sha256:
            yield Found(
                load.step.network_option,
                then=origin.class_name,
                now=network.class_name,
                source=origin.path,
            )


class SidecarOfAnotherFile(LoadRule, code='WC316', severity=INFO):
    """The sidecar beside the checkpoint was written for another file, or does not say for which.

    Why it matters: it would tell the options of a network that the weights are not of; it is
    ignored.
    Evidence: own tests.
    False alarms: sidecars of the first format, which say nothing of their file.
    Source: basicsr_weightcheck/plan/provenance.py `seal`.
    """

    words = {
        'title': ('the sidecar is of another file', 'sidecar 属于另一个文件'),
        'text': ('{sidecar} was not written for the file {path} that is there now; it is ignored.',
                 '{sidecar} 不是为现在的文件 {path} 写的；已忽略。'),
        'do': ('Nothing; delete it, or copy a checkpoint together with its sidecar.',
               '无需处理；可以删除它，或把权重文件连同其 sidecar 一起复制。'),
    }  # fmt: skip
    zh = Chinese(
        '它所说的网络选项与这些权重无关；因此被忽略。',
        '第一种格式的 sidecar，其中没有关于文件的记录。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        if load.stale_sidecar:
            yield Found(load.step.path_option, sidecar=load.stale_sidecar, path=load.step.load_path)
