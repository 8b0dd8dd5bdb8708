"""Every way to start the program leads here: the console script, `python -m basicsr_weightcheck`,
a script of a clone, and `python CLONE/basicsr_weightcheck`, which needs no installation.

Nothing is imported before an interrupt is looked after: Ctrl-C during imports is one line, too.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing's own takes a while to import, in which Ctrl-C is a traceback
if TYPE_CHECKING:
    from typing import Optional, Sequence

INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the program; see `cli.main.main`.

    Args:
        argv: words of the command line; None takes those of this process.
    """
    try:
        import signal

        before = signal.getsignal(signal.SIGINT)
        ours = before is signal.default_int_handler
        if ours:
            signal.signal(signal.SIGINT, _end)

        def started() -> None:
            if ours:
                signal.signal(signal.SIGINT, before)

        from basicsr_weightcheck.cli.main import main as run
    except KeyboardInterrupt:  # before the handler was in place
        _end()
    return run(argv, started)


def _end(*_: object) -> None:
    """Nothing was begun that would have to be cleaned up."""
    os.write(2, b'basicsr-weightcheck: interrupted\n')
    os._exit(INTERRUPTED)


if __name__ == '__main__':
    if not __package__:  # the folder was started: its modules are those of the package
        here = os.path.dirname(os.path.abspath(__file__))
        sys.path = [os.path.dirname(here), *(one for one in sys.path if one != here)]
    sys.exit(main())
