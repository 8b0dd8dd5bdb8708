"""Words of the documentation of the rules in Chinese."""

from __future__ import annotations

from typing import Dict

LABELS: Dict[str, str] = {
    'family-container': 'container（WC1）：文件本身',
    'family-keys': 'keys（WC2）：名称与权重表',
    'family-shapes': 'shapes（WC3）：形状以及背后的网络',
    'family-options': 'options（WC4）：选项文件的写法',
    'family-training': 'training（WC5）：加载前后训练做的事',
    'family-values': 'values（WC6）：数值本身',
    'doc-says': '提示',
    'doc-finds': '发现什么',
    'doc-why': '为什么重要',
    'doc-evidence': '依据',
    'doc-false_alarms': '误报',
    'doc-do': '怎么办',
    'doc-source': '来源',
    'doc-explains': '不再列出',
    'doc-explains-text': '同一次加载的 {codes}：它们由此引起。',
    'doc-colon': '：',
    'doc-and': '；',
    'own-tests': '本项目的测试',
    'doc-title': '规则',
    'doc-language': '[English](rules.md)',
    'doc-intro': '每条发现都带有产生它的规则的代码；代码不会再给别的规则使用。`basicsr-weightcheck rules` 列出全部规则，`basicsr-weightcheck explain WC201` 显示这里的内容；句子中的 `{place}` 由具体的发现填入。',
    'doc-made': '本页由 `python scripts/make_rule_docs.py` 根据规则生成：请修改规则，不要修改本页。',
    'doc-overview': '总览',
    'doc-head': '| 代码 | 名称 | 级别 | 含义 |',
}
