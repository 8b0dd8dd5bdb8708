"""What to say of a file that is no weight file: what it is, and what to do."""

from __future__ import annotations

from typing import Dict, Tuple

from basicsr_weightcheck.checkpoint.sniff import Sniffed
from basicsr_weightcheck.errors import CheckpointError, UnrecognizedFormatError

_AGAIN = 'Download or copy it again.'

# kind: (what it is, what to do). `weights_only=False` is never the answer to any of these.
_TEXTS: Dict[str, Tuple[str, str]] = {
    'empty': ('is empty (0 bytes).', _AGAIN),
    'html': ('is an HTML page{detail}, not weights.', 'Download the file itself again.'),
    'json': ('is a JSON text{detail}, not weights.', 'Download the file itself again.'),
    'git-lfs': ('is a Git-LFS pointer{detail}, not the weights themselves.', 'Run `git lfs pull`.'),
    'tar': ('is a tar archive{detail}.', 'Extract it and use the file inside.'),
    'tar-legacy': (
        'is in the tar format of torch before 0.2.',
        'Load it with a trusted old torch and save it again.',
    ),
    'gzip': ('is compressed with gzip.', 'Extract it and use the file inside.'),
    '7z': ('is a 7z archive.', 'Extract it and use the file inside.'),
    'rar': ('is a RAR archive.', 'Extract it and use the file inside.'),
    'zip-rezipped': (
        'is a torch file that was unpacked and zipped again without its top folder.',
        'Download the original again, or zip it with one folder around data.pkl.',
    ),
    'zip-other': ('is a zip archive without weights at its top{detail}.', 'Extract it first.'),
    'torchscript': (
        'is a TorchScript program, not a state dict.',
        'Save its state_dict() in the environment that made it.',
    ),
    'ncnn': ('is an ncnn parameter file.', 'Use the PyTorch weights it was made from.'),
    'zeroed': ('begins with zeros only: it was never written to the end.', _AGAIN),
    'text': ('is a text file{detail}, not weights.', 'Check the path.'),
    'pickle': ('is a bare pickle, not a file written by torch.save.', 'Save it with torch.save.'),
    'unknown': ('is no weight file that is known here{detail}.', 'Check the path.'),
}
_DETAIL = {
    'html': ' (title: {})',
    'json': ' ({})',
    'git-lfs': ' (the weights have {} bytes)',
    'tar': ' (first member: {})',
    'zip-other': ' (it holds {})',
    'text': ' ("{}")',
    'unknown': ' (first bytes: {})',
}


def refusal(sniffed: Sniffed, path: str, file_bytes: int) -> CheckpointError:
    """The error to raise for a file that is not one of the three containers."""
    what, advice = _TEXTS[sniffed.kind]
    detail = _DETAIL[sniffed.kind].format(sniffed.detail) if sniffed.detail else ''
    return UnrecognizedFormatError(what.replace('{detail}', detail), path=path, advice=advice)
