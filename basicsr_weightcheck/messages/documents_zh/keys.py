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
    'WC241': D(
        '加载中断，而没有其他规则知道原因。',
        '训练在此结束。param_key_g 可能指向不是表的条目（数字、列表），或者自己的加载器抛出异常。',
        '只在这台机器上出现的错误。如果另一个错误解释了中断，则不报告。',
        '阅读框架自己的报错。',
    ),
}
