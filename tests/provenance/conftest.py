"""The fixture models, written and imported once; the truth needs them in this process."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest


class Plugin(NamedTuple):
    """A folder with the plug-in package, and its model classes by name."""

    folder: str
    model: Any


@pytest.fixture(scope='session')
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Plugin:
    from tests.agreement.conftest import RepairedBasicsr
    from tests.provenance.layouts import import_plugin, write_plugin

    RepairedBasicsr()
    folder = write_plugin(str(tmp_path_factory.mktemp('plugin')))
    return Plugin(folder, import_plugin(folder))
