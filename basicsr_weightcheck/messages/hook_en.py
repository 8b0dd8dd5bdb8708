"""What the hook says in English in the log of a training."""

from __future__ import annotations

from typing import Dict

LABELS: Dict[str, str] = {
    'hook-could-not': 'could not {what}: {reason}',
    'hook-do-folders': 'look whether the weights are there',
    'hook-do-check': 'check',
    'hook-do-hear': 'hear the verdict of rank 0',
    'hook-do-page': 'write the page',
    'hook-do-board': 'write to TensorBoard or wandb',
    'hook-do-keep': 'keep the tensors that stay',
    'hook-do-verify': 'verify',
    'hook-do-ema': 'look at net_g_ema',
    'hook-do-sidecar': 'write where the weights come from',
    'hook-do-cures': 'try other networks',
    'hook-busy': 'not checked: another load has been going on for {seconds} s',
    'hook-reason': '{network} from {path}: {reason}.',
    'hook-recommendation': 'Recommendation: {path}',
    'hook-goes-on': 'goes on although {text}',
    'hook-stopping': 'stops the training: {text}',
    'hook-stops': 'weightcheck stops the training before its first step: {text}',
    'hook-load-fails': 'the load fails',
    'hook-policy': 'not understood, the default holds: {problem}',
    'hook-changed': '{path} changed while it was loaded; the file that is there now is checked',
    'hook-gone': '{path} was removed while it was loaded or right after; {network} cannot be verified',
    'hook-nothing': '{network} got nothing: none of its {all} tensors is from {place}',
    'hook-verified': '{network} verified, {equal} of {all} tensors ({fraction} of parameters) equal to {place}',
    'hook-not-verified': '{network} NOT verified, {equal} of {all} tensors ({fraction} of parameters) equal to {place}; {trouble}',
    'hook-different': '{count} differ from the file (first: {first})',
    'hook-unread': '{count} could not be read (first: {first})',
    'hook-touched': '{count} hold what the model itself made of them (first: {first})',
    'hook-aligned': 'net_g_ema got the values of net_g for {count} tensors (first: {first})',
    'hook-random': 'net_g and net_g_ema start with different random values in {count} tensors that the file lacks (first: {first}); validation uses net_g_ema. weightcheck: {{align_ema: true}} makes them equal.',
    'hook-predicted': 'the network cannot be copied ({reason}); the load is predicted',
    'hook-unwritten': 'reports cannot be written: {reason}',
    'hook-not-used': 'nothing was checked: no load of a known framework was made in this process. Looked for: {looked_for}',
    'hook-no-framework': '{modules}, and none was imported',
    'hook-no-load': 'a method that loads a file into a network, in the models of {modules}, and none was called',
}
