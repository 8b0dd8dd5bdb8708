"""Options that nothing reads, for their name or their place."""

from __future__ import annotations

import os
from typing import Set

from basicsr_weightcheck.dialects.find import dialect_of
from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import CheckReport, Rehearsal
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, TrainingRule


class UnknownPathOption(TrainingRule, code='WC405', severity=WARNING):
    """An option below path: is read by no loader and looks like a known one, misspelt.

    Why it matters: with `strict_loadg: false` strict loading stays on; with `pretrain_model_g` no
    weights are loaded.
    Evidence: https://github.com/XPixelGroup/BasicSR/issues/64.
    False alarms: an option that a model class of one's own reads.
    Source: basicsr 1.4.2 models/sr_model.py `__init__`, models/srgan_model.py
    `init_training_settings`, utils/misc.py `check_resume`.
    """

    explains = ('WC502', 'WC509')
    words = {
        'title': ('unknown option below path', 'path 下有未知选项'),
        'text': ('No loader reads {option}.', '没有加载器读取 {option}。'),
        'do': ('Did you mean {nearest}?', '是否想写 {nearest}？'),
    }  # fmt: skip
    zh = Chinese(
        '写成 `strict_loadg: false` 时严格加载仍然打开；写成 `pretrain_model_g` 时不会加载任何权重。',
        '自己的模型类读取的选项。',
    )

    def look(self, report: CheckReport) -> Finds:
        options = report.plan.options
        for option, nearest, sure in report.plan.unknown_options:
            if not nearest:
                continue
            lost = sure and not options.has(f'path.{nearest}') and options.sets(option)
            yield Found(option, ERROR if lost else '', option=option, nearest=nearest)


class MisplacedOption(TrainingRule, code='WC407', severity=WARNING):
    """A load option stands outside path:, often after a lost indentation, and path: has the same
    option too.

    Why it matters: only the one below path: is read. Where path: lacks it the check ends with exit
    code 2 instead of this finding.
    Evidence: own tests.
    False alarms: an option of the same name that a section of another program part reads.
    What to do: remove it, or move it below path: in place of the other.
    Source: basicsr 1.4.2 models/sr_model.py `__init__`.
    """

    explains = ('WC509',)
    words = {
        'title': ('load option outside path', '加载选项写在 path 之外'),
        'text': ('{option} stands outside path:, where no loader reads it.',
                 '{option} 写在 path: 之外，加载器不会读取它。'),
        'do': ('Move it below path:.', '请移到 path: 下面。'),
    }  # fmt: skip
    zh = Chinese(
        '只有 path: 下的那个会被读取。如果 path: 下没有它，检查会以退出码 2 结束，而不是给出这一条。',
        '程序的其他部分在自己的一节里读取的同名选项。',
        '删去它，或把它移到 path: 下代替原来的那个。',
    )

    def look(self, report: CheckReport) -> Finds:
        options = report.plan.options
        for option in report.plan.misplaced_options:
            lost = not options.has('path.' + option.split('.')[-1])
            yield Found(option, ERROR if lost else '', option=option)


class ForcedOptionUnread(TrainingRule, code='WC413', severity=WARNING):
    """An entry of --force_yml sets a new option that nothing reads, beside the one that is meant.

    Why it matters: sections end at a colon there. `path.pretrain_network_g=x` makes a top-level
    option of that whole name without a word, and the training starts on what the YAML says.
    Evidence: own tests.
    False alarms: a script of one's own that reads such a name.
    Source: basicsr 1.4.2 utils/options.py `parse_options`.
    """

    words = {
        'title': ('--force_yml sets an option that nothing reads',
                  '--force_yml 设置的选项没有人读取'),
        'text': ('--force_yml makes the new top-level option {option}; nothing reads it, and what it was meant for stays as it is.',
                 '--force_yml 新建了顶层选项 {option}；没有任何代码读取它，本想修改的选项保持原样。'),
        'do': ('Write {meant}= …: sections end at a colon.',
               '请写成 {meant}= …：各级之间用冒号分隔。'),
    }  # fmt: skip
    zh = Chinese(
        '各级之间用冒号分隔。`path.pretrain_network_g=x` 会悄悄新建一个以此为全名的顶层选项，训练仍按 YAML 的内容开始。',
        '自己的脚本读取这样的名称。',
    )

    def look(self, report: CheckReport) -> Finds:
        for option, meant in report.plan.forced_options:
            yield Found(option=option, meant=meant)


