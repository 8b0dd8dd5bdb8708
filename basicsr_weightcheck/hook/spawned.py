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
from typing import Any, Dict, NamedTuple, Sequence

VARIABLE = 'WEIGHTCHECK_RUN'  # for the children of this process
CHILD = '__mp_main__'


class Run(NamedTuple):
    """A training that is about to be run.

    Attributes:
        main: path of the script, or name of the module.
        arguments: what follows it on the command line.
        as_module: `main` is a module.
        repair_imports: make basicsr importable on torchvision 0.17 and newer.
    """

    main: str
    arguments: Sequence[str]
    as_module: bool
    repair_imports: bool


def pass_on(run: Run) -> None:
    """Have the children of this process prepared as it is."""
    from multiprocessing import spawn

    main = run.main if run.as_module else os.path.abspath(run.main)
    os.environ[VARIABLE] = json.dumps(run._replace(main=main, arguments=list(run.arguments)))
    real: Any = spawn.get_preparation_data

    def told(name: str) -> Dict[str, Any]:
        data: Dict[str, Any] = real(name)
        of_a_module = data.pop('init_main_from_name', None)
        if of_a_module or 'init_main_from_path' in data:
            data['init_main_from_path'] = __file__
        return data

    spawn.get_preparation_data = told


def _main() -> Dict[str, Any]:
    """What the main script of a child defines."""
    from basicsr_weightcheck.hook.install import install
    from basicsr_weightcheck.hook.launch import prepare

    run = Run(*json.loads(os.environ[VARIABLE]))
    prepare(run, lambda _: None)  # the parent has said it
    install(announce=False)
    if run.as_module:
        return runpy.run_module(run.main, run_name=CHILD, alter_sys=True)
    return runpy.run_path(run.main, run_name=CHILD)


if __name__ == CHILD:
    globals().update(_main())
