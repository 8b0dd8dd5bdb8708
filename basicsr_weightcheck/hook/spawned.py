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
from typing import Any, Dict, Sequence

VARIABLE = 'WEIGHTCHECK_RUN'  # for the children of this process
CHILD = '__mp_main__'


def pass_on(main: str, arguments: Sequence[str], as_module: bool, repair_imports: bool) -> None:
    """Have the children of this process prepared.

    Args:
        main: the script or module that this process runs.
        arguments: what follows it on the command line.
        as_module: `main` is the name of a module.
        repair_imports: the import of basicsr is repaired.
    """
    from multiprocessing import spawn

    os.environ[VARIABLE] = json.dumps([main, list(arguments), as_module, repair_imports])
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

    main, arguments, as_module, repair_imports = json.loads(os.environ[VARIABLE])
    prepare(main, arguments, as_module, repair_imports, lambda _: None)  # the parent has said it
    install(announce=False)
    if as_module:
        return runpy.run_module(main, run_name=CHILD, alter_sys=True)
    return runpy.run_path(main, run_name=CHILD)


if __name__ == CHILD:
    globals().update(_main())