class OptionSwallowed(TrainingRule, code='WC414', severity=WARNING):
    """An option of a network is taken by `**kwargs`, and nothing reads it.

    Why it matters: a misspelt `num_feats` builds the network with the default of num_feat, without
    a word; its weights then do not fit, or another network is trained than was asked for.
    Evidence: own tests.
    False alarms: none known: the code of the constructor that was run never looks at its keywords,
    and the class of the model does not name the option.
    What to do: write the parameter's name as the class has it, or take the option out.
    Source: neosr 31c7022 neosr/archs/compact_arch.py `compact.__init__` (34 of its 46 arch files
    take keywords so).
    """

    words = {
        'title': ('an option of the network that nothing reads', '网络的选项没有人读取'),
        'text': ('{option} is taken by the **kwargs of {network_class}, and nothing reads it: the network is built as if it were not there.',
                 '{option} 被 {network_class} 的 **kwargs 收下，没有任何代码读取它：网络按没有这个选项构建。'),
        'do': ('{advice}', '{advice}'),
        'swallowed-near': ('Did you mean {nearest}?', '是否想写 {nearest}？'),
        'swallowed-far': ('Take it out, or write it as the class has it.', '请去掉它，或按类中的名称书写。'),
    }  # fmt: skip
    zh = Chinese(
        '拼错的 `num_feats` 会不声不响地按 num_feat 的默认值构建网络；之后权重不匹配，或者训练的不是想要的网络。',
        '没有已知的误报：所运行的构造函数的代码从不查看这些关键字，模型的类也没有提到该选项。',
        '按类中的名称书写该参数，或去掉这个选项。',
    )

    def look(self, report: CheckReport) -> Finds:
        for section, spec in report.rehearsal.networks:
            for name, nearest in spec.swallowed:
                option = f'{section}.{name}'
                network_class = spec.class_name.rpartition('.')[2]
                told = {'option': option, 'nearest': nearest, 'network_class': network_class}
                advice = 'label:swallowed-near' if nearest else 'label:swallowed-far'
                yield Found(option, advice=advice, **told)


PREFIX = 'path.pretrain_'


class WeightsNeverLoaded(TrainingRule, code='WC431', severity=ERROR):
    """An option below path: names weights, and the model's constructor has loaded nothing from
    them.

    Why it matters: the network starts random, and the training says nothing about it: the load is
    commented out, stands behind a condition, or the class reads an option of another name.
    Evidence: https://github.com/cszn/KAIR/issues/166.
    False alarms: a model that loads later, after its first iteration. Only a warning where the
    model does not build the network of the option, as with a YAML taken over from a GAN training.
    Source: basicsr_weightcheck/rehearsal/play.py `play` runs the constructor to its end.
    """

    explains = ('WC502',)
    words = {
        'title': ('named weights are never loaded', '指定的权重从未被加载'),
        'text': ('{option} is never loaded by {model} ({file}): {how}. It names {path}, and nothing of that file is in any network when the constructor has ended.',
                 '{model}（{file}）从不加载 {option}：{how}。它指定 {path}，而构造函数结束时没有任何网络含有该文件的内容。'),
        'do': ('Load it in {model}, train with a class that does, or take the option out.',
               '在 {model} 中加载它，改用会加载它的类训练，或去掉该选项。'),
        'option-looked-up': ('it looks the option up and loads nothing from there',
                             '它读取该选项，但没有从那里加载任何内容'),
        'option-not-looked-up': ('it does not look the option up', '它不读取该选项'),
    }  # fmt: skip
    zh = Chinese(
        '网络从随机值开始，训练对此一言不发：加载被注释掉，处在某个条件之后，或该类读取另一个名字的选项。',
        '在第一次迭代之后才加载的模型。模型没有构建该选项对应的网络时（例如沿用了 GAN 训练的 YAML）只是警告。',
    )

    def look(self, report: CheckReport) -> Finds:
        plan, rehearsal = report.plan, report.rehearsal
        if rehearsal.failure or not rehearsal.runs_to_end:
            return  # what it would have read behind its stop is not known
        loaded, told = _loaded(rehearsal), _told_by_others(plan)
        for option, path in dialect_of(plan.framework).weight_options(plan.options).items():
            if option in told or not loaded.isdisjoint((option, os.path.expanduser(path))):
                continue
            section = option.replace(PREFIX, '', 1)
            idle = plan.options.has(section) and section not in dict(rehearsal.networks)
            was_read = option.split('.')[-1] in rehearsal.options_read
            yield Found(
                option,
                WARNING if idle else '',
                option=option,
                path=path,
                model=rehearsal.model.split('.')[-1],
                file=rehearsal.model_file,
                how='label:option-looked-up' if was_read else 'label:option-not-looked-up',
            )


def _told_by_others(plan: LoadPlan) -> Set[str]:
    """Options whose weights a resume replaces, and misspelt ones (WC405)."""
    meant = {option for option, nearest, _ in plan.unknown_options if nearest}
    return meant.union(option for option, _, _ in plan.resume.replaced)


def _loaded(rehearsal: Rehearsal) -> Set[str]:
    """Options that a load was made for, and files of which something was loaded for none of them.

    Of a file that two options name, one of them may be read alone.
    """
    steps = [load.step for load in rehearsal.loads]
    files = {step.load_path for step in steps}
    files |= {path for one in rehearsal.sources for path, _ in one.files}
    told = {step.load_path for step in steps if step.path_option}
    return (files - told) | {step.path_option for step in steps}
