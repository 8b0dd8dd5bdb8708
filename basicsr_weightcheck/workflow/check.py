"""The pre-training check, a straight list of steps. No logic of its own."""

from __future__ import annotations

DEFAULT_TIMEOUT_S = 180.0
