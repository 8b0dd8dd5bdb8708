"""What is said in English when the network of a YAML cannot be built."""

from __future__ import annotations

from typing import Dict

BUILDING: Dict[str, str] = {
    'network-unknown': 'the network {name} is not known to the framework.',
    'network-unknown-near': 'the network {name} is not known to the framework. Did you mean {nearest}?',
    'network-searched': 'Looked in {searched}; add your own with --import MODULE.',
    'network-elsewhere': 'Looked in {searched}; add your own with --import MODULE. {path} defines it.',
    'network-file-name': '{path} defines it, but only files named *_arch.py are imported, not {name}.',
    'network-not-registered': '{path} defines it without @ARCH_REGISTRY.register() above the class.',
    'network-no-type': 'has no type:.',
    'network-no-type-do': 'Name the network there.',
    'network-argument': 'the network takes no argument {argument}.',
    'network-argument-near': 'the network takes no argument {argument}. Did you mean {nearest}?',
    'network-argument-home': 'It belongs below {home}:.',
    'network-argument-do': 'Compare the section with the parameters of the class.',
    'network-fails': 'building the network fails: {reason}',
    'network-timeout': 'building and rehearsing did not end within {seconds} s.',
    'network-timeout-output': 'building and rehearsing did not end within {seconds} s. Its last output: {output}',
    'network-timeout-do': 'Give more time with --timeout SECONDS.',
    'network-died': 'the process that builds the network ended by itself ({how}).',
    'network-died-output': 'the process that builds the network ended by itself ({how}). Its last output: {output}',
    'network-died-do': 'See what the network or an imported module does while it is built.',
    'died-signal': 'signal {number}',
    'died-exit-code': 'exit code {number}',
    'network-not-built': '{section} was not built: {reason}.',
    'network-not-built-do': 'Try `check` on this YAML.',
    'model-builds-other': 'the model class does not build it',
    'no-basicsr': 'no basicsr was found',
    'nested-odd-keys': ' {count} keys differ: {keys}.',
    'nested-tables': ' Read is {needed}; the file has {tables}.',
    'scale-random': '{count} tensors of the network have nothing of their size in the file ({names})',
    'scale-dropped': '{count} tensors of the file have no place in the network',
    'scale-both': '{one}, {other}',
    'nested-convert': 'Convert the file once and name the new one in {option}: {command}',
    'nested-correct': 'Correct it: the file is read with torch.load as it is written.',
    'nested-address-do': 'Download the file yourself and write its path.',
    'nested-flat': ' Read is {needed}; the file has its tensors at the root.',
}
