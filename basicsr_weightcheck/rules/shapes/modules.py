"""Modules that differ between file and network."""

from __future__ import annotations

from typing import Tuple

from basicsr_weightcheck.records.findings import ERROR, INFO
from basicsr_weightcheck.records.reports import Cause, CheckReport, LoadReport
from basicsr_weightcheck.rules.facts import SYMPTOMS, error_if_stops, known
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule


class AttentionDiffers(LoadRule, code='WC306', severity=INFO):
    """The file has the attention keys of MDTA or WTA where the network has those of HTA, or the
    other way round.

    Why it matters: going from MDTA to HTA is a sensible finetuning and a case for strict_load
    false: everything but the changed attention loads.
    Evidence: own tests.
    False alarms: another network whose attention has tensors of the same names (mdc_q, qkv_dwconv).
    Source: basicsr_weightcheck/archs/restormer_arch.py `MDTA`, `HTA`.
    """

    words = {
        'title': ('the attention differs', '注意力类型不同'),
        'text': ('The file has the keys of {found} attention where the network has {expected}: {count} tensors of the attention start random, everything around it loads.',
                 '文件中是 {found} 注意力的键，网络需要 {expected}：注意力中有 {count} 个张量为随机初始化，其余部分可以加载。'),
        'do': ('Right, if this change of the attention is what you want to train; else change attn_types.',
               '如果你正是要更换注意力来训练，这是对的；否则请修改 attn_types。'),
    }  # fmt: skip
    zh = Chinese(
        '从 MDTA 到 HTA 是合理的微调，也是 strict_load 应为 false 的情形：除改变的注意力之外都能加载。',
        '另一种网络的注意力恰好有同名张量（mdc_q、qkv_dwconv）。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        difference = known(load.difference)
        if not known(load.header).complete:
            return  # what is left of a cut file tells nothing of the network
        missing, unexpected = '\n'.join(difference.missing), '\n'.join(difference.unexpected)
        count = sum('.attn.' in key for key in difference.missing)
        if '.attn.mdc_q.' in missing and '.attn.qkv_dwconv.' in unexpected:
            yield Found(load.step.path_option, found='MDTA / WTA', expected='HTA', count=count)
        elif '.attn.qkv_dwconv.' in missing and '.attn.mdc_q.' in unexpected:
            yield Found(load.step.path_option, found='HTA', expected='MDTA / WTA', count=count)


class OneModuleDiffers(LoadRule, code='WC310', severity=INFO):
    """All keys that differ lie in modules of one name.

    Why it matters: the class has gained, lost or renamed a module since the weights were saved, or
    an option that switches the module stands differently: the rest of the file still fits. Or the
    class builds the module only where torch sees a GPU, or the file was converted (mdta-to-hta)
    from a network that has nothing to make the module of.
    Evidence: https://github.com/caiyuanhao1998/Retinexformer/issues/35,
    https://github.com/open-mmlab/mmagic/issues/305,
    https://github.com/XPixelGroup/BasicSR/issues/700
    False alarms: a module that was added on purpose.
    What to do: take the commit of the code that the weights were saved with, or newer weights; with
    strict_load false the rest loads and the module starts random. Where it takes a GPU, train on
    one.
    Source: own tests; torch/nn/modules/module.py `load_state_dict`; basicsr 1.4.2
    archs/basicvsrpp_arch.py.
    """

    # Strict false (WC201) is the cure here; the module is only named before it.
    explains = ('WC302',)
    words = {
        'title': ('one module makes the difference', '差异只在一个子模块'),
        'text': ('All {count} keys that differ belong to the module {module}, which the {where} has and the {other} has not. {reason}',
                 '不同的 {count} 个键都属于子模块 {module}：{where}中有，{other}中没有。{reason}'),
        'do': ('{advice}', '{advice}'),
        'module-code': ('The code of the class has changed since the weights were saved, or an option that switches the module stands differently.',
                        '保存权重之后类的代码有改动，或者控制该子模块的选项不同。'),
        'module-converted': ('The file looks converted from a network with another attention (convert --rules mdta-to-hta), which has nothing to make it of.',
                             '该文件看来是由另一种注意力的网络转换而来（convert --rules mdta-to-hta），其中没有可用来生成它的内容。'),
        'module-starts-new': ('Set strict_load false: the module starts random, as the conversion says.',
                              '请设 strict_load 为 false：该子模块随机初始化，转换时已有说明。'),
        'module-gpu': ('The class builds it only where torch sees a GPU, and this training sees none (num_gpu: 0); with one the file loads wholly.',
                       '只有当 torch 看得到 GPU 时，该类才构建它，而此训练没有 GPU（num_gpu: 0）；有 GPU 时文件可以全部加载。'),
        'module-take-code': ('Take the code that the weights were saved with, or weights of this code; else the rest loads with strict_load false.',
                             '请使用保存权重时的代码，或与当前代码配套的权重；否则设 strict_load 为 false 加载其余部分。'),
        'module-train-on-gpu': ('Train where there is a GPU (num_gpu: 1 or more), with strict_load true. Without one the network is another: strict_load false loads the rest.',
                                '请在有 GPU 的机器上训练（num_gpu 为 1 或以上），strict_load 保持 true。没有 GPU 时网络是另一个：设 strict_load 为 false 可加载其余部分。'),
        'side-file': ('file', '文件'),
        'side-network': ('network', '网络'),
    }  # fmt: skip
    zh = Chinese(
        '保存权重之后，类增加、去掉或改名了该子模块，或者控制它的选项不同；文件的其余部分仍然吻合。也可能该类只在 torch 看得到 GPU 时才构建该子模块，或者文件由另一种网络转换而来（mdta-to-hta），其中没有可用来生成该子模块的内容。',
        '有意增加的子模块。',
        '使用保存权重时的代码版本，或更新的权重；设 strict_load 为 false 时其余部分可以加载，该子模块从随机值开始。需要 GPU 的，请在有 GPU 的机器上训练。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        cause, difference = load.cause, known(load.difference)
        said = cause.options or cause.only_buffers or cause.norm_form or cause.file_network
        if said or not cause.module:
            return
        kind, do = _kind_and_cure(cause)
        sides = ('label:side-network', 'label:side-file')
        where, other = reversed(sides) if cause.module_in_file else sides
        yield Found(
            load.step.path_option,
            error_if_stops(load),
            module=cause.module,
            count=len(difference.missing) + len(difference.unexpected),
            where=where,
            other=other,
            reason=f'label:module-{kind}',
            advice=f'label:module-{do}',
        )


def _kind_and_cure(cause: Cause) -> Tuple[str, str]:
    if cause.needs_gpu:
        return 'gpu', 'train-on-gpu'
    return ('converted', 'starts-new') if cause.converted_by else ('code', 'take-code')


class OtherNormalisation(LoadRule, code='WC313', severity=ERROR):
    """The same layers, normalized in another way: spectral, weight or batch normalization.

    Why it matters: spectral_norm keeps a weight as weight_orig, weight_u and weight_v, the newer
    form as parametrizations.weight.*, batch normalization has running statistics that instance
    normalization lacks. Without strict all such weights stay random.
    Evidence: https://github.com/AliaksandrSiarohin/first-order-model/issues/264,
    https://github.com/pytorch/pytorch/issues/21251
    False alarms: none known: every differing key has to be explained.
    What to do: build the network with the normalization of the file, or rename the keys by a
    script; strict_load false loses the weights.
    Source: torch/nn/utils/spectral_norm.py, weight_norm.py, parametrizations.py (2.13).
    """

    explains = SYMPTOMS
    words = {
        'title': ('another normalization', '归一化方式不同'),
        'text': ('The layers are the same, but the file has {found} and the network {expected}: {count} keys differ, first {key}. With strict_load false they would stay random.',
                 '各层相同，但文件中是{found}，网络中是{expected}：{count} 个键不同，第一个是 {key}。若设 strict_load 为 false，它们会保持随机初始化。'),
        'do': ('Build the network with the normalization of the file, or rename the keys by a script.',
               '请用文件的归一化方式构建网络，或用脚本给键改名。'),
        'norm-spectral': ('spectral normalization (weight_orig, weight_u)',
                          '谱归一化（weight_orig、weight_u）'),
        'norm-parametrized': ('parametrized normalization (parametrizations.weight)',
                              '参数化形式的归一化（parametrizations.weight）'),
        'norm-weight': ('weight normalization (weight_g, weight_v)',
                        '权重归一化（weight_g、weight_v）'),
        'norm-plain': ('plain weights', '普通权重'),
        'norm-statistics': ('running statistics of batch normalization', '批归一化的滑动统计量'),
    }  # fmt: skip
    zh = Chinese(
        'spectral_norm 把权重保存为 weight_orig、weight_u、weight_v，新形式为 parametrizations.weight.*；批归一化有实例归一化没有的滑动统计量。不严格时，这些权重都会保持随机。',
        '暂无：每个不同的键都必须得到解释。',
        '用文件的归一化方式构建网络，或用脚本给键改名；strict_load: false 会丢掉这些权重。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        cause, difference = load.cause, known(load.difference)
        if cause.options or not cause.norm_form:
            return
        found, expected = cause.norm_form.split('/')
        keys = (*difference.missing, *difference.unexpected)
        yield Found(
            load.step.path_option,
            found=f'label:norm-{found}',
            expected=f'label:norm-{expected}',
            count=len(keys),
            key=keys[0],
        )


SHOWN = 6  # pairs of names in the sentence


class LayersRenumbered(LoadRule, code='WC314', severity=ERROR):
    """File and network have the same tensors in the same order, under other numbers.

    Why it matters: a layer that was added or taken out of an nn.Sequential shifts the numbers of
    all that follow. Without strict the layers that happen to share a number get each other's
    weights.
    Evidence: https://github.com/cszn/KAIR/issues/18
    False alarms: two networks with equal shapes whose order has another meaning.
    What to do: rename the keys of the file (the pairs are in the finding), or build the network of
    the file; never strict_load false.
    Source: torch/nn/modules/container.py `Sequential`.
    """

    explains = SYMPTOMS
    words = {
        'title': ('the layers are numbered differently', '层的编号不同'),
        'text': ('The file has the same tensors in the same order under other numbers, at {count} places: {pairs}. With strict_load false, layers that share a number get the weights of another.',
                 '文件中的张量相同、顺序相同，但有 {count} 处编号不同：{pairs}。若设 strict_load 为 false，编号恰好相同的层会拿到别的层的权重。'),
        'do': ('Rename the keys of the file, or build the network as it was when the file was saved.',
               '请给文件中的键改名，或按保存文件时的结构构建网络。'),
    }  # fmt: skip
    zh = Chinese(
        '在 nn.Sequential 中增减一层，会使其后所有层的编号移位。不严格时，编号恰好相同的层会拿到彼此的权重。',
        '形状相同、但顺序另有含义的两个网络。',
        '给文件中的键改名（对应关系见结果），或按保存文件时的结构构建网络；不要用 strict_load: false。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        shifts = load.cause.shifts
        if shifts and not load.cause.options:
            pairs = tuple(f'{found} -> {expected}' for found, expected in shifts[:SHOWN])
            yield Found(load.step.path_option, count=len(shifts), pairs=pairs)
