"""`completion`: the script that lets a shell complete this command line."""

from __future__ import annotations

import argparse

from basicsr_weightcheck.errors import WeightCheckError


def run_completion(arguments: argparse.Namespace) -> int:
    """Print the script. Raises WeightCheckError where shtab is not installed."""
    try:
        import shtab
    except ImportError as error:
        raise WeightCheckError(
            'completion needs the package shtab.',
            advice="Install it: pip install 'basicsr-weightcheck[completion]'",
        ) from error
    from basicsr_weightcheck.cli.arguments import build_parser

    print(shtab.complete(build_parser(), arguments.shell))
    return 0
