"""Ask neosr itself, in processes of its own."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List, Sequence

from tests.frameworks.neosr.cases import Case
from tests.warm_child import WARM, run_python

TRUTH = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'truth.py')


def answers(neosr: str, folder: str, cases: Sequence[Case]) -> List[Dict[str, Any]]:
    """What neosr does with the cases, all of one scale; see `truth`."""
    lines = [
        json.dumps(
            {
                'toml': case.toml, 'cwd': folder, 'root': folder, 'files': list(case.files),
                'auto_resume': case.auto_resume, 'save': case.save,
            }
        )
        for case in cases
    ]  # fmt: skip
    asked = os.path.join(folder, 'cases.jsonl')
    with open(asked, 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines))
    done = run_python([*WARM, TRUTH, neosr, asked], folder)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(cases)
    return found


def shapes(neosr: str, folder: str, bare: Dict[str, Case]) -> Dict[str, Dict[str, List[int]]]:
    """{network: {key: shape}} of the networks of the grid."""
    found = answers(neosr, folder, list(bare.values()))
    assert not any(one['ends'] for one in found), found
    by_name = {name: one['shapes'] for name, one in zip(bare, found)}
    of_g = {name: by_name[name]['net_g'] for name in ('net_g', 'compiled')}
    return {**of_g, 'net_d': by_name['net_d']['net_d']}
