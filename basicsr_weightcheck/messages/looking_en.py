"""What is said in English of a first look."""

from __future__ import annotations

from typing import Dict

LOOKING: Dict[str, str] = {
    'look-spread': 'the network is spread over several processes; one of them cannot run it alone.',
    'look-hooks': 'the network has forward hooks ({name}), which would see one more pass.',
    'look-no-picture': 'the input is no picture: {shape}.',
    'look-no-pair': 'input {lq} and target {gt} are no pair of pictures.',
    'look-no-output': 'no output of the network has the size of the target.',
    'look-held-back': '{path} is not loaded: the check has refused it.',
    'look-no-network': 'the model has no {network} when its constructor has ended.',
    'look-no-dataset': 'the YAML has no data set to take pictures from. Name folders: --first-look LQ GT.',
    'look-dataset-fails': 'datasets.{phase} cannot be read: {error}. Name folders: --first-look LQ GT.',
    'look-no-pictures': '{folder} has no pictures.',
    'look-unpaired': '{name} has no partner in {folder}.',
    'look-needs-pillow': 'pictures are read with Pillow, which is not installed.',
    'look-needs-rehearsal': '--first-look runs the network, --no-rehearsal does not.',
    'look-folders': '--first-look takes no folder, one of inputs, or two: inputs and targets.',
}
LABELS: Dict[str, str] = {
    'look': 'First look',
    'look-pairs': '{network}: PSNR of {count} pictures of {source}, {height} x {width} pixels',
    'look-inputs': '{network}: {count} inputs of {source}, {height} x {width} pixels, with nothing to compare to: this tells less',
    'look-configured': 'as it is in the YAML',
    'look-recommended': 'as recommended',
    'look-alternative': 'with the other way',
    'look-table': 'table {name}',
    'look-rival': '{name}, the same keys',
    'look-input': '{name}',
    'look-random': 'without the file (random)',
    'look-nothing': 'doing nothing',
    'look-nothing-scaled': 'doing nothing (bicubic x{scale})',
    'look-bgr': 'BGR instead of RGB',
    'look-times-255': 'values 0..255 instead of 0..1',
    'look-signed': 'values -1..1 instead of 0..1',
    'look-db': '{value} dB',
    'look-range': 'values {low} to {high}',
    'look-not-finite': 'NaN or Inf',
    'look-away': '{value} dB from the input',
    'look-source-batch': 'the first batch',
    'look-progress': 'first look: {row}',
    'look-not-made': 'not looked at: {why}',
    'look-input-picture': 'input',
    'look-wanted': 'target',
    'look-html': 'What the network does to the first picture',
    'look-log': '{network} first look: {mine} on the first training picture; doing nothing {nothing}',
    'look-log-alone': '{network} first look: {mine} on the first training picture',
    'look-nobody': 'nothing was looked at: no file goes into a network that makes pictures, or the framework did not run',
    'col-network': 'network',
    'col-result': 'result',
}
