"""What a resume does to averaged weights and to networks that it leaves out."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, ToldByDialect, TrainingRule


class IgnoredNetworkMisnamed(TrainingRule, code='WC521', severity=ERROR):
    """ignore_resume_networks names a network in a way that this framework does not compare.

    Why it matters: BasicSR compares network_g, Restormer, NAFNet and CodeFormer compare g. The
    wrong spelling is passed over, and the resume replaces the very weights that were to stay.
    Evidence: own tests (check_resume of three frameworks)
    False alarms: none known.
    Source: basicsr 1.4.2 and Restormer utils/misc.py `check_resume`.
    """

    words = {
        'title': ('a network to be kept is misnamed', '要保留的网络名写错了'),
        'text': ('ignore_resume_networks names {written}; this framework compares {read}, so the resume replaces its weights all the same.',
                 'ignore_resume_networks 写的是 {written}；这个框架比较的是 {read}，因此恢复时仍会替换它的权重。'),
        'do': ('Write {read}.', '请写 {read}。'),
    }  # fmt: skip
    zh = Chinese(
        'BasicSR 比较 network_g，Restormer、NAFNet 和 CodeFormer 比较 g；写错时不起作用，恢复训练替换的正是要保留的权重。',
    )

    def look(self, report: CheckReport) -> Finds:
        for written, read in report.plan.resume_traps.misnamed:
            yield Found('path.ignore_resume_networks', written=written, read=read)


class ResumeReadsAverages(TrainingRule, code='WC522', severity=WARNING):
    """A resume loads the averaged weights into the network that is trained.

    Why it matters: the optimizer's state belongs to the raw weights. BasicSR turns params_ema into
    params when it resumes; Restormer, NAFNet and CodeFormer do not.
    Evidence: own tests
    False alarms: none known.
    Source: basicsr 1.4.2 utils/misc.py `check_resume` (last lines); Restormer's has none of them.
    """

    words = {
        'title': ('a resume reads the averaged weights', '恢复时读取的是平均权重'),
        'text': ('{option} is params_ema, and this framework keeps it when it resumes: net_g continues from the averaged weights, with an optimizer that belongs to the others.',
                 '{option} 是 params_ema，而这个框架恢复时不改它：net_g 从平均权重继续，优化器却属于原来的权重。'),
        'do': ('Set {option}: params while you resume.', '恢复训练时请设 {option}: params。'),
    }  # fmt: skip
    zh = Chinese(
        '优化器的状态属于原始权重。BasicSR 恢复时把 params_ema 改成 params；Restormer、NAFNet 和 CodeFormer 不改。',
    )

    def look(self, report: CheckReport) -> Finds:
        option = report.plan.resume_traps.averages_option
        if option:
            yield Found(option, option=option)


class AveragesResumed(ToldByDialect, code='WC552', severity=INFO):
    """A resume goes on from averaged weights, with the optimizer of the raw ones.

    Why it matters: neosr saves the averages under params and the raw weights nowhere; after a
    resume both networks start on the averages.
    Evidence: own tests.
    False alarms: none known.
    What to do: nothing, where a small step back is no matter; else train in one go, or without EMA.
    Source: neosr 31c7022 neosr/models/image.py `save`, neosr/utils/misc.py `check_resume`.
    """

    words = {
        'title': ('the resume goes on from averages', '恢复从平均权重继续'),
        'text': ('With EMA the framework saves the averaged weights only: both networks go on from them, with the optimizer of the raw weights.',
                 '使用 EMA 时框架只保存平均权重：两个网络都从它们继续，而优化器状态属于原始权重。'),
        'do': ('Nothing, where that is meant.', '如果这就是本意，无需处理。'),
    }  # fmt: skip
    zh = Chinese(
        'neosr 把平均权重保存在 params 下，原始权重不保存；恢复之后两个网络都从平均权重开始。',
        do='小幅倒退无妨时无需处理；否则一次训练完，或不使用 EMA。',
    )


class AveragesOverwritten(ToldByDialect, code='WC562', severity=WARNING):
    """The file of the averaged weights is loaded, and the first iteration overwrites it.

    Why it matters: EMA of ema_pytorch copies the trained network into its averages at its first
    update unless it was resumed, so a fresh training never uses the file; they are an average of
    network_g alone.
    Evidence: own tests.
    False alarms: none known.
    Source: ema_pytorch 0.8.3 ema_pytorch.py `EMA.update`; traiNNer-redux 6862931
    traiNNer/models/sr_model.py `init_training_settings`, models/base_model.py `resume_training`.
    """

    words = {
        'title': ('the averaged weights are overwritten', 'EMA 权重会被覆盖'),
        'text': ('The file of {option} is loaded, and the first iteration overwrites it with the weights of net_g: a fresh training never uses it.',
                 '{option} 的文件会被加载，但第一次迭代就用 net_g 的权重将其覆盖：全新的训练不会用到它。'),
        'do': ('Take {option} away; to start from that file, name it under path.pretrain_network_g.',
               '请去掉 {option}；若想从该文件开始，请写在 path.pretrain_network_g 下。'),
    }  # fmt: skip
    zh = Chinese(
        '除非是恢复训练，ema_pytorch 的 EMA 在第一次更新时把被训练的网络复制到均值中，所以全新的训练不会用到该文件。',
    )
