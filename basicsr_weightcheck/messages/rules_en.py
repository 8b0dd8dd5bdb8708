"""Words of the documentation of the rules in English."""

from __future__ import annotations

from typing import Dict

LABELS: Dict[str, str] = {
    'family-container': 'container (WC1): what the file is',
    'family-keys': 'keys (WC2): names and tables',
    'family-shapes': 'shapes (WC3): sizes and the network behind them',
    'family-options': 'options (WC4): what the option file says',
    'family-training': 'training (WC5): what happens around the loads',
    'family-values': 'values (WC6): the numbers themselves',
    'doc-says': 'Says',
    'doc-finds': 'Finds',
    'doc-why': 'Why it matters',
    'doc-evidence': 'Evidence',
    'doc-false_alarms': 'False alarms',
    'doc-do': 'What to do',
    'doc-source': 'Source',
    'doc-explains': 'Leaves out',
    'doc-explains-text': '{codes} about the same load: they follow from this.',
    'doc-colon': ': ',
    'doc-and': '; ',
    'own-tests': 'own tests',
    'doc-title': 'Rules',
    'doc-language': '[中文](rules_CN.md)',
    'doc-intro': 'Every finding carries the code of the rule that made it; a code is never given to another rule. `basicsr-weightcheck rules` lists the rules, `basicsr-weightcheck explain WC201` prints what stands here, and `{place}` in a sentence is filled in by the finding.',
    'doc-made': 'Made by `python scripts/make_rule_docs.py` from the rules themselves: change those, not this page.',
    'doc-overview': 'Overview',
    'doc-head': '| code | name | severity | what it is |',
}
