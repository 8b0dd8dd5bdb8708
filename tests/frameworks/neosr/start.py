"""neosr's own train.py on a CPU and on this Python: `start.py FOLDER-OF-NEOSR -opt x.toml`.

What it asks the machine for before it builds its model (Python 3.12, a GPU and its streams) is
answered here; everything else is its own.
"""

from __future__ import annotations

import contextlib
import runpy
import sys
from typing import Any, Tuple

import torch

from tests.frameworks.neosr.truth import cpu_for_cuda


class Python312(Tuple[Any, ...]):
    """sys.version_info of the Python that train.py asks for."""

    major, minor, micro, releaselevel, serial = 3, 12, 0, 'final', 0


class Generator(torch.Generator):
    """Random numbers of the CPU, wherever they are asked for."""

    def __new__(cls, device: Any = None) -> Any:
        return super().__new__(cls, 'cpu')


class Stream:
    """Work is done when it is asked for."""

    def wait_stream(self, stream: Any) -> None:
        """There is nothing to wait for."""


def main() -> None:
    neosr = sys.argv.pop(1)
    sys.path.insert(0, neosr)
    answers = {
        'is_available': lambda: True, 'get_device_name': lambda *_: 'CPU',
        'get_device_capability': lambda *_: (8, 0), 'Stream': Stream,
        'stream': lambda _: contextlib.nullcontext(), 'current_stream': Stream,
    }  # fmt: skip
    import neosr as package  # noqa: F401 - before it is asked what cannot be answered

    torch.Generator = Generator
    for name, answer in answers.items():
        setattr(torch.cuda, name, answer)
    sys.version_info = Python312((3, 12, 0, 'final', 0))  # type: ignore[assignment]
    with cpu_for_cuda():
        runpy.run_path(f'{neosr}/train.py', run_name='__main__')


if __name__ == '__main__':
    main()
