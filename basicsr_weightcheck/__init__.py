"""basicsr-weightcheck: tells, before a BasicSR training starts, which weights it will start on."""

from basicsr_weightcheck.version import __version__

__all__ = ['__version__']
