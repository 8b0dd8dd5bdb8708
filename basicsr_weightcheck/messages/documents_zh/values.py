"""The documentation of the rules about values, in Chinese."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages.sentence import Document as D

DOCUMENTS: Dict[str, D] = {
    'WC601': D(
        '相符的张量在文件中与在网络中的 dtype 不同。',
        '它们会被悄悄转换：半精度的文件可以加载到 float32 网络，丢失的精度不会恢复。',
        '为了减小体积而有意保存为半精度的文件。',
        '如果这就是你要的权重，无需处理；否则请使用全精度的文件。',
    ),
    'WC602': D(
        '将要加载的张量中有 NaN。',
        '加载可以运行，但从第一步起所有输出和损失都是 NaN。保存该文件的训练已经发散。',
        '没有已知的误报。只在使用 --values（读取张量）时以及由 hook 给出。',
        '使用更早的检查点。',
    ),
    'WC603': D(
        '将要加载的张量中有无穷大。',
        '加载可以运行，但输出会变成无穷大或 NaN。常常是保存为半精度时溢出。',
        '有意存放 -inf 掩码的缓冲区；加载前就如此的，hook 知道。只在使用 --values 时以及由 hook 给出。',
        '使用别的检查点，或全精度的文件。',
    ),
    'WC604': D(
        '将要加载的张量全为零。',
        '数据没有写入的文件，或者已经失效的网络；加载时没有任何提示。',
        '有意全为零的占位文件（`weightcheck: {check_values: false}`）。个别为零的张量（偏置、缩放）很常见，不会报告。只在使用 --values 时以及由 hook 给出。',
        '重新获取文件。',
    ),
    'WC605': D(
        '张量的字节与一同保存的校验和不符。',
        '磁盘或传输改动了文件；torch 不验证校验和，有什么就加载什么。',
        '没有已知的误报：没有校验和的文件不在此列。只在使用 --values 时给出。',
        '重新复制或下载文件。',
    ),
}
