"""The state file of a resume."""

from __future__ import annotations

from basicsr_weightcheck.dialects.dialect import number_in_name
from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rules.facts import at_state, known, resumed
from basicsr_weightcheck.rules.rule import Chinese, Finds, TrainingRule


class StateMissing(TrainingRule, code='WC513', severity=ERROR):
    """The state file that the training is to resume from does not exist.

    Why it matters: the training stops with FileNotFoundError before anything else.
    Evidence: https://github.com/XPixelGroup/BasicSR/issues/18
    False alarms: none known.
    Source: basicsr 1.4.2 train.py `load_resume_state`.
    """

    explains = ('WC511',)
    words = {
        'title': ('the state file does not exist', '状态文件不存在'),
        'text': ('resume_state names {state}, which does not exist. Nearest file: {nearest}',
                 'resume_state 指定的 {state} 不存在。最接近的文件：{nearest}'),
        'do': ('Name a state that is there, or take resume_state out.',
               '请写一个存在的状态文件，或去掉 resume_state。'),
    }  # fmt: skip
    zh = Chinese(
        '训练在做任何事之前就以 FileNotFoundError 报错退出。',
    )

    def look(self, report: CheckReport) -> Finds:
        state = resumed(report, 'missing')
        yield at_state(state, nearest=state.nearest or '-')


class WeightsAsState(TrainingRule, code='WC514', severity=ERROR):
    """Weights (.pth) are named as resume_state.

    Why it matters: a resume reads the iteration and the optimizers from the file; a weight file has
    neither, and the training stops with KeyError: 'iter'.
    Evidence: https://github.com/XPixelGroup/BasicSR/issues/717,
    https://github.com/xinntao/Real-ESRGAN/issues/472
    False alarms: none known.
    Source: basicsr 1.4.2 train.py `load_resume_state`, `resume_state['iter']`.
    """

    explains = ('WC511',)
    words = {
        'title': ('weights are named as a training state', '把权重当作训练状态'),
        'text': ('resume_state names {state}, which holds no iteration and no optimizers: training stops with KeyError: iter.',
                 'resume_state 指定的 {state} 中没有迭代数和优化器：训练会以 KeyError: iter 报错退出。'),
        'do': ('Take resume_state out and name the file in pretrain_network_g:; the optimizer then starts anew.',
               '请去掉 resume_state，并把该文件写在 pretrain_network_g: 中；优化器会重新开始。'),
    }  # fmt: skip
    zh = Chinese(
        "恢复训练要从文件中读取迭代数和优化器；权重文件两者都没有，训练以 KeyError: 'iter' 报错退出。",
    )

    def look(self, report: CheckReport) -> Finds:
        yield at_state(resumed(report, 'weights'))


class StateUnreadable(TrainingRule, code='WC515', severity=ERROR):
    """The state file that the training is to resume from cannot be read.

    Why it matters: a cut download, a Git-LFS pointer or a damaged file; torch.load stops with words
    that rarely name the cause.
    Evidence: https://github.com/XPixelGroup/BasicSR/issues/718
    False alarms: none known.
    Source: the reader of this project; basicsr 1.4.2 train.py `load_resume_state`.
    """

    explains = ('WC511',)
    words = {
        'title': ('the state file cannot be read', '状态文件无法读取'),
        'text': ('{state}: {reason}', '{state}：{reason}'),
        'do': ('Take an earlier state, or take resume_state out and start from the weights.',
               '请使用更早的状态文件，或去掉 resume_state 并从权重开始。'),
    }  # fmt: skip
    zh = Chinese(
        '下载不完整、Git-LFS 指针或损坏的文件；torch.load 的报错很少说明原因。',
        finds='训练要恢复的状态文件无法读取。',
    )

    def look(self, report: CheckReport) -> Finds:
        state = resumed(report, 'unreadable')
        yield at_state(state, reason=state.reason)


class IterationDiffers(TrainingRule, code='WC516', severity=WARNING):
    """The name of the state file and the iteration inside it differ.

    Why it matters: the weights that a resume loads are named after the iteration in the file, not
    after its name: a renamed or copied state loads others than expected.
    Evidence: https://github.com/XPixelGroup/BasicSR/issues/64 (state and weights of one iteration)
    False alarms: a state that was renamed on purpose.
    Source: basicsr 1.4.2 utils/misc.py `check_resume`, called with resume_state['iter'].
    """

    words = {
        'title': ('the state is of another iteration than its name',
                  '状态文件的迭代数与文件名不符'),
        'text': ('{state} holds iteration {iteration}: the resume loads {weights}.',
                 '{state} 中的迭代数是 {iteration}：恢复时加载的是 {weights}。'),
        'do': ('Make sure that this is the state you mean.', '请确认这就是你要的状态文件。'),
    }  # fmt: skip
    zh = Chinese(
        '恢复训练时加载的权重按文件中的迭代数命名，而不是按文件名：改名或复制过的状态会加载别的权重。',
        '有意改名的状态文件。',
    )

    def look(self, report: CheckReport) -> Finds:
        state = report.resume_state
        iteration, named = known(state.iteration), known(number_in_name(state.path))
        if named != iteration:
            weights = f'net_g_{iteration}.pth'
            yield at_state(state, iteration=str(iteration), weights=weights)


SHOWN_NAMES = 4  # objects that torch refuses, in the sentence


class StateRefused(TrainingRule, code='WC518', severity=ERROR):
    """The state holds objects that torch 2.6 and newer refuse.

    Why it matters: train.py reads the state with torch.load, which since 2.6 takes tensors and
    plain values only. Best metrics and random states saved as numpy values are refused.
    Evidence: https://github.com/XPixelGroup/BasicSR/pull/706; own tests (Retinexformer,
    Restormer_LLIE)
    False alarms: none known.
    Source: torch/_weights_only_unpickler.py; basicsr 1.4.2 train.py `load_resume_state`.
    """

    explains = ('WC511',)
    words = {
        'title': ('torch refuses the state file', 'torch 拒绝加载状态文件'),
        'text': ('{state} holds {names}, which torch.load refuses since 2.6: training stops when it resumes.',
                 '{state} 中有 {names}，torch.load 自 2.6 起拒绝它们：恢复时训练报错退出。'),
        'do': ('Save the state again in the environment that wrote it, with numpy values as plain numbers; or take resume_state out and start from the weights under another name:.',
               '请在写出它的环境中重新保存，把 numpy 值改成普通数字；或去掉 resume_state，换一个 name: 并从权重开始。'),
    }  # fmt: skip
    zh = Chinese(
        'train.py 用 torch.load 读取状态，而它自 2.6 起只接受张量和普通的值；以 numpy 值保存的最佳指标和随机状态会被拒绝。',
    )

    def look(self, report: CheckReport) -> Finds:
        state = report.resume_state
        if state.refused:
            yield at_state(state, names=state.refused[:SHOWN_NAMES])
