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
}
