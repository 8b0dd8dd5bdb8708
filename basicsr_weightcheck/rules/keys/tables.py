"""The table that is read is not the one that was meant."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import ERROR, PARAMS, WARNING
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.rules.facts import (
    asked_and_used,
    asks_in_vain,
    at_table,
    known,
    table_name,
)
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule


class MissingTable(LoadRule, code='WC205', severity=ERROR):
    """The load asks for a table that the file does not have.

    Why it matters: `load_net[param_key]` ends the training with KeyError. Files of other tools have
    no table at all, or call it state_dict; releases may have params_ema only.
    Evidence: https://github.com/XPixelGroup/BasicSR/issues/253,
    https://github.com/xinntao/Real-ESRGAN/issues/743,
    https://github.com/TencentARC/AnimeSR/issues/10.
    False alarms: a TypeError that the loader of a fork raises for another reason.
    What to do: name a table of the file in param_key_g (param_key in Restormer and NAFNet). A file
    without tables needs ~ there in BasicSR; with ema_decay, or in Restormer and NAFNet, it must be
    converted to {'params': ...}: net_g_ema always asks for params_ema, and there ~ ends the
    training.
    Source: basicsr 1.4.2, Restormer and NAFNet models/base_model.py `load_network`.
    """

    words = {
        'title': ('the table is not in the file', '文件里没有这个权重表'),
        'text': ('{network} asks for the table {key}; {path} has {tables}. Training stops with {error}.',
                 '{network} 要读取权重表 {key}；{path} 里只有：{tables}。训练会因 {error} 报错退出。'),
        'do': ('Follow the recommendation below.', '请按下面的建议处理。'),
    }  # fmt: skip
    zh = Chinese(
        '`load_net[param_key]` 会使训练以 KeyError 报错退出。其他工具保存的文件可能没有权重表，或者把权重表叫作 state_dict；发布的权重可能只有 params_ema。',
        '某个分支的加载器因为别的原因抛出 TypeError。',
        "在 param_key_g（Restormer 和 NAFNet 是 param_key）中写文件里有的权重表。没有权重表的文件，在 BasicSR 中写 ~；如果有 ema_decay，或者用的是 Restormer、NAFNet，则必须转换为 {'params': ...}：net_g_ema 总是读取 params_ema，而在后两者中 ~ 会使训练报错退出。",
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        outcome, header = load.configured, known(load.header)
        asked = known(load.step.key_configured)
        if outcome.error not in ('KeyError', 'TypeError') or header.has_table(asked):
            return  # the network raises it, in a load_state_dict of its own
        if report.plan.framework.has_params_fallback and PARAMS in header.tables:
            return
        yield Found(
            load.step.key_option,
            network=load.step.network,
            key=str(asked),
            path=load.step.load_path,
            tables=tuple(map(table_name, header.tables)) or ('-',),
            error=outcome.error,
        )


class TableFallback(LoadRule, code='WC206', severity=WARNING):
    """The framework reads params although the YAML names another table.

    Why it matters: a table that is absent or misspelt becomes params without an error; the log line
    always says params_ema, whatever was asked for.
    Evidence: https://github.com/xinntao/Real-ESRGAN/issues/236, own tests.
    False alarms: none known: the table is the one that the rehearsed loader read.
    What to do: write params, so that the YAML says what happens, or name the file that has the
    table.
    Source: basicsr 1.4.2 models/base_model.py `load_network`.
    """

    words = {
        'title': ('another table is read than the one asked for', '实际读取的权重表与要求的不同'),
        'text': ('{network} asks for the table {key}, which {path} does not have; the framework silently reads {used} instead.',
                 '{network} 要读取权重表 {key}，但 {path} 里没有；框架会悄悄改读 {used}。'),
        'do': ('Set {option} to {used}, to say what happens.',
               '请把 {option} 设为 {used}，与实际一致。'),
    }  # fmt: skip
    zh = Chinese(
        '不存在或拼错的权重表会悄悄变成 params；无论要求的是什么，日志里总是写 params_ema。',
        '目前没有发现：所说的权重表就是试加载时加载器真正读取的权重表。',
        '写成 params，使 YAML 与实际一致；或换成含有该权重表的文件。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        asked, used = asked_and_used(load)
        if used and asked != used and load.step.key_option and not asks_in_vain(load):
            yield at_table(load, key=asked, used=used)


class RootHasTablesOnly(LoadRule, code='WC213', severity=ERROR):
    """The root of the file is read, and the weights lie one level below, in tables.

    Why it matters: under strict loading the tables are unexpected keys and the training stops;
    without strict nothing is loaded and nothing says so.
    Evidence: https://github.com/JingyunLiang/SwinIR/issues/24,
    https://github.com/Lightning-AI/pytorch-lightning/issues/3629.
    False alarms: none known.
    What to do: name the table in param_key_g (param_key in Restormer and NAFNet); a table inside a
    table needs the conversion of the recommendation.
    Source: basicsr 1.4.2 models/base_model.py `load_network`.
    """

    words = {
        'title': ('the weights lie one level below what is read', '权重在所读位置的下一层'),
        'text': ('{network} reads the root of {path}, which holds no weights but the tables {tables}.',
                 '{network} 读取 {path} 的根部，那里没有权重，只有权重表 {tables}。'),
        'do': ('Follow the recommendation below.', '请按下面的建议处理。'),
    }  # fmt: skip
    zh = Chinese(
        '严格加载时这些权重表是多余的键，训练报错退出；非严格加载时什么也加载不到，而且没有提示。',
        do='在 param_key_g（Restormer 和 NAFNet 是 param_key）中写权重表名；权重表之下还有权重表时，需要按建议转换。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        tables = known(load.header).tables
        if not load.configured.was_tried:
            return
        if load.key_used == '' and tables and '' not in tables:
            step, names = load.step, tuple(tables)
            yield Found(step.key_option, network=step.network, path=step.load_path, tables=names)
