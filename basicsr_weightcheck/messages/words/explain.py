"""Words of the documentation of the rules."""

from __future__ import annotations

from basicsr_weightcheck.records.phrases import Words

WORDS: Words = {
    'family-container': ('container (WC1): what the file is', 'container（WC1）：文件本身'),
    'family-keys': ('keys (WC2): names and tables', 'keys（WC2）：名称与权重表'),
    'family-shapes': ('shapes (WC3): sizes and the network behind them',
                      'shapes（WC3）：形状以及背后的网络'),
    'family-options': ('options (WC4): what the option file says',
                       'options（WC4）：选项文件的写法'),
    'family-training': ('training (WC5): what happens around the loads',
                        'training（WC5）：加载前后训练做的事'),
    'family-values': ('values (WC6): the numbers themselves', 'values（WC6）：数值本身'),
    'doc-says': ('Says', '提示'),
    'doc-finds': ('Finds', '发现什么'),
    'doc-why': ('Why it matters', '为什么重要'),
    'doc-evidence': ('Evidence', '依据'),
    'doc-false_alarms': ('False alarms', '误报'),
    'doc-do': ('What to do', '怎么办'),
    'doc-source': ('Source', '来源'),
    'doc-explains': ('Leaves out', '不再列出'),
    'doc-explains-text': ('{codes} about the same load: they follow from this.',
                          '同一次加载的 {codes}：它们由此引起。'),
    'doc-colon': (': ', '：'),
    'doc-and': ('; ', '；'),
    'own-tests': ('own tests', '本项目的测试'),
    'doc-title': ('Rules', '规则'),
    'doc-language': ('[中文](rules_CN.md)', '[English](rules.md)'),
    'doc-intro': ('Every finding carries the code of the rule that made it; a code is never given to another rule. `basicsr-weightcheck rules` lists the rules, `basicsr-weightcheck explain WC201` prints what stands here, and `{place}` in a sentence is filled in by the finding.',
                  '每条发现都带有产生它的规则的代码；代码不会再给别的规则使用。`basicsr-weightcheck rules` 列出全部规则，`basicsr-weightcheck explain WC201` 显示这里的内容；句子中的 `{place}` 由具体的发现填入。'),
    'doc-made': ('Made by `python scripts/make_rule_docs.py` from the rules themselves: change those, not this page.',
                 '本页由 `python scripts/make_rule_docs.py` 根据规则生成：请修改规则，不要修改本页。'),
    'doc-overview': ('Overview', '总览'),
    'doc-head': ('| code | name | severity | what it is |', '| 代码 | 名称 | 级别 | 含义 |'),
}  # fmt: skip
