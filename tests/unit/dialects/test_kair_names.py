"""Names of files that KAIR's find_last_checkpoint takes apart into paths that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from basicsr_weightcheck.dialects.kair import Kair, newest


@pytest.mark.parametrize('name', ['latest_2_G.pth', '02_G.pth', 'x2_G.pth'])
def test_the_file_that_the_name_was_made_of(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('')
    (tmp_path / '1_G.pth').write_text('')
    asked = newest(str(tmp_path), 'G')
    assert asked == str(tmp_path / '2_G.pth')
    assert Kair().misread_file(asked) == str(tmp_path / name)


def test_a_name_of_a_number_is_not_misread(tmp_path: Path) -> None:
    (tmp_path / '2_G.pth').write_text('')
    assert Kair().misread_file(newest(str(tmp_path), 'G')) == ''
