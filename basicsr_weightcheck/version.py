"""Version of the tool, written into every report."""

__version__ = '0.1.0'
