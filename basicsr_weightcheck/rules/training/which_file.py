"""Which weight files the training names, and which it takes."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.records.tensors import HALF
from basicsr_weightcheck.rules.facts import reader
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, ToldByDialect, TrainingRule


class NothingToLoad(TrainingRule, code='WC509', severity=INFO):
    """The YAML names no weights for any network.

    Why it matters: every network starts random, and the training says nothing about it; a blank or
    deleted line does the same.
    Evidence: https://github.com/JingyunLiang/SwinIR/issues/24.
    False alarms: a training from scratch.
    What to do: nothing, if you train from scratch; else write pretrain_network_g below path:.
    Source: basicsr 1.4.2 models/sr_model.py `__init__`.
    """

    words = {
        'title': ('no pretrained weights', '没有预训练权重'),
        'text': ('Nothing below path: names weights: every network starts random, but for what it loads itself.',
                 'path: 下没有指定权重：除网络自行加载的部分外，所有网络都是随机初始化。'),
        'do': ('Nothing, if you train from scratch.', '如果从头训练，无需处理。'),
    }  # fmt: skip
    zh = Chinese(
        '所有网络都是随机初始化，训练时没有任何提示；空行或被删掉的一行效果相同。',
        '本来就是从头训练。',
        '如果从头训练，无需处理；否则请在 path: 下写 pretrain_network_g。',
    )

    def look(self, report: CheckReport) -> Finds:
        if report.rehearsal.stop is not None:
            return  # it starts on nothing
        loaded = any(one.files for one in report.sources)
        if not report.plan.steps and not report.loads and not loaded:
            yield Found()


class WeightsOutsidePath(TrainingRule, code='WC512', severity=INFO):
    """A weight file is named outside path:; the network, the loss or the data set loads it itself.

    Why it matters: such a load is not part of the check: it has its own rules, takes a fixed table,
    and is overwritten where pretrain_network_g has the same keys.
    Evidence: https://github.com/sczhou/CodeFormer/issues/304,
    https://github.com/TencentARC/GFPGAN/issues/38.
    False alarms: an option that looks like a weight file and that nothing loads.
    What to do: make sure that the file exists and has the table that the network asks for;
    `inspect` lists its tables.
    Source: basicsr 1.4.2 archs/spynet_arch.py `SpyNet.__init__`, archs/basicvsr_arch.py
    `EDVRFeatureExtractor.__init__`.
    """

    words = {
        'title': ('weights named outside path', 'path 之外指定了权重'),
        'text': ('{option} names the weights {value}; they are for {reader}, and that load is not part of this check.',
                 '{option} 指定了权重 {value}；供{reader}使用，这次加载不在本检查之内。'),
        'do': ('Look at them with care.', '请自行留意。'),
    }  # fmt: skip
    zh = Chinese(
        '这样的加载不在检查之内：它有自己的规则，读取固定的权重表，并且会被 pretrain_network_g 中的同名键覆盖。',
        '看起来像权重文件、但没有代码加载的选项。',
        '请确认文件存在，并含有该网络要读取的权重表；`inspect` 会列出文件中的权重表。',
    )

    def look(self, report: CheckReport) -> Finds:
        followed = {path for sources in report.sources for path, _ in sources.files}
        for option, value in report.plan.other_weight_paths:
            if value in followed:
                continue  # the networks say what they have of it
            yield Found(option, option=option, value=value, reader=reader(option))


class OptionOverwritten(TrainingRule, code='WC541', severity=ERROR):
    """The training script puts another value in the place of the option that names weights.

    Why it matters: KAIR's main_train_psnr.py and its relatives load the newest file in the folder
    of the task, and nothing where there is none: the path in the option file is never read, and the
    training starts from scratch without a word.
    Evidence: https://github.com/cszn/KAIR/issues/166, https://github.com/cszn/KAIR/issues/99,
    https://github.com/JingyunLiang/SwinIR/issues/24.
    False alarms: a script of another name, which passes the option on: name it in
    weightcheck.script.
    What to do: put the file where the script looks for it, under the name that the finding gives,
    if it fits the network: that is looked at first.
    Source: KAIR main_train_psnr.py `main`, utils/utils_option.py `find_last_checkpoint` (fc1732f).
    """

    explains = ('WC509',)
    words = {
        'title': ('the option that names the weights is never read', '指定权重的选项从未被读取'),
        'text': ('{option} = {written} is never read by {script}: it puts the newest {files} of {folder} in its place, and there is none. {network} starts from scratch.',
                 '{script} 从不读取 {option} = {written}：它改用 {folder} 中最新的 {files}，而那里一个也没有。{network} 从头开始训练。'),
        'do': ('{advice}', '{advice}'),
        'unread-other': ('Name the right file first: of this one only {matched} of {expected} tensors fit the network.',
                         '请先指定正确的文件：这个文件只有 {matched} / {expected} 个张量与网络相符。'),
    }  # fmt: skip
    zh = Chinese(
        'KAIR 的 main_train_psnr.py 及其同类加载任务文件夹中最新的文件，没有则什么也不加载：选项文件中的路径从未被读取，训练悄悄从头开始。',
        '使用另一个会传递该选项的脚本：请在 weightcheck.script 中写出它。',
        '把文件放到脚本查找的位置，并使用发现中给出的名称。',
    )

    def look(self, report: CheckReport) -> Finds:
        for fact in report.plan.facts_of(self.code):
            words = dict(fact.words)
            best = report.unread.get(words['written'])
            if best is not None and best.least < HALF:
                words['advice'] = self.phrase(
                    'unread-other', matched=best.tensors_loaded, expected=best.tensors_expected
                )
            yield Found(fact.option, **words)


class FoundFileInstead(ToldByDialect, code='WC542', severity=WARNING):
    """A file that the training script finds by itself takes the place of the one that is named.

    Why it matters: KAIR goes on from the newest file in the folder of the task, without being
    asked; the file in the options is not read.
    Evidence: https://github.com/cszn/KAIR/issues/94
    False alarms: a run that is meant to go on.
    Source: KAIR main_train_psnr.py, main_train_vrt.py `main` (fc1732f).
    """

    words = {
        'title': ('another file is found and loaded', '找到并加载了另一个文件'),
        'text': ('{script} loads {used}, the newest {files} of {folder}; {option} = {written} is not read.',
                 '{script} 加载 {folder} 中最新的 {files}：{used}；不读取 {option} = {written}。'),
        'do': ('Nothing, if you go on with this run; for a new one choose another task.',
               '如果就是要接着这次训练，无需处理；新的训练请换一个 task。'),
    }  # fmt: skip
    zh = Chinese(
        'KAIR 不经询问就从任务文件夹中最新的文件继续；选项中的文件不会被读取。',
        '本来就要继续的训练。',
    )


class SavedApart(ToldByDialect, code='WC543', severity=WARNING):
    """Files that the training goes on from were not saved together.

    Why it matters: KAIR looks for the newest file of each kind by itself; after an interrupted
    save, or a file that was put there by hand, the average belongs to other weights than the
    network.
    Evidence: own tests.
    False alarms: a file that was put there on purpose.
    Source: KAIR utils/utils_option.py `find_last_checkpoint` (fc1732f).
    """

    words = {
        'title': ('files of one run were not saved together', '同一次训练的文件不是同时保存的'),
        'text': ('The newest of each kind in {folder} are {files}; their numbers differ.',
                 '{folder} 中每一种最新的文件是 {files}，它们的编号不同。'),
        'do': ('Take the newer ones away, or put their counterparts beside them.',
               '请移走较新的文件，或放上与之对应的文件。'),
    }  # fmt: skip
    zh = Chinese(
        'KAIR 分别查找每一种最新的文件；保存被打断或手工放入文件之后，平均权重就与网络不配套。',
        '有意放入的文件。',
    )
