"""What the line that `enable` writes finds of this package, once a framework is imported.

What it starts is named by text, because it lies above everything that may know of this file.
"""

# How the names of modules end whose import switches the hook on: the one place that says so. What a
# dialect's hook waits for has to be among them (a test holds this).
MODULES = ('models.base_model', 'models.model_base', 'neosr.models.base')
VARIABLE = 'WEIGHTCHECK'
OFF = ('off', '0', 'no', 'false')


def wake(name: str) -> object:
    """Switch the hook on, and find the module whose import it was waited for.

    A defect of this package, or of what it needs, is none of the program that starts.
    """
    import os
    from importlib import import_module
    from importlib.util import find_spec

    try:
        import_module('basicsr_weightcheck.hook.install').install_for_trainings()
    except Exception:
        if os.environ.get('WEIGHTCHECK_DEBUG'):
            import traceback

            traceback.print_exc()
    return find_spec(name)  # asked again: the hook waits for the end of this very import


def is_off() -> bool:
    """WEIGHTCHECK=off: no hook in this process, whatever asks for it."""
    import os

    return os.environ.get(VARIABLE, '').lower() in OFF
