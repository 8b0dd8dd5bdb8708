"""`completion`: the script that lets a shell complete this command line."""

from __future__ import annotations

import argparse

from basicsr_weightcheck.errors import WeightCheckError
from basicsr_weightcheck.messages.lookup import phrase


def run_completion(arguments: argparse.Namespace) -> int:
    """Print the script. Raises WeightCheckError where shtab is not installed."""
    try:
        import shtab
    except ImportError as error:
        advice = phrase('needs-shtab-do')
        raise WeightCheckError(phrase('needs-shtab'), advice=advice) from error
    from basicsr_weightcheck.cli.arguments import build_parser

    print(shtab.complete(build_parser(), arguments.shell))
    return 0
