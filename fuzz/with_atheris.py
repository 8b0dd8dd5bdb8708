"""One target under atheris: `python -m fuzz.with_atheris TARGET CORPUS [libFuzzer options]`."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=['basicsr_weightcheck', 'yaml']):
    from fuzz.targets import TARGETS

if __name__ == '__main__':
    name, *rest = sys.argv[1:]
    atheris.Setup([sys.argv[0], *rest], TARGETS[name])
    atheris.Fuzz()
