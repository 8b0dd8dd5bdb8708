"""The plan of every framework whose `path:`, resume and folders are BasicSR's.

Source: basicsr 1.4.2 train.py, utils/misc.py; neosr 31c7022 train.py, neosr/utils/misc.py.
"""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

from basicsr_weightcheck.dialects.dialect import Dialect, Start
from basicsr_weightcheck.dialects.family import around, resume_traps
from basicsr_weightcheck.dialects.family import resume as resuming
from basicsr_weightcheck.records.plans import Framework, OptionFile, PathEffect, Resume
from basicsr_weightcheck.records.resumes import ResumeTraps


class Member(Dialect):
    """A dialect that reads and archives as BasicSR does; networks and loaders are its own."""

    def find_resume(self, start: Start, experiments_root: str) -> Optional[Resume]:
        return resuming.find_resume(start, experiments_root)

    def used_data(
        self, options: OptionFile, framework: Framework, resume: Optional[Resume]
    ) -> Dict[str, Any]:
        return resuming.used_data(options, framework, resume)

    def resume_traps(
        self, start: Start, experiments_root: str, resume: Optional[Resume]
    ) -> ResumeTraps:
        return resume_traps.find_traps(start, experiments_root, resume)

    def archives(self, start: Start, experiments_root: str, resume: Optional[Resume]) -> bool:
        return resume is None

    def path_effects(self, start: Start) -> Tuple[PathEffect, ...]:
        return around.path_effects(start.paths, start.framework, start.working_directory)

    def unknown_options(self, start: Start) -> Tuple[Tuple[str, str, bool], ...]:
        return around.unknown_options(start.paths, start.framework)

    def misplaced_options(self, options: OptionFile) -> Tuple[str, ...]:
        return around.misplaced_options(options)

    def other_weight_paths(self, options: OptionFile) -> Tuple[Tuple[str, str], ...]:
        return around.other_weight_paths(options)

    def ignored_key_options(self, start: Start) -> Tuple[str, ...]:
        return around.ignored_key_options(start.paths, start.framework)
