"""basicsr-weightcheck: tells, before a BasicSR training starts, which weights it will start on.

import basicsr_weightcheck
basicsr_weightcheck.install()     # at the top of a training script: every load is checked
"""

from basicsr_weightcheck.version import __version__

__all__ = ['__version__', 'install', 'uninstall']


def install() -> None:
    """Check every load_network of this process before it is made, and verify it afterwards.

    Before or after basicsr is imported; calling it again changes nothing.

    Raises:
        ImportError: wrapt is missing.
    """
    from basicsr_weightcheck.hook.install import install as hook_install

    hook_install()


def uninstall() -> None:
    """Undo `install`."""
    from basicsr_weightcheck.hook.install import uninstall as hook_uninstall

    hook_uninstall()
