"""Rehearse one set of options: run the model's real constructor, weightless and harmless."""

from __future__ import annotations

import copy
import platform
import sys
from typing import Any, Dict, List, Optional, Tuple

from basicsr_weightcheck.records.plans import LoadStep
from basicsr_weightcheck.records.reports import Rehearsal, RehearsedLoad
from basicsr_weightcheck.rehearsal.build_network import BuildFailed
from basicsr_weightcheck.rehearsal.harmless import LoadsDone, harmless
from basicsr_weightcheck.rehearsal.import_framework import Imported
from basicsr_weightcheck.rehearsal.model_class import find_model_class
from basicsr_weightcheck.rehearsal.protocol import Request
from basicsr_weightcheck.rehearsal.recorded_options import RecordedOptions
from basicsr_weightcheck.rehearsal.recorder import Recorder

MESSAGE_CHARACTERS = 2000


def play(imported: Imported, request: Request) -> Rehearsal:
    """Return what the framework does with the options; failures are data."""
    if imported.failure is not None:
        return _finish(imported, None, ('import', imported.failure, ()))
    import torch

    recorder = Recorder(imported, request.options, request.headers, torch.__version__)
    model_class = find_model_class(imported, request.plan.model_type)
    failure = _construct(recorder, model_class, request)
    if failure is not None and failure[0] == 'model':
        # The constructor needs what a check has not (a GPU, data): make its loads by hand.
        failure = _by_hand(recorder, model_class, request.plan.steps) or _unless_complete(
            recorder, request, failure
        )
    return _finish(imported, recorder, failure)


Failure = Tuple[str, BaseException, Tuple[Tuple[str, str], ...]]


def _construct(recorder: Recorder, model_class: Any, request: Request) -> Optional[Failure]:
    try:
        with harmless(recorder, model_class):
            model_class(_training_options(request, recorder))
    except LoadsDone:
        return None
    except BuildFailed as failed:
        return failed.failure, failed.error, failed.facts
    except (Exception, SystemExit) as error:  # the user's constructor may raise anything
        return 'model', error, ()
    return None


def _by_hand(
    recorder: Recorder, model_class: Any, steps: Tuple[LoadStep, ...]
) -> Optional[Failure]:
    seen = {load.step.network for load in recorder.loads}
    try:
        for step in steps:
            if step.network not in seen:
                recorder.load_by_hand(model_class, step)
    except BuildFailed as failed:
        return failed.failure, failed.error, failed.facts
    return None


def _unless_complete(recorder: Recorder, request: Request, failure: Failure) -> Failure:
    """A constructor that failed hides nothing once every planned load was made; why is kept."""
    networks = {load.step.network for load in recorder.loads}
    planned = {step.network for step in request.plan.steps}
    return ('', *failure[1:]) if planned <= networks else failure


def _training_options(request: Request, recorder: Recorder) -> Dict[str, Any]:
    """The options as the training's own parser hands them to the model."""
    options = copy.deepcopy(request.options)
    options.update(
        is_train=request.plan.is_train, dist=False, rank=0, world_size=1, num_gpu=0,
        auto_resume=False, root_path=request.plan.working_directory,
    )  # fmt: skip
    options.setdefault('manual_seed', 0)
    options.setdefault('name', 'rehearsal')
    path = options.get('path')
    path = dict(path) if isinstance(path, dict) else {}
    root = request.plan.experiments_root or request.plan.working_directory
    for name in ('experiments_root', 'models', 'training_states', 'log', 'visualization'):
        path.setdefault(name, root)
    for key, value in path.items():
        if isinstance(value, str) and ('pretrain_network' in key or 'resume_state' in key):
            import os

            path[key] = os.path.expanduser(value)
    options['path'] = RecordedOptions(path)
    recorder.path_options = options['path']
    return options


def _finish(
    imported: Imported, recorder: Optional[Recorder], failure: Optional[Failure]
) -> Rehearsal:
    torch = sys.modules.get('torch')
    loads: List[RehearsedLoad] = recorder.loads if recorder else []
    return Rehearsal(
        loads=tuple(loads),
        networks=tuple(recorder.networks.items()) if recorder else (),
        options_read=recorder.options_read if recorder else (),
        import_repairs=tuple(imported.repairs),
        broken_plugins=tuple(imported.broken_plugins),
        framework_version=imported.version,
        framework_origin=imported.origin,
        torch_version=str(getattr(torch, '__version__', '')),
        numpy_version=str(getattr(sys.modules.get('numpy'), '__version__', '')),
        python_version=platform.python_version(),
        failure=failure[0] if failure else '',
        failure_error=type(failure[1]).__name__ if failure else '',
        failure_message=str(failure[1])[:MESSAGE_CHARACTERS] if failure else '',
        failure_facts=failure[2] if failure else (),
    )
