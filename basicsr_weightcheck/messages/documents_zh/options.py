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
    'WC412': D(
        'YAML 是 UTF-8，而框架用另一种编码打开它，无法读取。',
        "在 Windows 上 open() 使用系统编码（GBK、cp1252）；一条中文注释就会让训练以 UnicodeDecodeError（'charmap' 或 'gbk' codec can't decode）中断。",
        '训练使用的区域设置或 PYTHONUTF8=1 与检查时不同。',
        '设置 PYTHONUTF8=1，或文件只用 ASCII 字符。',
    ),
}
