"""Weights of something else than this network."""

from __future__ import annotations

import re
from typing import Dict, Pattern, Set

from basicsr_weightcheck.records.findings import ERROR, INFO
from basicsr_weightcheck.records.plans import OptionFile
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.tensors import FileDict
from basicsr_weightcheck.rules.facts import SYMPTOMS, known, of_file
from basicsr_weightcheck.rules.rule import Chinese, Finds, LoadRule


class OtherNetwork(LoadRule, code='WC212', severity=ERROR):
    """Hardly anything of the file fits the network, under any table and any prefix: less than 5 %
    of the parameters.

    Why it matters: the file belongs to a discriminator, an optimizer or another architecture;
    strict false would hide that.
    Evidence: https://github.com/xinntao/Real-ESRGAN/issues/109,
    https://github.com/JingyunLiang/SwinIR/issues/28,
    https://github.com/Markfryazino/wav2lip-hq/issues/3.
    False alarms: the same architecture with another width, of which every shape differs; a cut file
    (WC103), which gets no advice and therefore this finding too. A load that takes what
    `weightcheck: {min_loaded: 0.01}` asks for is no other network.
    What to do: name a checkpoint of this network, or the network that the checkpoint belongs to;
    `inspect` tells which that is.
    Source: torch/nn/modules/module.py `load_state_dict`; basicsr_weightcheck/advice/recommend.py
    `FOREIGN`.
    """

    explains = ('WC203',)
    words = {
        'title': ('the weights belong to another network', '权重属于另一个网络'),
        'text': ('Only {matched} of {expected} tensors of {network_type} are in {path} with equal name and shape ({fraction} of the parameters).',
                 '{network_type} 的 {expected} 个张量中，{path} 里只有 {matched} 个键名与形状一致（占参数的 {fraction}）。'),
        'do': ('Name a checkpoint of {network_type}, or the network that the checkpoint belongs to.',
               '请换成 {network_type} 的权重，或换成该权重对应的网络。'),
    }  # fmt: skip
    zh = Chinese(
        '文件属于判别器、优化器或另一种结构；strict false 会掩盖这一点。',
        '同一种结构但宽度不同，因而所有形状都不同；被截断的文件（WC103）得不到建议，因此也会出现这一条。达到 `weightcheck: {min_loaded: 0.01}` 所要求份额的加载不算另一个网络。',
        '换成这个网络的权重，或换成该权重对应的网络；`inspect` 会指出是哪一种。',
        finds='无论哪个权重表、哪个前缀，文件几乎都不适合这个网络：相符的参数不到 5 %。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        difference = known(load.difference)
        if not load.configured.was_tried:
            return
        if load.gives(report.plan.min_loaded) or report.is_meant_in_part(load):
            return  # the user, or the code, asks for no more, and gets it
        if not load.recommendation.is_needed and load.must_be_false is None:
            yield of_file(
                load,
                network_type=known(load.network).network_type,
                matched=len(difference.matched),
                expected=difference.coverage.tensors_expected,
                fraction=difference.coverage.parameter_fraction,
            )


# What save_training_state writes, and what Optimizer.state_dict of torch gives. A file with a table
# of weights beside them can be loaded: it is none of these.
STATE = {'iter', 'optimizers', 'schedulers'}
OPTIMIZER = {'state', 'param_groups'}
WEIGHTS = ('params', 'params_ema', 'state_dict')


class TrainingStateAsWeights(LoadRule, code='WC217', severity=ERROR):
    """The file holds an optimizer or a training state, not a network.

    Why it matters: `training_states/*.state` and `*_optimizerG.pth` lie beside the weights and have
    no table of weights; the load stops with KeyError, or without strict takes nothing.
    Evidence: https://github.com/JingyunLiang/SwinIR/issues/28,
    https://github.com/XPixelGroup/BasicSR/issues/717
    False alarms: none: the keys are those that an optimizer's own state_dict has.
    What to do: a state belongs in path.resume_state; as pretrained weights name models/net_g_*.pth.
    Source: basicsr 1.4.2 models/base_model.py `save_training_state`; torch/optim/optimizer.py
    `state_dict`.
    """

    explains = (*SYMPTOMS, 'WC104', 'WC205', 'WC206', 'WC213')
    words = {
        'title': ('a training state in the place of weights', '把训练状态当作权重'),
        'text': ('{path} holds {what}, no network.', '{path} 保存的是{what}，不是网络。'),
        'do': ('{advice}', '{advice}'),
        'training-state': ('a training state (optimizers and schedulers)',
                           '训练状态（优化器与学习率调度器）'),
        'optimizer-state': ('the state of an optimizer', '优化器状态'),
        'state-resume': ('Name it in path.resume_state to go on with that training; as pretrained weights name models/net_g_*.pth of the same experiment.',
                         '要继续那次训练，请写在 path.resume_state；作为预训练权重请用同一实验的 models/net_g_*.pth。'),
        'state-useless': ('Name the weight file of the same training; an optimizer alone gives no weights.',
                          '请指定同一训练的权重文件；只有优化器状态得不到权重。'),
    }  # fmt: skip
    zh = Chinese(
        'training_states/*.state 与 *_optimizerG.pth 就在权重旁边，但其中没有权重表；加载会以 KeyError 报错退出，不严格时则什么也加载不到。',
        '没有：这些键名正是优化器自己的 state_dict 所用的。',
        '状态文件应写在 path.resume_state；预训练权重请用 models/net_g_*.pth。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        root = known(load.header).root
        keys = set(root.keys) if isinstance(root, FileDict) else set()
        if keys & set(WEIGHTS):
            return
        if STATE <= keys:
            yield of_file(load, what='label:training-state', advice='label:state-resume')
        elif OPTIMIZER <= keys:
            yield of_file(load, what='label:optimizer-state', advice='label:state-useless')


TASKS: Dict[str, str] = {
    'deraining': r'de_?rain',
    'deblurring': r'de_?blur|motion|defocus|gopro',
    'denoising': r'de_?nois|sidd|dnd',
    'dehazing': r'de_?haz',
    'low-light': r'low_?light|llie|(?<![a-z])lol(?![a-z])',
}
# Noise levels and scales; a number of more digits (x264, 16x) is no scale.
SIGMA = re.compile(r'sigma_?(\d+)', re.IGNORECASE)
SCALE = re.compile(r'x([23468])(?![0-9])|(?<![0-9])([23468])x', re.IGNORECASE)


class NameSaysAnotherTask(LoadRule, code='WC220', severity=INFO):
    """The names say that file and training are for different tasks.

    Why it matters: weights for deraining and for deblurring have the same keys and shapes. They
    load completely, and the training starts far from where it should.
    Evidence: https://github.com/swz30/Restormer/issues/16,
    https://github.com/swz30/Restormer/issues/90,
    https://github.com/megvii-research/NAFNet/issues/73
    False alarms: a transfer from one task to another; names that mean something else. A hint only.
    Source: own tests; names of the files that swz30/Restormer and megvii-research/NAFNet publish.
    """

    words = {
        'title': ('the names speak of another task', '名称指向另一个任务'),
        'text': ('Everything loads. But the name of {path} says {found}, and the training says {expected}. Weights for different tasks have the same keys and shapes; only names tell.',
                 '权重可以全部加载。但 {path} 的名称表示 {found}，而训练表示 {expected}。不同任务的权重键名与形状相同，只能从名称区分。'),
        'do': ('Make sure that this is the file you mean. This is a hint, not a fault.',
               '请确认这就是你要的文件。这只是提示，不是错误。'),
    }  # fmt: skip
    zh = Chinese(
        '去雨与去模糊的权重键名和形状相同，会全部加载，但训练的起点会差很远。',
        '有意从一个任务迁移到另一个任务；名称另有含义。这只是提示。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        outcome = load.configured
        if not outcome.loads or outcome.missing or outcome.mismatched:
            return
        options = report.plan.options
        path = '/'.join(load.step.load_path.replace('\\', '/').split('/')[-3:])
        training = _training_names(options)
        scale = {f'x{options.get("scale")}'} if options.has('scale') else set()
        pairs = (
            (_tasks(path), _tasks(training)),
            (_numbers(SIGMA, 'sigma ', path), _numbers(SIGMA, 'sigma ', training)),
            (_numbers(SCALE, 'x', path), scale),
        )
        for found, expected in pairs:
            if found and expected and not found & expected:
                yield of_file(load, found=tuple(sorted(found)), expected=tuple(sorted(expected)))


def _training_names(options: OptionFile) -> str:
    """The name of the training, and names and folders of its data sets."""
    names = [str(options.get('name', ''))]
    datasets = options.get('datasets')
    for section in datasets.values() if isinstance(datasets, dict) else ():
        if isinstance(section, dict):
            names += [str(v) for k, v in section.items() if str(k).startswith(('name', 'dataroot'))]
    return ' '.join(names)


def _tasks(text: str) -> Set[str]:
    return {task for task, words in TASKS.items() if re.search(words, text, re.IGNORECASE)}


def _numbers(pattern: Pattern[str], word: str, text: str) -> Set[str]:
    """{'sigma 15'}; nothing where several numbers are named, as in a finetuning from x2 to x4."""
    numbers = {''.join(groups) for groups in (m.groups('') for m in pattern.finditer(text))}
    return {word + number for number in numbers} if len(numbers) == 1 else set()
