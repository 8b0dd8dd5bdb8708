"""The optimizers in the state of a resume."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import ERROR, WARNING
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rules.facts import at_state, resumed
from basicsr_weightcheck.rules.rule import Chinese, Finds, TrainingRule


class OptimizerMisfit(TrainingRule, code='WC517', severity=ERROR):
    """An optimizer of the state is of a network with another number of parameters.

    Why it matters: the weights may load, then the optimizer stops the training: "loaded state dict
    contains a parameter group that doesn't match the size of optimizer's group".
    Evidence: https://github.com/Lornatang/ESRGAN-PyTorch/issues/20,
    https://github.com/mli0603/stereo-transformer/issues/58
    False alarms: a model class of your own that optimizes only a part of its network.
    Source: torch/optim/optimizer.py `load_state_dict`; basicsr 1.4.2 models/base_model.py
    `resume_training`, models/sr_model.py `setup_optimizers`.
    """

    explains = ('WC511',)
    words = {
        'title': ('the optimizer in the state is of another network',
                  '状态中的优化器属于另一个网络'),
        'text': ('The optimizer in {state} has {found} parameters, {network} has {expected}: training stops with ValueError when it resumes.',
                 '{state} 中的优化器有 {found} 个参数，而 {network} 有 {expected} 个：恢复时训练以 ValueError 报错退出。'),
        'do': ('Restore the options of {network}, or take resume_state out and start from the weights under another name:.',
               '请恢复 {network} 的选项；或去掉 resume_state，换一个 name: 并从权重开始。'),
    }  # fmt: skip
    zh = Chinese(
        "权重也许能加载，但随后优化器会使训练报错退出：“loaded state dict contains a parameter group that doesn't match the size of optimizer's group”。",
        '自己的模型类只优化网络的一部分。',
    )

    def look(self, report: CheckReport) -> Finds:
        state = resumed(report)
        for network, expected, found in () if state.lacks_optimizers else state.misfits:
            yield at_state(state, network=network, expected=expected, found=found)


class OptimizersMissing(TrainingRule, code='WC519', severity=ERROR):
    """The state has another number of optimizers than the model.

    Why it matters: a GAN resumed from the state of its first stage, or the other way round; the
    training stops with AssertionError: Wrong lengths of optimizers.
    Evidence: https://github.com/XPixelGroup/BasicSR/issues/229
    False alarms: none known; said only of model classes whose optimizers are known.
    Source: basicsr 1.4.2 models/base_model.py `resume_training`.
    """

    explains = ('WC511',)
    words = {
        'title': ('the state has another number of optimizers', '状态中的优化器个数不同'),
        'text': ('{state} holds {found} optimizers, {model_type} has {expected}: training stops with AssertionError: Wrong lengths of optimizers.',
                 '{state} 中有 {found} 个优化器，{model_type} 有 {expected} 个：训练以 AssertionError: Wrong lengths of optimizers 报错退出。'),
        'do': ('Take resume_state out and start from the weights under another name:.',
               '请去掉 resume_state，换一个 name: 并从权重开始。'),
    }  # fmt: skip
    zh = Chinese(
        '用第一阶段的状态恢复 GAN，或者相反；训练以 AssertionError: Wrong lengths of optimizers 报错退出。',
        '没有已知的误报；只对优化器个数已知的模型类给出。',
    )

    def look(self, report: CheckReport) -> Finds:
        state = resumed(report)
        if state.lacks_optimizers:
            found, expected = len(state.optimizers), len(state.expected)
            model_type = report.plan.model_type
            yield at_state(state, found=found, expected=expected, model_type=model_type)


class ResumeNeedsGpu(TrainingRule, code='WC520', severity=WARNING):
    """A resume on a machine without a GPU.

    Why it matters: train.py puts every tensor of the state on the current GPU, whatever num_gpu
    says; without one the training stops before it loads anything. The state itself is sound.
    Evidence: https://github.com/XPixelGroup/BasicSR/issues/107
    False alarms: a check on another machine than the one that trains; so it is a warning.
    Source: basicsr 1.4.2 train.py `load_resume_state`, `torch.cuda.current_device()`.
    """

    words = {
        'title': ('a resume needs a GPU', '恢复训练需要 GPU'),
        'text': ('The training puts the state {state} on a GPU before it does anything else, and there is none here ({count} of its tensors were saved from one): training stops, whatever num_gpu says. The state itself is sound.',
                 '训练首先把状态 {state} 放到 GPU 上，而这里没有 GPU（其中 {count} 个张量是从 GPU 保存的）：无论 num_gpu 是多少，训练都会报错退出。状态本身没有问题。'),
        'do': ('Resume on a machine with a GPU; nothing in the options has to change.',
               '请在有 GPU 的机器上恢复；选项不需要修改。'),
    }  # fmt: skip
    zh = Chinese(
        '无论 num_gpu 是多少，train.py 都把状态中的张量放到当前 GPU 上；没有 GPU 时训练在加载之前就报错退出。状态本身没有问题。',
        '检查所在的机器不是训练的机器；所以是警告。',
    )

    def look(self, report: CheckReport) -> Finds:
        state = resumed(report)
        if state.lacks_gpu:
            yield at_state(state, count=state.cuda_tensors)
