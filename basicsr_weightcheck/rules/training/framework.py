"""What the framework and its script make of the options."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, ToldByDialect, TrainingRule


class ScriptAssumed(ToldByDialect, code='WC544', severity=INFO):
    """Which script starts the training is not known, and was assumed.

    Why it matters: KAIR's scripts differ in which files they look for; what is said holds for one.
    Evidence: own tests.
    False alarms: none known.
    Source: KAIR main_train_psnr.py, main_train_gan.py, main_train_vrt.py, main_train_dncnn.py,
    main_train_drunet.py, main_train_usrnet.py `main` (fc1732f).
    """

    words = {
        'title': ('the training script was assumed', '训练脚本是假定的'),
        'text': ('It is taken to be {script}.', '假定为 {script}。'),
        'do': ('Nothing, if it is; else name yours: "weightcheck": {{"script": "main_train_….py"}}',
               '如果正是它，无需处理；否则请写出你的脚本："weightcheck": {{"script": "main_train_….py"}}'),
    }  # fmt: skip
    zh = Chinese(
        'KAIR 的各脚本查找的文件不同；所说的只对其中一个成立。',
    )


class OptionSetOtherwise(ToldByDialect, code='WC545', severity=WARNING):
    """The training script sets an option that names weights, in a way that is not followed.

    Why it matters: which file is loaded is decided there, and nothing can be said of it.
    Evidence: own tests.
    False alarms: a statement that leaves the value as it is.
    Source: KAIR main_train_gan.py `main` (fc1732f), where users are told to set one by hand.
    """

    words = {
        'title': ('a script sets the option in another way', '脚本以别的方式设置该选项'),
        'text': ('{script} sets {option} in a way that is not followed: which file is loaded is not known.',
                 '{script} 设置 {option} 的方式无法追踪：不知道会加载哪个文件。'),
        'do': ('Start it under `run`: the hook sees what is loaded.',
               '请用 `run` 启动训练：钩子能看到实际加载的内容。'),
    }  # fmt: skip
    zh = Chinese(
        '加载哪个文件由那里决定，对此无法断言。',
        '并不改变该值的语句。',
    )


class OtherPython(ToldByDialect, code='WC551', severity=ERROR):
    """The framework's start script refuses this Python.

    Why it matters: neosr's train.py ends at once under any Python but 3.12.
    Evidence: own tests.
    False alarms: a check by another Python than the training's: start it with the same one.
    Source: neosr 31c7022 train.py line 36.
    """

    words = {
        'title': ('the training refuses this Python', '训练拒绝这个 Python'),
        'text': ('train.py ends at once under Python {found}: it asks for {wanted}.',
                 'train.py 在 Python {found} 下会立即结束：它要求 {wanted}。'),
        'do': ('Run the check and the training with Python {wanted}.',
               '请用 Python {wanted} 运行检查和训练。'),
    }  # fmt: skip
    zh = Chinese(
        '除 3.12 以外的任何 Python 下，neosr 的 train.py 都会立即结束。',
        '检查与训练用的不是同一个 Python：请用同一个。',
    )


class FrameworkPinned(TrainingRule, code='WC560', severity=INFO):
    """A repository asks for one version of basicsr, and another one is installed.

    Why it matters: its classes were written for that version: a module that it imports may be gone,
    or a loader may read other options.
    Evidence: own tests; own runs of HAT, which asks for 1.3.4.9, with basicsr 1.4.2.
    False alarms: a pin that is older than what works; so it is a line of information.
    Source: XPixelGroup/HAT requirements.txt.
    """

    words = {
        'title': ('another version of the framework is asked for', '要求的是框架的另一个版本'),
        'text': ('{file} asks for {name} {pinned}; installed is {installed}.',
                 '{file} 要求 {name} {pinned}；所装的是 {installed}。'),
        'do': ('Nothing where the check runs through; otherwise install the version that is asked for.',
               '检查能够完成时无需处理；否则安装所要求的版本。'),
    }  # fmt: skip
    zh = Chinese(
        '它的类是为那个版本写的：它导入的模块可能已不存在，加载函数可能读取别的选项。',
        '要求的版本比实际可用的旧；因此只是一条信息。',
    )

    def look(self, report: CheckReport) -> Finds:
        for fact in report.plan.facts_of(self.code):
            words = {name: dict(fact.words)[name] for name in ('file', 'installed', 'pinned')}
            yield Found(name=report.plan.framework.name, **words)


class OptionsRewritten(TrainingRule, code='WC563', severity=INFO):
    """The framework's own option parser changes options of the networks or of the weights.

    Why it matters: the model gets what the parser makes of them, not what the YAML says: a change
    of such a line may do nothing.
    Evidence: own tests, with forks that set the width of a network, or the folder of the weights.
    False alarms: none known; it is a line of information, and the check has followed the parser.
    Source: basicsr 1.4.2 utils/options.py `parse_options`, which changes none of them.
    """

    words = {
        'title': ('the parser of the framework changes an option',
                  '框架的选项解析器改变了一个选项'),
        'text': ('{option}: {before} in the YAML, {after} in the training. The check has used what the parser makes of it; a change of the line may do nothing.',
                 '{option}：YAML 中是 {before}，训练中是 {after}。检查采用了解析器的结果；修改这一行可能不起作用。'),
        'do': ('Nothing, if that is what you want; else change the parser, or what it reads.',
               '如果这正是你要的，无需处理；否则请修改解析器，或它所读取的内容。'),
    }  # fmt: skip
    zh = Chinese(
        '模型得到的是解析器的结果，而不是 YAML 所写的：修改这样的一行可能不起作用。',
        '没有已知的误报；这只是一条信息，检查已按解析器的结果进行。',
    )

    def look(self, report: CheckReport) -> Finds:
        for option, before, after in report.rehearsal.rewritten:
            yield Found(option, option=option, before=before, after=after)
