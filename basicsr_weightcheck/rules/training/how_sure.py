"""How what is told is known, and what is not known."""

from __future__ import annotations

from itertools import takewhile

from basicsr_weightcheck.records.findings import INFO, WARNING
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.tensors import PREDICTED
from basicsr_weightcheck.rules.facts import known, of_file, short_reason, stops
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule, TrainingRule


class OnlyPredicted(LoadRule, code='WC507', severity=WARNING):
    """The outcome of the load was told from the header of the file; the framework's own loader was
    not run.

    Why it matters: the prediction follows the loaders of BasicSR, Restormer and NAFNet; a fork that
    changed its loader may do something else. A load that is only predicted is never called ready.
    Evidence: own tests.
    False alarms: none known.
    What to do: mend what the reason names and check again, or trust the result less.
    Source: basicsr_weightcheck/compare/load_outcome.py `predict_load`.
    """

    words = {
        'title': ('predicted, not rehearsed', '是预测，不是试加载'),
        'text': ('The load was predicted from the header: {reason}',
                 '该结果由文件头预测得出：{reason}'),
        'do': ('Check where the framework can be imported, without --no-rehearsal.',
               '请在能导入框架的环境里、不加 --no-rehearsal 再检查一次。'),
    }  # fmt: skip
    zh = Chinese(
        '预测依据 BasicSR、Restormer 和 NAFNet 的加载器；改过加载器的分支可能不同。只是预测的加载不会被称为可以训练。',
        do='解决原因中所说的问题后再检查一次，否则请降低对结果的信任。',
        finds='加载的结果由文件头得出，没有运行框架自己的加载器。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        rehearsal = report.rehearsal
        if load.configured.by == PREDICTED:
            error, reason = rehearsal.failure_error, short_reason(rehearsal.failure_message)
            reason = f'{error}: {reason}' if error and reason else error or reason
            yield Found(reason=reason)


class LaterLoadNotReached(LoadRule, code='WC508', severity=INFO):
    """An earlier load ends the training, so this one never happens.

    Why it matters: what is said of this load holds only once the earlier one is mended.
    Evidence: own tests.
    False alarms: a model class that catches the error of the earlier load and goes on.
    Source: basicsr 1.4.2 models/sr_model.py `__init__`, models/srgan_model.py
    `init_training_settings`.
    """

    words = {
        'title': ('a later load is not reached', '后面的加载不会执行'),
        'text': ('Training stops at an earlier load; what is said here holds once that one is mended.',
                 '训练会停在前面的加载；这里所说的在前者修好之后才成立。'),
        'do': ('Mend the earlier load first.', '请先修好前面的加载。'),
    }  # fmt: skip
    zh = Chinese(
        '关于这次加载的结论在前面的加载修好之后才成立。',
        '模型类捕获了前面加载的错误并继续运行。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        earlier = takewhile(lambda one: one.step != load.step, report.loads)
        if any(map(stops, earlier)):
            yield Found()


class ProofMissing(LoadRule, code='WC510', severity=WARNING):
    """The recommended change was rehearsed and a load still stops, or it could not be rehearsed.

    Why it matters: every recommendation is meant to be proven by a second rehearsal; this one is
    not, so it may be wrong.
    Evidence: own tests.
    False alarms: a framework that cannot run in this environment; the reason says so.
    Source: basicsr_weightcheck/workflow/checking/advise.py `prove`.
    """

    words = {
        'title': ('the recommendation is not proven', '建议未经验证'),
        'text': ('The recommended change could not be rehearsed: {reason}',
                 '无法按建议的修改试加载：{reason}'),
        'do': ('Run the check again with the changed options.', '请用修改后的选项再检查一次。'),
    }  # fmt: skip
    zh = Chinese(
        '每条建议都应由第二次试加载来证明；这一条没有，因此可能是错的。',
        '框架在这个环境中无法运行；原因里会说明。',
        finds='按建议修改后试加载，仍有加载报错退出，或者无法试加载。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        yield Found(reason=known(report.proof_failures.get(load.step.network)))


class EditsNotProven(TrainingRule, code='WC526', severity=WARNING):
    """Edits of the YAML that concern no load of today were tried, and did not do what they should.

    Why it matters: a moved or renamed option makes the training load something that it did not load
    before; the file may be missing, or of another network.
    Evidence: own tests
    False alarms: a YAML without weights, where a renamed option changes nothing yet.
    Source: the rehearsal itself.
    """

    words = {
        'title': ('the edits are not proven', '修改未经验证'),
        'text': ('The edits were tried, and are not proven: {reason}',
                 '已试过这些修改，但未能验证：{reason}'),
        'do': ('Make them and run the check again: it then looks at the load itself.',
               '请修改后再次检查，届时会检查加载本身。'),
    }  # fmt: skip
    zh = Chinese(
        '移动或改名后的选项会让训练加载以前没有加载的内容；文件可能不存在，或属于别的网络。',
        '没有权重的 YAML，改名暂时没有任何影响。',
        finds='与当前任何一次加载都无关的 YAML 修改经过试验，但没有达到预期。',
    )

    def look(self, report: CheckReport) -> Finds:
        yield Found(reason=known(report.proof_failures.get('')))


class ValuesDecide(TrainingRule, code='WC529', severity=WARNING):
    """The model makes of the file what a check cannot follow: it looks at values, which are not
    read.

    Why it matters: what it then does depends on them; the rehearsal went on with values that are
    not those of the file, so what it says of these loads may be wrong.
    Evidence: own tests.
    False alarms: values that are only printed.
    Source: basicsr_weightcheck/rehearsal/following/provenance.py `Follower`.
    """

    words = {
        'title': ('values decide what is loaded', '加载内容取决于数值'),
        'text': ('The model makes of the file what a check cannot follow ({what}): what the networks start on is not known.',
                 '模型对文件做了检查无法跟踪的事（{what}）：各网络从什么值开始无法得知。'),
        'do': ('Look at what is loaded after the start, or start the training with `run`, which verifies the values.',
               '请在开始后查看加载了什么，或用 `run` 启动训练，它会核对数值。'),
        'value-of': ('it looks at values, of {key} first', '它查看数值，首先是 {key} 的'),
        'operation-of-torch': ('the operation {name}', '操作 {name}'),
    }  # fmt: skip
    zh = Chinese(
        '之后的行为取决于这些数值；试加载用的不是文件中的数值，因此对这些加载的说法可能有误。',
        '仅仅打印出来的数值。',
        finds='模型对文件做了检查无法跟踪的事：它查看数值，而检查不读取数值。',
    )

    def look(self, report: CheckReport) -> Finds:
        rehearsal = report.rehearsal
        if rehearsal.looked_at:
            yield Found(what=self.phrase('value-of', key=rehearsal.looked_at[0]))
        elif rehearsal.lost:
            yield Found(what=self.phrase('operation-of-torch', name=rehearsal.lost[0]))


class ToldByHeader(LoadRule, code='WC531', severity=INFO):
    """The network could not be built; what the header of the file alone tells is said.

    Why it matters: whether the file is of the network that the YAML describes can often be seen
    without building one.
    Evidence: own tests.
    False alarms: none known; it is a line of information.
    Source: basicsr_weightcheck/identify/recognize.py `recognize`.
    """

    words = {
        'title': ('told by the header alone', '仅由文件头得知'),
        'text': ('The network was not built; by its header {path} is a {network_type} ({options}).',
                 '没有构建网络；从文件头看，{path} 是 {network_type}（{options}）。'),
        'do': ('Compare it with the network of the options.', '与选项中的网络对照。'),
        'header-no-options': ('options as by default', '选项均为默认值'),
    }  # fmt: skip
    zh = Chinese(
        '文件是否属于 YAML 描述的网络，常常不构建网络也能看出。',
        '没有已知的误报；这只是一条信息。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        identity = known(load.identity)
        options = tuple(f'{name} {value}' for name, value in identity.options)
        options = options or ('label:header-no-options',)
        yield of_file(load, network_type=identity.network_type, options=options)
