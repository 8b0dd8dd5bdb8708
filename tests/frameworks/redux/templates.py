"""The training options that traiNNer-redux ships, each with a file that fits its network.

`python -m tests.frameworks.redux.templates SITE` copies every `*_gan.yml` of
SITE/options/_templates/train to SITE/options/train (where the framework itself wants them), names a
file in it that was made from the network of the framework's own builder, and prints a JSON line.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import sys
from pathlib import Path
from typing import Any, Dict, List

import yaml


def main(site: Path) -> None:
    """Write all of them, a file at a time: a line on stdin asks for the next."""
    sys.path.insert(0, str(site))
    logging.disable(logging.CRITICAL)
    for template in _in_order(site / 'options' / '_templates' / 'train'):
        if template.stem in sys.argv[2:]:
            continue  # it was looked at before
        print(json.dumps(_prepared(template, site)), flush=True)
        if not sys.stdin.readline():
            return


def _in_order(folder: Path) -> List[Path]:
    """One of each architecture first, those that degrade images on the fly last."""
    found = list(folder.rglob('*_gan.yml'))
    found.sort(key=lambda path: ('_OTF_' in path.name, len(path.name), path.name))
    first = {path.parent: path for path in reversed(found)}
    return sorted(found, key=lambda path: first[path.parent] != path)


def _prepared(template: Path, site: Path) -> Dict[str, Any]:
    target = site / 'options' / 'train' / template.name
    target.parent.mkdir(exist_ok=True)
    weights = site / 'weights.safetensors'
    text = template.read_text(encoding='utf-8')
    options = yaml.safe_load(text)
    line = {'case': template.stem, 'options': str(target), 'error': ''}
    # As a user would write it: one value, and all the comments that were there.
    named = re.sub(r'^  #? ?pretrain_network_g: .*$', f'  pretrain_network_g: {weights}', text,
                   flags=re.MULTILINE)  # fmt: skip
    target.write_text(named, encoding='utf-8')
    try:
        _write(options, weights)
    except Exception as error:
        line['error'] = f'{type(error).__name__}: {error}'[:300]
    return line


def _write(options: Dict[str, Any], weights: Path) -> None:
    import torch
    from safetensors.torch import save_file
    from traiNNer.archs import build_network

    section = {**options['network_g'], 'scale': options['scale']}
    with contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
        state = build_network(section).state_dict()
    save_file({name: value.clone().contiguous() for name, value in state.items()}, str(weights))


if __name__ == '__main__':
    main(Path(sys.argv[1]))
