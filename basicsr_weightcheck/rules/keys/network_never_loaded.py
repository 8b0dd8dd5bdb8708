"""The YAML describes a VQGAN teacher that nothing loads.

Why it matters: CodeFormer's network_vqgan has no pretrain option that its models read; without
model_path, or latents made beforehand, the codes that the training aims at are random.
Evidence: https://github.com/sczhou/CodeFormer/issues/304
False alarms: a model class of one's own that loads it in another way.
What to do: name the weights in network_vqgan.model_path, or the latents in
datasets.train.latent_gt_path (CodeFormerModel reads datasets.latent_gt_path).
Source: sczhou/CodeFormer basicsr/models/codeformer_joint_model.py, codeformer_idx_model.py,
codeformer_model.py.
"""

from __future__ import annotations

from typing import Iterator

from basicsr_weightcheck.records.findings import WARNING
from basicsr_weightcheck.rules.rule import TRAINING, Case, Found, Rule

SECTION = 'network_vqgan'
LATENTS = {'CodeFormerModel': 'datasets.latent_gt_path'}  # stage 3; the others look below train


def look(case: Case) -> Iterator[Found]:
    options = case.report.plan.options
    if not isinstance(options.get(SECTION), dict) or options.get(f'{SECTION}.model_path'):
        return
    latents = LATENTS.get(str(options.get('model_type')), 'datasets.train.latent_gt_path')
    if not options.get(latents):
        yield Found(SECTION, section=SECTION, latents=latents)


RULE = Rule('WC222', 'network-never-loaded', WARNING, TRAINING, look)
