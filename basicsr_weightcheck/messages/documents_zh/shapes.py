"""The documentation of the rules about shapes, in Chinese."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages.sentence import Document as D

DOCUMENTS: Dict[str, D] = {
    'WC301': D(
        '文件与网络中有名称相同而形状不同的张量。',
        '生成文件时用的是另一种宽度、放大倍数或通道数。严格加载时 torch 会中断；非严格加载'
        '时 BasicSR 把这些键改名为 `<key>.ignore`，它们保持随机。',
        '随 img_size 或 window_size 变化、由网络自己计算的缓冲区；只有一个元素的张量对应无'
        '维度的数，严格加载也能接受。',
        '把网络的选项与训练该权重时的选项比较；对已知的网络，`inspect` 能从文件中读出这些选项。',
    ),
    'WC302': D(
        '只缺少缓冲区，不缺参数，形状也没有不同。',
        'SwinIR 的 relative_position_index、attn_mask 等缓冲区由网络自己计算；文件里没有也'
        '毫无损失，但严格加载会中断。',
        '批归一化的 running_mean 和 running_var 也是缓冲区，却是训练得来的：缺少它们就有损失。',
        '如果它们由网络计算，无需处理；此时 strict_load 可以为 false。',
    ),
    'WC306': D(
        '文件中是 MDTA 或 WTA 注意力的键，而网络需要 HTA 的键，或者相反。',
        '从 MDTA 到 HTA 是合理的微调，也是 strict_load 应为 false 的情形：除改变的注意力之'
        '外都能加载。',
        '另一种网络的注意力恰好有同名张量（mdc_q、qkv_dwconv）。',
        '如果你正是要这样训练，无需处理；否则请写上与文件相同的 attn_types。',
    ),
    'WC307': D(
        '键名和形状全部相符，但钩子写的附属文件、旁边的 YAML 或日志表明，保存该文件的网络用'
        '的是别的选项。',
        '加载是完整的，网络算出的却与训练时不同：注意力、窗口或放大倍数变了。',
        '该类并不使用的选项；或者被 --force_yml 覆盖、因而没有写进所复制 YAML 的选项。只影'
        '响训练的选项（丢弃率、梯度检查点、初始化）不参加比较。',
        '写上训练该文件时的选项，或换用这个网络的权重文件。',
    ),
    'WC308': D(
        '钩子写的附属文件表明，网络类的源码与保存文件时不同。',
        '键名相同时，不同的代码可能算出不同的结果；作者上传权重之后有时还会改动网络。',
        '只改注释或排版也会使源码不同；它所用到的其他类不参加比较。',
        '看看这个类改了什么，确认权重的含义没有变。',
    ),
}
