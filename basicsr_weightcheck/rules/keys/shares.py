"""How much of the network a load fills."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import ERROR, INFO
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.rules.facts import amounts, counts, known, of_file, only_buffers_missing
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule


class NothingLoaded(LoadRule, code='WC202', severity=ERROR):
    """The load runs, and no parameter comes from the file.

    Why it matters: the training starts from random weights, and no error says so: with strict off,
    names that do not match are only logged.
    Evidence: https://github.com/pytorch/examples/issues/1029,
    https://github.com/yangyiliu21/ntire2023_ITBdehaze/issues/8.
    False alarms: none known.
    Source: basicsr 1.4.2 models/base_model.py `load_network`, `_print_different_keys_loading`.
    """

    words = {
        'title': ('nothing is loaded', '什么也没有加载'),
        'text': ('The load runs without an error and takes no parameter from {path}: the network starts random.',
                 '加载不会报错，但没有从 {path} 得到任何参数：网络为随机初始化。'),
        'do': ('See what differs below and follow the recommendation.',
               '请看下面的差异，并按建议处理。'),
    }  # fmt: skip
    zh = Chinese(
        '训练从随机权重开始，而且不会报错：非严格加载时，不相符的名称只会写进日志。',
        finds='加载可以运行，但没有任何参数来自文件。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        coverage = known(load.coverage)
        if coverage.parameters_expected and not coverage.parameters_loaded:
            yield of_file(load)


class LittleLoaded(LoadRule, code='WC203', severity=ERROR):
    """The load runs and takes less of the parameters, or of the tensors with more than one
    dimension, than a start from pretrained weights needs: half, or what `weightcheck: {min_loaded:
    0.2}` says.

    Why it matters: most of the network starts random, and the log looks like that of a finetuning.
    Both are counted: biases fit wherever the width does, and one large head can be nine tenths of
    all parameters while every layer before it is random.
    Evidence: own tests.
    False alarms: a finetuning that is meant to take a small part: write `min_loaded`. Nothing is
    said where a later load fills the rest, or the code itself loads a first stage without strict.
    Source: basicsr 1.4.2 models/base_model.py `load_network`;
    basicsr_weightcheck/records/tensors.py `Coverage.least`.
    """

    words = {
        'title': ('little is loaded', '只加载了很少一部分'),
        'text': ('{fraction} of the parameters ({parameters_loaded} of {parameters_expected}) and {weights_loaded} of {weights_expected} tensors with more than one dimension come from the file; the rest starts random. Asked for is {asked} of both.',
                 '来自文件的只有 {fraction} 的参数（{parameters_loaded}/{parameters_expected}）、多于一维的张量 {weights_loaded}/{weights_expected} 个，其余为随机初始化。要求两者都至少有 {asked}。'),
        'do': ('Make sure that this is the checkpoint you mean, and that the options of the network are those it was trained with. Where so little is meant, write weightcheck: {{min_loaded: 0.1}}.',
               '请确认这就是你要的权重，并确认网络的选项与训练它时相同。若本来就只取这么少，请写 weightcheck: {{min_loaded: 0.1}}。'),
    }  # fmt: skip
    zh = Chinese(
        '网络的大部分是随机初始化，而日志看起来却像是在微调。两者都要数：宽度相同时偏置总能对上；一个很大的头部可以占参数的九成，而它之前的每一层都是随机的。',
        '本来就只想取一小部分的微调：请写 min_loaded。如果后面的加载会补齐其余部分，或代码本身以非严格方式加载第一阶段，则不报告。',
        finds='加载可以运行，但取到的参数或多于一维的张量少于所要求的：一半，或 weightcheck: {min_loaded: 0.2} 所写的份额。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        coverage, asked = known(load.coverage), report.plan.min_loaded
        little = coverage.parameters_loaded and coverage.least < asked
        if little and not report.is_meant_in_part(load):
            yield Found(
                load.step.path_option,
                asked=asked,
                weights_loaded=coverage.weights_loaded,
                weights_expected=coverage.weights_expected,
                **amounts(coverage),
            )


class PartlyLoaded(LoadRule, code='WC204', severity=INFO):
    """The load runs and takes as much of the network as is asked for (half) or more; some tensors
    stay random or are dropped.

    Why it matters: it is right for a finetuning with another head or scale, and wrong where
    everything was meant to load; BasicSR logs the names and never the amount.
    Evidence: https://github.com/XPixelGroup/HAT/issues/90,
    https://github.com/xinntao/EDVR/issues/71.
    False alarms: a file that only has keys beyond the network, such as the counters of a profiler:
    nothing is lost.
    Source: basicsr 1.4.2 models/base_model.py `_print_different_keys_loading`;
    torch/nn/modules/module.py `load_state_dict`.
    """

    words = {
        'title': ('a part is loaded', '只加载了一部分'),
        'text': ('{fraction} of the parameters ({parameters_loaded} of {parameters_expected}) come from the file; {missing} tensors stay random, {unexpected} of the file are dropped, {mismatched} have another size and are dropped.',
                 '{fraction} 的参数（{parameters_loaded}/{parameters_expected}）来自文件；{missing} 个张量保持随机，文件中 {unexpected} 个被丢弃，{mismatched} 个因尺寸不同被丢弃。'),
        'do': ('Nothing, if this is what you want.', '如果这正是你想要的，无需处理。'),
    }  # fmt: skip
    zh = Chinese(
        '换头部或放大倍数的微调就应如此；如果本来要全部加载，这就是错的。BasicSR 只在日志里写名称，从不写数量。',
        '文件只是比网络多一些键，例如性能分析器的计数器：没有任何损失。',
        finds='加载可以运行，取到网络中所要求的份额（一半）或更多；有些张量保持随机或被丢弃。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        difference, coverage = known(load.difference), known(load.coverage)
        if coverage.least < report.plan.min_loaded:
            return  # WC203 says it
        if only_buffers_missing(load) and not difference.unexpected:
            return  # WC302 says it; they start as the network makes them, not random
        if not difference.exact:
            yield Found(load.step.path_option, **counts(difference), **amounts(coverage))
