"""What goes wrong inside the hook is said, never raised: a training is not stopped by it."""

from __future__ import annotations

import logging
import os
import traceback
from contextlib import contextmanager
from typing import Iterator

from basicsr_weightcheck.hook import deliver


@contextmanager
def harmless(what: str) -> Iterator[None]:
    """A defect of the hook, or a surprise of the user's code, inside: said, never raised.

    Args:
        what: code of the words for what could not be done ('hook-do-check').
    """
    try:
        yield
    except Exception as error:
        reason = f'{type(error).__name__}: {error}'
        deliver.tell('hook-could-not', logging.WARNING, what=f'label:{what}', reason=reason)
        if os.environ.get('WEIGHTCHECK_DEBUG'):
            traceback.print_exc()
