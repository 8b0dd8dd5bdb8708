"""The documentation of the rules about keys, in Chinese."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages.sentence import Document as D

DOCUMENTS: Dict[str, D] = {
    'WC240': D(
        '把训练状态（.state）写成了预训练权重。',
        '状态文件里是优化器、学习率调度器和迭代数，没有权重；加载会以 KeyError 中断，非严格时则什么也没加载。',
        '没有已知的误报。',
        '把状态写在 path.resume_state 中；该迭代的权重在 experiments/<name>/models 里。',
    ),
}
