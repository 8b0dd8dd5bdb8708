"""How strict_load is written."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.rules.facts import amounts, counts, known
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule, ToldByDialect


class StrictNotBool(LoadRule, code='WC401', severity=ERROR):
    """strict_load is a text that reads as false and counts as true.

    Why it matters: torch asks only for the truth of what it is given, and every text is true:
    'false', no in quotes, a misspelt flase. The load stops although strict loading seems to be off.
    Evidence: own tests; https://github.com/kkkls/FFTformer/issues/30 (the same option, left blank).
    False alarms: none known.
    Source: torch/nn/modules/module.py `load_state_dict`, `if strict:`.
    """

    explains = ('WC201', 'WC301', 'WC310')
    words = {
        'title': ('strict_load reads as false and counts as true',
                  'strict_load 看似 false，实为 true'),
        'text': ('{option} is {value}: a text, and every text counts as true.',
                 '{option} 是 {value}：它是文本，而任何文本都算作 true。'),
        'do': ('Write {option}: {after}, without quotes.', '请写 {option}: {after}，不加引号。'),
    }  # fmt: skip
    zh = Chinese(
        "起作用的只是值的真假：文本 'false' 为真，空值为假，都不是本意。",
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        step = load.step
        if step.strict_written and step.strict_option and isinstance(step.strict_configured, str):
            if step.strict_effective and step.strict_meant is False:
                value = repr(step.strict_configured)
                after = 'true' if load.strict_recommended else 'false'
                yield Found(step.strict_option, option=step.strict_option, value=value, after=after)


class StrictWrittenOddly(LoadRule, code='WC402', severity=WARNING):
    """strict_load is a number or a quoted text that happens to count as what it means.

    Why it matters: the next edit of the value changes nothing: every text counts as true, every
    number but 0 too.
    Evidence: own tests.
    False alarms: none known; the load does what the value says.
    Source: torch/nn/modules/module.py `load_state_dict`, `if strict:`.
    """

    words = {
        'title': ('strict_load is not written as true or false',
                  'strict_load 没有写成 true 或 false'),
        'text': ('{option} is {value}, which counts as {effective}.',
                 '{option} 是 {value}，按 {effective} 处理。'),
        'do': ('Write true or false, without quotes.', '请写 true 或 false，不加引号。'),
    }  # fmt: skip
    zh = Chinese(
        '下次修改该值时不会有任何变化：任何文本都算作 true，除 0 以外的数字也是。',
        '没有已知的误报；加载的行为与字面一致。',
        finds='strict_load 是数字或加了引号的文本，其效果恰好与字面一致。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        step = load.step
        value = step.strict_configured
        if not (step.strict_written and step.strict_option) or isinstance(value, bool):
            return
        if step.strict_meant is not None and step.strict_meant == step.strict_effective:
            yield Found(
                step.strict_option,
                option=step.strict_option,
                value=repr(value),
                effective=step.strict_effective,
            )


class StrictLeftBlank(LoadRule, code='WC408', severity=WARNING):
    """strict_load is written without a value, which counts as false.

    Why it matters: leaving the option out means true, leaving its value out means false: whatever
    does not fit is passed over, and nothing says so.
    Evidence: https://github.com/kkkls/FFTformer/issues/30
    False alarms: a YAML whose author wants false and everything loads; then only a warning.
    Source: basicsr 1.4.2 models/sr_model.py, `self.opt['path'].get('strict_load_g', True)` gives
    None; torch/nn/modules/module.py `load_state_dict`, `if strict:`.
    """

    explains = ('WC203', 'WC204')
    words = {
        'title': ('strict_load is left blank', 'strict_load 留空'),
        'text': ('{option} has no value, which counts as false: {missing} missing, {unexpected} unexpected and {mismatched} keys of another size are passed over silently. {parameters_loaded} of {parameters_expected} parameters ({fraction}) come from the file.',
                 '{option} 没有值，按 false 处理：缺失 {missing} 个、多余 {unexpected} 个、形状不同 {mismatched} 个键被静默忽略。参数 {parameters_expected} 个中有 {parameters_loaded} 个（{fraction}）来自文件。'),
        'do': ('Write {option}: true, or false if this is what you want.',
               '请写 {option}: true；如果这正是你要的，请写 false。'),
    }  # fmt: skip
    zh = Chinese(
        '不写该选项表示 true，不写值却表示 false：不匹配的部分都被忽略，没有任何提示。',
        '作者本来就要 false 且全部匹配；这时只是警告。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        step, difference, coverage = load.step, known(load.difference), known(load.coverage)
        if step.strict_written and step.strict_option and step.strict_meant is None:
            hides = load.strict_true.loads is False
            yield Found(
                step.strict_option,
                ERROR if hides else '',
                option=step.strict_option,
                **counts(difference),
                **amounts(coverage),
            )


class StrictCouldBeTrue(LoadRule, code='WC411', severity=INFO):
    """strict_load is false, and every load that the option is for was tried strictly and runs.

    Why it matters: with strict off a later change of the network or of the file goes unnoticed.
    Evidence: https://github.com/pytorch/pytorch/pull/6086.
    False alarms: one YAML that serves several files, of which others need false.
    Source: torch/nn/modules/module.py `load_state_dict`.
    """

    words = {
        'title': ('strict_load could be true', 'strict_load 可以为 true'),
        'text': ('Everything matches: strict loading works. With {option}: false a later change of the network would go unnoticed.',
                 '全部一致：严格加载可行。{option}: false 会让网络以后的变化不被发现。'),
        'do': ('Set {option}: true, to be told when something stops matching.',
               '请设置 {option}: true，以便不一致时得到提醒。'),
    }  # fmt: skip
    zh = Chinese(
        '非严格加载时，网络或文件以后的变化不会被发现。',
        '同一个 YAML 用于多个文件，其中有的需要 false。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        option = load.step.strict_option
        if option and load.step.strict_configured is False and _runs_strictly(load):
            alike = [one for one in report.loads if one.step.strict_option == option]
            if alike[0].step == load.step and all(map(_runs_strictly, alike)):
                yield Found(option, option=option)


def _runs_strictly(load: LoadReport) -> bool:
    return bool(load.strict_true.loads)


class StrictOverwritten(ToldByDialect, code='WC441', severity=WARNING):
    """The framework overwrites an option that turns strict loading off.

    Why it matters: KAIR looks for E_param_strict and D_param_strict below path:, and where it finds
    none sets those below train: to true; every option file that it ships has them below train:.
    Evidence: own tests.
    False alarms: none known.
    Source: KAIR utils/utils_option.py `parse` (fc1732f).
    """

    words = {
        'title': ('strict loading cannot be turned off here', '这里无法关闭严格加载'),
        'text': ('{option} is false, and the parser sets it to true: it looks for {name} below path: only to see whether it is there.',
                 '{option} 为 false，但解析器会把它改成 true：它只看 path: 下是否有 {name}。'),
        'do': ('Write "{name}" below path: too, with a folder as its value (it is made); false below train: counts then.',
               '请在 path: 下也写上 “{name}”，值写一个文件夹（会被创建）；这样 train: 下的 false 才有效。'),
    }  # fmt: skip
    zh = Chinese(
        'KAIR 在 path: 下查找 E_param_strict 和 D_param_strict，找不到就把 train: 下的改成 true；它附带的所有选项文件都写在 train: 下。',
    )
