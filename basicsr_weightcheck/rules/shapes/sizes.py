"""Tensors of another size, and buffers that are made anew."""

from __future__ import annotations

from basicsr_weightcheck.messages.numbers import shape
from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.sources import shown_value
from basicsr_weightcheck.records.tensors import PREDICTED
from basicsr_weightcheck.rules.facts import (
    SYMPTOMS,
    error_if_stops,
    known,
    only_buffers_missing,
    strict_name,
)
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule


class ShapeMismatch(LoadRule, code='WC301', severity=WARNING):
    """Tensors of file and network have equal names and other shapes.

    Why it matters: the file was made with another width, scale or number of channels. torch stops
    under strict loading; without it BasicSR renames such keys to `<key>.ignore`, and they stay
    random.
    Evidence: https://github.com/cszn/KAIR/issues/99, https://github.com/swz30/Restormer/issues/108,
    https://github.com/xinntao/Real-ESRGAN/issues/806.
    False alarms: buffers that follow img_size or window_size, which the network computes itself; a
    tensor of one element for a number without dimensions, which strict loading takes.
    What to do: compare the options of the network with those that the checkpoint was trained with;
    `inspect` reads them off the file for the networks that it knows.
    Source: torch/nn/modules/module.py `_load_from_state_dict`; basicsr 1.4.2 models/base_model.py
    `_print_different_keys_loading`.
    """

    words = {
        'title': ('tensors of another size', '有尺寸不同的张量'),
        'text': ('{count} tensors have the same name and another shape; first {key}: the network has {expected}, the file {found}. Strict loading stops; without strict they stay random.',
                 '{count} 个张量键名相同而形状不同；第一个 {key}：网络为 {expected}，文件为 {found}。严格加载会报错退出；非严格加载时它们保持随机。'),
        'do': ('Compare the options of {section} with those that the checkpoint was trained with.',
               '请把 {section} 的选项与训练该权重时的选项比较。'),
    }  # fmt: skip
    zh = Chinese(
        '生成文件时用的是另一种宽度、放大倍数或通道数。严格加载时 torch 会报错退出；非严格加载时 BasicSR 把这些键改名为 `<key>.ignore`，它们保持随机。',
        '随 img_size 或 window_size 变化、由网络自己计算的缓冲区；只有一个元素的张量对应无维度的数，严格加载也能接受。',
        '把网络的选项与训练该权重时的选项比较；对已知的网络，`inspect` 能从文件中读出这些选项。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        mismatched = known(load.difference).mismatched
        if mismatched:
            yield Found(
                load.step.path_option,
                error_if_stops(load),
                count=len(mismatched),
                key=mismatched[0].key,
                expected=shape(mismatched[0].expected),
                found=shape(mismatched[0].found),
                section=load.step.network_option,
            )


class BuffersOnly(LoadRule, code='WC302', severity=INFO):
    """Only buffers are missing, no parameter, and no shape differs.

    Why it matters: buffers such as relative_position_index and attn_mask of SwinIR are computed by
    the network; a file without them loses nothing, yet strict loading stops.
    Evidence: https://github.com/JingyunLiang/SwinIR/issues/129.
    False alarms: running_mean and running_var of batch normalization are buffers that were learned:
    where they are missing, something is lost.
    What to do: nothing, if the network computes them; strict_load may be false then.
    Source: torch/nn/modules/module.py `register_buffer`, `load_state_dict`.
    """

    words = {
        'title': ('only buffers are missing', '只缺少缓冲区'),
        'text': ('The {count} missing tensors are buffers, not parameters. Buffers that the network computes itself lose nothing.',
                 '缺少的 {count} 个张量都是缓冲区（buffer），不是参数。由网络自己计算的缓冲区没有损失。'),
        'do': ('Nothing, if they are computed by the network.', '如果它们由网络计算，无需处理。'),
    }  # fmt: skip
    zh = Chinese(
        'SwinIR 的 relative_position_index、attn_mask 等缓冲区由网络自己计算；文件里没有也毫无损失，但严格加载会报错退出。',
        '批归一化的 running_mean 和 running_var 也是缓冲区，却是训练得来的：缺少它们就有损失。',
        '如果它们由网络计算，无需处理；此时 strict_load 可以为 false。',
        finds='只缺少缓冲区，不缺参数，形状也没有不同。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        if only_buffers_missing(load):
            yield Found(load.step.path_option, count=len(known(load.difference).missing))


class DerivedBuffersDiffer(LoadRule, code='WC304', severity=INFO):
    """Only buffers differ that the network computes itself from its image and window size.

    Why it matters: attn_mask of SwinIR and DAT follows img_size, and every parameter fits; yet
    strict loading stops. Here strict_load false is right and safe: the network keeps its own
    buffers, which are the right ones for its size.
    Evidence: https://github.com/JingyunLiang/SwinIR/issues/129,
    https://github.com/microsoft/Swin-Transformer/issues/117
    False alarms: a buffer of that name that is trained, which no network known here has.
    Source: basicsr 1.4.2 archs/swinir_arch.py `calculate_mask`; XPixelGroup/HAT, zhengchen1999/DAT.
    """

    explains = (*SYMPTOMS, 'WC210')
    words = {
        'title': ('only buffers differ that the network computes itself',
                  '只有网络自行计算的缓冲区不同'),
        'text': ('The {count} tensors that differ, first {key}, are buffers that follow from the image and window size. Every parameter fits; the network keeps its own buffers, which are right.',
                 '不同的 {count} 个张量（第一个是 {key}）都是由图像尺寸和窗口尺寸算出的缓冲区。所有参数都吻合；网络保留自己的缓冲区，它们是正确的。'),
        'do': ('Set {option}: false; nothing is lost. Or write what the file was made with ({made}).',
               '请设置 {option}: false，不会丢失任何内容；或写上文件所用的值（{made}）。'),
    }  # fmt: skip
    zh = Chinese(
        'SwinIR 和 DAT 的 attn_mask 由 img_size 决定，所有参数都吻合，但严格加载会报错退出。这里 strict_load: false 正确且安全：网络保留自己的缓冲区，它们正好对应自己的尺寸。',
        '同名但参与训练的缓冲区；目前已知的网络都没有。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        cause, difference = load.cause, known(load.difference)
        if cause.only_buffers:
            mismatched = [item.key for item in difference.mismatched]
            keys = [*mismatched, *difference.missing, *difference.unexpected]
            made = tuple(f'{one.name}: {shown_value(one.found)}' for one in cause.buffer_options)
            yield Found(
                load.step.strict_option,
                error_if_stops(load),
                count=len(keys),
                key=keys[0],
                option=strict_name(load),
                made=made or ('img_size, window_size',),
            )


class SizesMustMatch(LoadRule, code='WC315', severity=ERROR):
    """This loader stops at other sizes even without strict.

    Why it matters: torch's `strict=False` covers names only. BasicSR renames tensors of another
    size before it loads; a fork that hands the file to load_state_dict directly does not.
    Evidence: https://github.com/pytorch/pytorch/issues/40859,
    https://github.com/pytorch/pytorch/issues/154597, https://github.com/zsyOAOA/ResShift/issues/28
    False alarms: none: the loader itself was run.
    Source: torch/nn/modules/module.py `_load_from_state_dict`; the fork's own load_network.
    """

    explains = ('WC301', 'WC212')
    words = {
        'title': ('sizes must match even without strict', '即使不严格，尺寸也必须一致'),
        'text': ('{by} hands the whole file to load_state_dict: {count} tensors of another size, first {key}, stop it whatever strict_load is. BasicSR itself would leave them out.',
                 '{by} 把整个文件交给 load_state_dict：{count} 个尺寸不同的张量（第一个是 {key}）会使加载报错退出，与 strict_load 的取值无关。原版 BasicSR 会跳过它们。'),
        'do': ('Give the network the options of the file, or take these tensors out of the file.',
               '请让网络使用文件的选项，或从文件中去掉这些张量。'),
    }  # fmt: skip
    zh = Chinese(
        'torch 的 strict=False 只管键名。BasicSR 在加载前会给尺寸不同的张量改名；直接把文件交给 load_state_dict 的分支则不会。',
        '没有：加载器本身被执行过。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        outcome, mismatched = load.strict_false, known(load.difference).mismatched
        if not mismatched or outcome.loads or outcome.by == PREDICTED:
            return
        if 'size mismatch' in outcome.message:
            count, key = len(mismatched), mismatched[0].key
            yield Found(load.step.strict_option, by=outcome.by, count=count, key=key)
