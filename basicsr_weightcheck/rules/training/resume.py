"""Whether the training resumes, and what that replaces."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, ToldByDialect, TrainingRule


class ResumeReplacesPretrain(TrainingRule, code='WC503', severity=WARNING):
    """The training resumes, and the weights of the run replace those that the YAML names.

    Why it matters: Restormer, NAFNet and their relatives resume from any state in
    experiments/<name>/training_states without being asked; BasicSR does so with --auto_resume or
    resume_state. strict_load stays as written.
    Evidence: https://github.com/kynthesis/StarSRGAN/issues/7,
    https://github.com/XPixelGroup/BasicSR/issues/717,
    https://github.com/XPixelGroup/BasicSR/issues/64.
    False alarms: a resume that is meant, with the YAML that the run was begun with.
    What to do: nothing, if you go on with the run. To resume with the weights of the YAML, list the
    network in ignore_resume_networks: network_g in BasicSR, g in Restormer and NAFNet.
    Source: basicsr 1.4.2 train.py `load_resume_state`, utils/misc.py `check_resume`; Restormer and
    NAFNet train.py `main`.
    """

    words = {
        'title': ('a resume replaces the weights', '恢复训练会替换权重'),
        'text': ('The training resumes from {state}: the weights come from {used}, not from {configured}.',
                 '训练从 {state} 恢复：权重来自 {used}，而不是 {configured}。'),
        'do': ('Nothing, if you go on with this training; {configured} is then not read.',
               '如果就是要接着这次训练，无需处理；此时不会读取 {configured}。'),
    }  # fmt: skip
    zh = Chinese(
        'Restormer、NAFNet 及其同类只要 experiments/<name>/training_states 里有状态文件就会自动恢复；BasicSR 在使用 --auto_resume 或 resume_state 时恢复。strict_load 保持所写的值。',
        '本来就要用开始时的 YAML 恢复训练。',
        '如果就是要接着训练，无需处理。要恢复训练但保留 YAML 中的权重，请把该网络写进 ignore_resume_networks：BasicSR 写 network_g，Restormer 和 NAFNet 写 g。',
    )

    def look(self, report: CheckReport) -> Finds:
        resume = report.plan.resume
        for option, configured, used in resume.replaced:
            if configured:
                yield Found(option, state=resume.state_path, configured=configured, used=used)


class StrayStateFile(TrainingRule, code='WC523', severity=ERROR):
    """A file in training_states whose name is no iteration.

    Why it matters: the search for the latest state makes a number of every name; one note,
    .DS_Store or best.state ends the training with ValueError.
    Evidence: own tests
    False alarms: none known.
    Source: Restormer train.py, `int(x[0:-6])`; basicsr 1.4.2 train.py `load_resume_state`,
    `float(v.split('.state')[0])`.
    """

    words = {
        'title': ('a stray file among the training states', '训练状态文件夹中有无关的文件'),
        'text': ('The training takes every name in {folder} for an iteration; {name} is none, and it stops with ValueError.',
                 '训练把 {folder} 中的每个文件名都当作迭代数；{name} 不是，训练以 ValueError 报错退出。'),
        'do': ('Move {name} away.', '请把 {name} 移走。'),
    }  # fmt: skip
    zh = Chinese(
        '寻找最新状态时会把每个文件名都转换成数字；一个笔记、.DS_Store 或 best.state 就会让训练以 ValueError 报错退出。',
    )

    def look(self, report: CheckReport) -> Finds:
        for name in report.plan.resume_traps.stray:
            yield Found('', name=name, folder=f'experiments/{report.plan.name}/training_states')


class ResumeLooksElsewhere(TrainingRule, code='WC524', severity=ERROR):
    """The search for a state looks into another folder than the one that holds the states.

    Why it matters: the search starts at the working directory, the experiment lies beside the code.
    The training then begins from scratch and renames the old experiment.
    Evidence: own tests; https://github.com/kynthesis/StarSRGAN/issues/7
    False alarms: a fresh start that is meant, under a name that is taken.
    Source: basicsr 1.4.2 train.py `load_resume_state` (relative path), utils/options.py
    (root_path).
    """

    words = {
        'title': ('the states lie elsewhere', '训练状态在别处'),
        'text': ('The training looks for states below {started}, but they lie in {folder}: it starts from scratch and renames the old experiment.',
                 '训练在 {started} 下寻找状态，而状态在 {folder} 中：它会从头开始，并把旧实验改名。'),
        'do': ('Start the training in the folder that holds experiments.',
               '请在包含 experiments 的文件夹中启动训练。'),
    }  # fmt: skip
    zh = Chinese(
        '寻找从工作目录开始，而实验在代码旁边。训练于是从头开始，并把旧实验改名。',
        '有意用已被占用的名字从头开始。',
    )

    def look(self, report: CheckReport) -> Finds:
        plan = report.plan
        if plan.resume_traps.elsewhere:
            yield Found('', folder=plan.resume_traps.elsewhere, started=plan.working_directory)


class ResumeStateNotRead(TrainingRule, code='WC525', severity=ERROR):
    """With --auto_resume the resume_state of the YAML is not read.

    Why it matters: the training looks only into experiments/<name>/training_states; where that
    holds no state it starts from scratch, whatever resume_state says.
    Evidence: own tests
    False alarms: none known.
    Source: basicsr 1.4.2 train.py `load_resume_state`, the branch of `opt['auto_resume']`.
    """

    words = {
        'title': ('resume_state is not read', 'resume_state 没有被读取'),
        'text': ('With --auto_resume the training does not read resume_state ({state}), and it finds no state of its own: it starts from scratch.',
                 '带 --auto_resume 时训练不读取 resume_state（{state}），自己又找不到状态：它会从头开始。'),
        'do': ('Start the training without --auto_resume.', '请不带 --auto_resume 启动训练。'),
    }  # fmt: skip
    zh = Chinese(
        '训练只在 experiments/<name>/training_states 中寻找；那里没有状态时就从头开始，不管 resume_state 写了什么。',
    )

    def look(self, report: CheckReport) -> Finds:
        state = report.plan.resume_traps.not_read
        if state:
            yield Found('path.resume_state', state=state)


class TrainingResumes(TrainingRule, code='WC528', severity=INFO):
    """The training resumes, and the YAML names no other weights for it.

    Why it matters: it tells that the run goes on, from which state, and with which weights.
    Evidence: own tests; https://github.com/XPixelGroup/BasicSR/issues/64.
    False alarms: none known.
    Source: basicsr 1.4.2 train.py `load_resume_state`, utils/misc.py `check_resume`; Restormer and
    NAFNet train.py `main`.
    """

    words = {
        'title': ('the training resumes', '训练会恢复'),
        'text': ('The training goes on from {state}, with the weights {used}.',
                 '训练从 {state} 继续，权重来自 {used}。'),
        'do': ('Nothing.', '无需处理。'),
    }  # fmt: skip
    zh = Chinese(
        '它说明训练从哪个状态继续、用哪些权重。',
    )

    def look(self, report: CheckReport) -> Finds:
        resume = report.plan.resume
        if resume.replaced and not any(configured for _, configured, _ in resume.replaced):
            used = tuple(used for _, _, used in resume.replaced)
            yield Found('path.resume_state', state=resume.state_path, used=used)


class GoesOnByItself(ToldByDialect, code='WC546', severity=INFO):
    """The training script goes on from files that it finds, and no others are named.

    Why it matters: it tells that the run goes on, and from which files.
    Evidence: own tests.
    False alarms: none known.
    Source: KAIR utils/utils_option.py `find_last_checkpoint` (fc1732f).
    """

    words = {
        'title': ('the training goes on by itself', '训练会自动继续'),
        'text': ('{script} loads {used}, the newest in {folder}.',
                 '{script} 加载 {folder} 中最新的文件：{used}。'),
        'do': ('Nothing; for a new run choose another task.', '无需处理；新的训练请换一个 task。'),
    }  # fmt: skip
    zh = Chinese(
        '它说明训练会继续，以及从哪些文件继续。',
    )


class ResumeTakesAnother(ToldByDialect, code='WC561', severity=WARNING):
    """A resume finds several files of one network, and takes one that was probably not meant.

    Why it matters: traiNNer-redux looks for safetensors and pth, in models/ and resume_models/, and
    the last one that is there wins: an old net_g_4.pth beside the net_g_4.safetensors of yesterday,
    or the raw net_g_4 where net_g_ema_4 is there. The training goes on from other weights than
    those it ended with.
    Evidence: own tests.
    False alarms: a file that was copied anew has a new date.
    Source: traiNNer-redux 6862931 traiNNer/utils/misc.py `check_resume`.
    """

    words = {
        'title': ('the resume takes another file than the one meant', '恢复训练时取用了另一个文件'),
        'text': ('Several files of this iteration are there for {option}. The resume takes the last in its own order, {used}, and not {other}.',
                 '{option} 在这一迭代有多个文件。恢复时按框架自己的顺序取最后一个 {used}，而不是 {other}。'),
        'do': ('If {other} is meant, move {used} out of the folder.',
               '若要用 {other}，请把 {used} 移出该文件夹。'),
    }  # fmt: skip
    zh = Chinese(
        'traiNNer-redux 依次查找 safetensors 和 pth、models/ 和 resume_models/，最后一个存在的生效：旧的 net_g_4.pth 会胜过昨天的 net_g_4.safetensors，net_g_4 会胜过 net_g_ema_4。训练会从另外的权重继续。',
        '重新复制过的文件日期较新。',
    )
