"""Counters that a profiler leaves in a state dict.

Source: pytorch-OpCounter thop/profile.py, `register_buffer('total_ops', ...)`, 'total_params'.
"""

from __future__ import annotations

COUNTERS = ('total_ops', 'total_params')


def is_profiler_buffer(key: str) -> bool:
    """The last part of the name is one of thop's counters."""
    return key.rpartition('.')[2] in COUNTERS
