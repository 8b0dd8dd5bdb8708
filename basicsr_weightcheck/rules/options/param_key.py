"""How the table of weights is asked for."""

from __future__ import annotations

from basicsr_weightcheck.dialects.find import dialect_of
from basicsr_weightcheck.messages.lookup import no_value
from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.rules.facts import asked_and_used, asks_in_vain, at_table
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule, TrainingRule

# YAML reads null, Null, NULL, ~ and nothing as no value; None, or any of them in quotes, is a text.
NONE_TEXTS = ('none', 'null', '~', '')


class TextNone(LoadRule, code='WC403', severity=ERROR):
    """param_key is a text such as None, where an empty value is meant.

    Why it matters: YAML takes only ~, null and nothing for empty. BasicSR looks for a table called
    'None': it falls back to params without a word, or ends with KeyError where the file has no
    params.
    Evidence: own tests.
    False alarms: a file that really has a table of this name.
    What to do: write ~ to read the root of the file, or the name of the table.
    Source: PyYAML resolver.py `Resolver`; basicsr 1.4.2 models/base_model.py `load_network`.
    """

    words = {
        'title': ("the text 'None' is no empty value", "文本 'None' 不是空值"),
        'text': ('{option} is the text {value}, not an empty value.',
                 '{option} 是文本 {value}，不是空值。'),
        'do': ('{write}.', '请{write}。'),
    }  # fmt: skip
    zh = Chinese(
        "YAML 只把 ~、null 和什么都不写当作空值。BasicSR 会去找名为 'None' 的权重表：要么悄悄改读 params，要么在文件没有 params 时以 KeyError 报错退出。",
        '文件里确实有这样命名的权重表。',
        '要读取文件根部请写 ~，否则写权重表名。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        key = load.step.key_configured
        if load.step.key_written and isinstance(key, str) and key.lower() in NONE_TEXTS:
            option, write = load.step.key_option, no_value(report.plan.options.nothing)
            yield Found(option, option=option, value=repr(key), write=write)


class OptionNeverRead(TrainingRule, code='WC404', severity=WARNING):
    """param_key is written where the framework reads param_key_g, or the other way round.

    Why it matters: the option is ignored and params is read; in Restormer and its relatives the
    wrong option also makes a folder.
    Evidence: own tests.
    False alarms: a model class of one's own that reads this option.
    Source: basicsr 1.4.2 models/sr_model.py `__init__` (param_key_g); Restormer and NAFNet
    models/image_restoration_model.py `__init__` (param_key).
    """

    explains = ('WC502',)
    words = {
        'title': ('the option is never read', '该选项不会被读取'),
        'text': ('This framework never reads {option}; it reads {read}.',
                 '这个框架从不读取 {option}；它读取的是 {read}。'),
        'do': ('Write {read} instead.', '请改写为 {read}。'),
    }  # fmt: skip
    zh = Chinese(
        '该选项被忽略，读取的是 params；在 Restormer 及其同类中，写错的选项还会建立一个文件夹。',
        '自己的模型类读取了这个选项。',
    )

    def look(self, report: CheckReport) -> Finds:
        framework = report.plan.framework
        read = dialect_of(framework).key_option(framework, 'g')
        fatal = [one.option for one in report.plan.path_effects if one.is_fatal]
        for option in report.plan.ignored_key_options:
            if option in fatal:
                continue  # under the other name, too: WC502 says it
            severity = ERROR if _reads_another_table(option, report) else ''
            yield Found(option, severity, option=option, read=read)


def _reads_another_table(option: str, report: CheckReport) -> bool:
    """The file has the table that the option asks for, and another one is read."""
    asked = report.plan.options.get(option)
    network = 'net_d' if option.endswith('_d') else 'net_g'
    for load in report.loads:
        if load.step.network == network and load.header is not None and asked != load.key_used:
            return load.header.has_table(asked)
    return False


class TableChosenByFile(LoadRule, code='WC415', severity=WARNING):
    """The options ask for a table that the file has, and the loader reads another one.

    Why it matters: neosr takes the first of params-ema, params_ema and params that the file has; an
    option param_key_g counts only where it has none of them.
    Evidence: own tests.
    False alarms: none known: the table is the one that the rehearsed loader read.
    Source: neosr 31c7022 neosr/models/base.py `load_network`.
    """

    words = {
        'title': ('the file decides which table is read', '读取哪个权重表由文件决定'),
        'text': ('{network} asks for the table {key}, which {path} has; {used} is read all the same: the loader takes the first of its own list that the file has, and looks at {option} only where it has none.',
                 '{network} 要读取权重表 {key}，{path} 里也有；实际读取的却是 {used}：加载器按自己的顺序取文件中的第一个，只有文件一个都没有时才看 {option}。'),
        'do': ('To start on {key}, convert {path} into a file that has this table alone; else take {option} out.',
               '要从 {key} 开始，请把 {path} 转换成只含这个权重表的文件；否则去掉 {option}。'),
    }  # fmt: skip
    zh = Chinese(
        'neosr 取文件中最先出现的 params-ema、params_ema、params；只有一个都没有时 param_key_g 才起作用。',
        '没有已知的误报：所说的权重表就是试加载时加载器真正读取的那个。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        if asks_in_vain(load):
            asked, used = asked_and_used(load)
            yield at_table(load, key=asked, used=used)
