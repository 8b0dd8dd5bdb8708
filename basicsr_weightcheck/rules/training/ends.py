"""Trainings that end before their first step."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rules.facts import known, short_reason
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, ToldByDialect, TrainingRule


class ConstructorStopped(TrainingRule, code='WC511', severity=ERROR):
    """The framework's option parser, or the model's constructor, ends with an exception.

    Why it matters: the training ends there as well, before its first step, whatever its weights
    are; a YAML without `path:` or `datasets:` does so in the parser.
    Evidence: own tests.
    False alarms: a constructor that needs what a check has not, a GPU say: then it is a warning,
    and the check says that it could not be made.
    Source: basicsr 1.4.2 utils/options.py `parse_options`, models/sr_model.py
    `init_training_settings`; basicsr_weightcheck/rehearsal/play.py `play`.
    """

    words = {
        'title': ('the training stops before its first step', '训练在第一步之前报错退出'),
        'text': ('Reading the options and building the model ends with {error}: {reason} {place}',
                 '读取选项并构建模型时以 {error} 结束：{reason} {place}'),
        'do': ('Mend what the exception names. Where it is only this machine that lacks something (a GPU), check on the one that trains.',
               '请修正异常所指出的问题。如果只是这台机器缺少所需条件（GPU），请在训练所用的机器上检查。'),
    }  # fmt: skip
    zh = Chinese(
        '训练也会在那里结束，还没走第一步，无论权重如何；没有 `path:` 或 `datasets:` 的 YAML 在解析器中就会这样。',
        '构造函数需要检查时没有的东西，例如 GPU：此时只是警告，并说明无法检查。',
        finds='框架自己的选项解析器或模型的构造函数以异常结束。',
    )

    def look(self, report: CheckReport) -> Finds:
        rehearsal, stop = report.rehearsal, report.rehearsal.stop
        if stop is not None and not (stop.network and _a_load_stops(report)):
            yield Found(error=stop.error, reason=short_reason(stop.message), place=stop.place)
        elif rehearsal.failure == 'model':
            reason = short_reason(rehearsal.failure_message)
            yield Found('', WARNING, error=rehearsal.failure_error, reason=reason, place='')


def _a_load_stops(report: CheckReport) -> bool:
    """The stop is that of a load, which has findings of its own."""
    return any(one.configured.was_tried and not one.configured.loads for one in report.loads)


class EndsAsSuccess(TrainingRule, code='WC553', severity=WARNING):
    """The training stops at a load, with exit code 0.

    Why it matters: a script, a queue or a CI job that started it takes the start for a success; the
    folder of the last run has been archived by then.
    Evidence: own tests.
    False alarms: none known: the exit code is the one with which the constructor that was run
    ended.
    What to do: mend what stops the load.
    Source: neosr 31c7022 neosr/models/base.py `load_network` (`sys.exit(0)` in both of its
    handlers).
    """

    words = {
        'title': ('the training ends with exit code 0', '训练以退出码 0 结束'),
        'text': ('The training ends here with exit code 0, as if it had succeeded: {place}',
                 '训练在此以退出码 0 结束，如同成功一样：{place}'),
        'do': ('Do not trust the exit code of a start that is over at once.',
               '启动后立即结束时，不要相信退出码。'),
    }  # fmt: skip
    zh = Chinese(
        '启动它的脚本、队列或 CI 会当作成功；此时上次运行的文件夹已经被归档。',
        '没有已知的误报：退出码就是所运行的构造函数结束时的退出码。',
        '修正使加载停止的问题。',
    )

    def look(self, report: CheckReport) -> Finds:
        stop = known(report.rehearsal.stop)
        if stop.ends_as_success:
            yield Found(place=stop.place)


class WeightsWithoutNetwork(ToldByDialect, code='WC554', severity=ERROR):
    """Weights are named for a network that the options do not have.

    Why it matters: neosr loads pretrain_network_d into the network that is not there, which stops
    the training with an AttributeError.
    Evidence: own tests.
    False alarms: none known.
    Source: neosr 31c7022 neosr/models/image.py `__init__`.
    """

    explains = ('WC511',)
    words = {
        'title': ('weights without a network', '有权重却没有网络'),
        'text': ('{option} names weights, and there is no section {section}: the load stops the training.',
                 '{option} 指定了权重，却没有 {section} 一节：加载会使训练报错退出。'),
        'do': ('Add {section}, or take {option} out.', '请加上 {section}，或去掉 {option}。'),
    }  # fmt: skip
    zh = Chinese(
        'neosr 会把 pretrain_network_d 加载到不存在的网络里，训练以 AttributeError 报错退出。',
    )
