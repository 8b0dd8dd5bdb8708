"""The pre-training check, a straight list of steps. No logic of its own."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Dict, Optional, Sequence, Tuple

from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.errors import CheckpointError
from basicsr_weightcheck.plan.framework import find_framework
from basicsr_weightcheck.plan.option_file import read_options
from basicsr_weightcheck.plan.overrides import apply_overrides
from basicsr_weightcheck.plan.read_plan import read_plan
from basicsr_weightcheck.records.plans import LoadPlan
from basicsr_weightcheck.records.reports import CheckReport, Rehearsal
from basicsr_weightcheck.records.tensors import CheckpointHeader
from basicsr_weightcheck.rehearsal.stage import Stage

DEFAULT_TIMEOUT_S = 180.0
