"""Children that multiprocessing starts anew get what `run` has prepared in their parent.

Windows starts the workers of every data loader so, Python 3.14 elsewhere too (forkserver), and some
trainings start their own processes so. Such a child runs the main script under another name; here
it is told to run this file instead, which prepares and then runs the script or module.

Source: Lib/multiprocessing/spawn.py `get_preparation_data`, `_fixup_main_from_path`.
"""

from __future__ import annotations

import json
import os
import runpy
from typing import Any, Dict

CHILD = '__mp_main__'


def _main() -> Dict[str, Any]:
    """What the main script of a child defines."""
    from basicsr_weightcheck.hook.install import install
    from basicsr_weightcheck.hook.launch import VARIABLE, Run, prepare

    run = Run(*json.loads(os.environ[VARIABLE]))
    prepare(run, lambda _: None)  # the parent has said it
    install(announce=False)
    if run.as_module:
        return runpy.run_module(run.main, run_name=CHILD, alter_sys=True)
    return runpy.run_path(run.main, run_name=CHILD)


if __name__ == CHILD:
    globals().update(_main())
