"""Loads that end the training."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.rules.facts import (
    amounts,
    counts,
    known,
    of_file,
    short_reason,
    strict_name,
)
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule


class StrictMustBeFalse(LoadRule, code='WC201', severity=ERROR):
    """The load stops under strict loading and runs without it.

    Why it matters: `strict_load_g: true` ends the training with a RuntimeError; false lets what
    matches load and leaves the rest random. It is said only where no prefix, wrapper or other table
    explains the difference: there strict false would load nothing.
    Evidence: https://github.com/XPixelGroup/HAT/issues/90,
    https://github.com/XPixelGroup/BasicSR/issues/88, https://github.com/xinntao/EDVR/issues/71.
    False alarms: a network option written wrong can look like a partial load; look at the share and
    at what is missing before you set false. Below one half false is not recommended.
    What to do: set the option to false, as the recommendation says, if the rest is meant to start
    random.
    Source: torch/nn/modules/module.py `load_state_dict`.
    """

    words = {
        'title': ('strict_load must be false', 'strict_load 必须为 false'),
        'text': ('With strict loading training stops with {error}: {missing} keys are missing, {unexpected} are unexpected, {mismatched} have another size. With {option}: false it runs and takes {parameters_loaded} of {parameters_expected} parameters ({fraction}) from the file; the rest starts random.',
                 '严格加载时训练会因 {error} 报错退出：缺少 {missing} 个键，多出 {unexpected} 个键，{mismatched} 个键尺寸不同。设为 {option}: false 后可以运行，从文件加载 {parameters_loaded}/{parameters_expected} 个参数（{fraction}），其余为随机初始化。'),
        'do': ('{advice}', '{advice}'),
        'strict-set': ('Set {option}: false.', '请设置 {option}: false。'),
        'strict-fixed': ('No option sets it for this load: give it a file that fits.',
                         '这次加载没有对应的选项：请提供匹配的文件。'),
        'strict-little': ('That is less than {asked} of the network: make sure that this is the checkpoint you mean. Set {option}: false only if the rest is meant to start random.',
                          '这还不到网络的 {asked}：请确认这就是你要的权重。只有当其余部分本来就要随机初始化时，才设置 {option}: false。'),
    }  # fmt: skip
    zh = Chinese(
        '`strict_load_g: true` 会使训练以 RuntimeError 报错退出；false 则加载相符的部分，其余保持随机。只有当差异不能用前缀、外层包装或另一个权重表来解释时才会这样说：在那些情况下 strict false 什么也加载不到。',
        '写错的网络选项看起来也像部分加载；设为 false 之前请看加载比例和缺少的张量。不到一半时不会推荐 false。',
        '如果其余部分本来就要随机初始化，请按建议把该选项设为 false。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        difference = known(load.difference)
        if not load.must_be_false or load.configured.loads:
            return
        asked = report.plan.min_loaded
        yield Found(
            load.step.strict_option,
            option=strict_name(load),
            error=load.strict_true.error,
            **counts(difference),
            asked=asked,
            advice=_advice(load, little=difference.coverage.least < asked),
            **amounts(difference.coverage),
        )


def _advice(load: LoadReport, *, little: bool) -> str:
    if not load.step.strict_option:
        return 'label:strict-fixed'
    return 'label:strict-little' if little else 'label:strict-set'


class LoadStops(LoadRule, code='WC241', severity=ERROR):
    """The load stops, and no other rule knows why.

    Why it matters: the training ends there. param_key_g may name an entry that is no table (a
    number, a list), or a loader of your own raises.
    Evidence: own tests
    False alarms: an error that only this machine has. Left out where another error explains the
    stop.
    Source: basicsr 1.4.2 models/base_model.py `load_network`; the outcome is the framework's own.
    """

    words = {
        'title': ('the load stops', '加载报错退出'),
        'text': ('Loading {path} stops with {error}: {reason}',
                 '加载 {path} 时以 {error} 报错退出：{reason}'),
        'do': ('Look at what the file holds (inspect) and at the options of this load.',
               '请查看文件的内容（inspect）和这次加载的选项。'),
    }  # fmt: skip
    zh = Chinese(
        '训练在此结束。param_key_g 可能指向不是权重表的条目（数字、列表），或者自己的加载器抛出异常。',
        '只在这台机器上出现的错误。如果另一个错误解释了报错退出，则不报告。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        outcome = load.configured
        if outcome.loads is False:
            yield of_file(load, error=outcome.error, reason=short_reason(outcome.message))
