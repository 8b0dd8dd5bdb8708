"""The documentation of the rules about options, in Chinese."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages.sentence import Document as D

DOCUMENTS: Dict[str, D] = {
    'WC402': D(
        'strict_load 是数字或加了引号的文本，其效果恰好与字面一致。',
        '下次修改该值时不会有任何变化：任何文本都算作 true，除 0 以外的数字也是。',
        '没有已知的误报；加载的行为与字面一致。',
        '写 true 或 false，不要加引号。',
    ),
    'WC408': D(
        'strict_load 写了选项名却没有值，按 false 处理。',
        '不写该选项表示 true，不写值却表示 false：不匹配的部分都被忽略，没有任何提示。',
        '作者本来就要 false 且全部匹配；这时只是警告。',
        '写 true 或 false。',
    ),
}
