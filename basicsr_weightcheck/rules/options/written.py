"""What is wrong with the file of options as a text."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, TrainingRule


class DuplicateOption(TrainingRule, code='WC406', severity=WARNING):
    """The same option is written twice in one section.

    Why it matters: the YAML loader takes the later one without a word. Two different values at the
    top level, in path: or in the section of a network end the check with exit code 2 instead.
    Evidence: own tests.
    False alarms: both values are equal; the next edit may change only one of them.
    Source: basicsr 1.4.2 utils/options.py `ordered_yaml`.
    """

    words = {
        'title': ('option written twice', '选项写了两次'),
        'text': ('{option} stands in line {first} and in line {later}; {effect}.',
                 '{option} 出现在第 {first} 行和第 {later} 行，{effect}。'),
        'do': ('Remove one of the two.', '请删去其中一个。'),
        'twice-later': ('the later one counts', '以后者为准'),
        'twice-same': ('both have the same value', '两处的值相同'),
    }  # fmt: skip
    zh = Chinese(
        'YAML 加载器会悄悄采用后者。如果在顶层、path: 或网络一节中出现两个不同的值，检查会以退出码 2 结束，而不是给出这一条。',
        '两个值相同；但下一次修改可能只改其中一个。',
    )

    def look(self, report: CheckReport) -> Finds:
        for option, first, later, same, used in report.plan.options.duplicates:
            if not used:  # else it is there for its anchor
                effect = 'label:twice-same' if same else 'label:twice-later'
                yield Found(
                    option, option=option, first=str(first), later=str(later), effect=effect
                )


class UndecodableYaml(TrainingRule, code='WC412', severity=ERROR):
    """The YAML is UTF-8, and the framework opens it in another encoding, in which it cannot be
    read.

    Why it matters: on Windows open() takes the system's encoding (GBK, cp1252); a Chinese comment
    then ends the training with UnicodeDecodeError: 'charmap' or 'gbk' codec can't decode.
    Evidence: https://github.com/XPixelGroup/BasicSR/issues/707
    False alarms: a training that is started with another locale, or with PYTHONUTF8=1, than the
    check.
    Source: basicsr 1.4.2 utils/options.py, `open(args.opt, mode='r')`; Restormer_LLIE names utf-8.
    """

    words = {
        'title': ('the training cannot decode the YAML', '训练无法解码 YAML'),
        'text': ('The framework opens the YAML as {encoding}, the encoding of this machine; line {at} cannot be read so: training stops with UnicodeDecodeError.',
                 '框架按本机编码 {encoding} 打开 YAML；第 {at} 行无法这样读取：训练以 UnicodeDecodeError 报错退出。'),
        'do': ('Start the training with PYTHONUTF8=1, or use ASCII only, in comments too.',
               '请设置 PYTHONUTF8=1 再启动训练，或只使用 ASCII 字符（注释也一样）。'),
    }  # fmt: skip
    zh = Chinese(
        "在 Windows 上 open() 使用系统编码（GBK、cp1252）；一条中文注释就会让训练以 UnicodeDecodeError（'charmap' 或 'gbk' codec can't decode）报错退出。",
        '训练使用的区域设置或 PYTHONUTF8=1 与检查时不同。',
    )

    def look(self, report: CheckReport) -> Finds:
        encoding, line = report.plan.undecodable
        if encoding:
            yield Found('', encoding=encoding, at=str(line))


class SettingNotUnderstood(TrainingRule, code='WC416', severity=WARNING):
    """A setting of this check is misspelt or has a value that it cannot have; the default holds.

    Why it matters: `on_eror: warn` stops the training all the same, and `min_loaded: 90` asks for
    half.
    Evidence: own tests.
    False alarms: a setting that a newer version of this program knows.
    Source: docs/ci.md, Settings.
    """

    words = {
        'title': ('a setting of this check is not understood', '本检查的设置无法理解'),
        'text': ('{setting} is {value}: {wanted}. The default holds, in check and hook.',
                 '{setting} 为 {value}：{wanted}。检查与钩子都按默认值处理。'),
        'do': ('Correct it, or take it out.', '请改正或去掉它。'),
    }  # fmt: skip
    zh = Chinese(
        '写成 `on_eror: warn` 时训练仍会停止；写成 `min_loaded: 90` 时要求的仍是一半。',
        '本程序更新的版本才认识的设置。',
    )

    def look(self, report: CheckReport) -> Finds:
        for one in report.plan.misread_settings:
            option = '' if one.place else one.option
            setting = ': '.join(part for part in (one.place, one.option) if part)
            yield Found(option, setting=setting, value=one.value or '–', wanted=one.wanted)
