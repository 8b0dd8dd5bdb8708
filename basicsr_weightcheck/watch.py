"""What `enable` starts in every Python of an environment: wait for a framework, then hook it.

The .pth file that `enable` writes calls `start`. Every Python pays for it: so this file imports
nothing but sys, and nothing of this package stays imported until a framework is. What it starts
then is named by text, because it lies above everything that may know of this file.
"""

import sys

# How the names of modules end whose import switches the hook on: the one place that says so. What a
# dialect's hook waits for has to be among them (a test holds this).
MODULES = ('models.base_model', 'models.model_base', 'neosr.models.base')
VARIABLE = 'WEIGHTCHECK'
OFF = ('off', '0', 'no', 'false')


class Watch:
    """Sees every import first, and answers none but the first of a framework."""

    waits = True

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        """Python's protocol of a finder; None leaves the module to the other finders."""
        if not name.endswith(MODULES) or not self.waits:
            return None
        self.waits = False
        _switch_on()
        from importlib.util import find_spec

        return find_spec(name)  # asked again: the hook waits for the end of this very import


def start() -> None:
    """Wait for a framework; called by the .pth file, before anything else is imported."""
    sys.meta_path.insert(0, Watch())  # type: ignore[arg-type]
    # A checkout or a copy of a repository that comes first on the path later is imported then.
    for name in [name for name in sys.modules if name.split('.')[0] == __name__.split('.')[0]]:
        del sys.modules[name]


def is_off() -> bool:
    """WEIGHTCHECK=off: no hook in this process, whatever asks for it."""
    import os

    return os.environ.get(VARIABLE, '').lower() in OFF


def _switch_on() -> None:
    """A defect of this package, or of what it needs, is none of the program that starts."""
    try:
        from importlib import import_module

        import_module('basicsr_weightcheck.hook.install').install_for_trainings()
    except Exception:
        import os

        if os.environ.get('WEIGHTCHECK_DEBUG'):
            import traceback

            traceback.print_exc()
