"""What lies in a folder is found there: nothing lists the rules, nor the dialects."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Iterator, Type, TypeVar

Kind = TypeVar('Kind')


def classes_in(package: str, kind: Type[Kind]) -> Iterator[Type[Kind]]:
    """Subclasses of `kind` that modules of a package define: by module, then as they stand there.

    Args:
        package: import name; what lies in folders below it does not count.
    """
    # The path of the package is asked, not the file system: it may lie in an archive.
    for file in pkgutil.iter_modules(import_module(package).__path__, f'{package}.'):
        if file.ispkg:
            continue
        # A base class and a class of another file stand among its names, too.
        for one in list(vars(import_module(file.name)).values()):
            if isinstance(one, type) and issubclass(one, kind) and one.__module__ == file.name:
                yield one
