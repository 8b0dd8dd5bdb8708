"""The truth in the older layout: a process of its own, because that package is called basicsr too.

usage: python -m tests.provenance.older_truth REPOSITORY FILES; answers with a pickle on stdout.
"""

from __future__ import annotations

import os
import pickle
import sys

from tests.provenance.idioms import make_cases
from tests.provenance.layouts import import_older
from tests.provenance.truth import start


def main() -> None:
    answers = os.fdopen(os.dup(1), 'wb')
    os.dup2(2, 1)
    folder, files = sys.argv[1:]
    cases = make_cases('older', files)
    model = import_older(folder)
    real = {case.name: start(model(case.model), case.options, case.values) for case in cases}
    answers.write(pickle.dumps((cases, real)))
    answers.close()


if __name__ == '__main__':
    main()
