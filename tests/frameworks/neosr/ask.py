"""Ask neosr itself, in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any, Dict, List, Sequence

from tests.frameworks.neosr.cases import Case

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
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', TRUTH, neosr],
        input='\n'.join(lines),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
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
