"""Pictures that cannot be read are named; nothing of Pillow's gets through."""

from __future__ import annotations

from pathlib import Path

import pytest

from basicsr_weightcheck.errors import NotLookedAt
from basicsr_weightcheck.rehearsal.looker import folder_pairs

pytestmark = [pytest.mark.torch]


@pytest.mark.parametrize('kind', ['cut', 'text', 'huge'])
def test_a_picture_that_cannot_be_read_is_named(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = pytest.importorskip('PIL.Image')
    path = tmp_path / 'one.png'
    image.effect_noise((64, 64), 90).save(str(path))
    (pair,) = folder_pairs(str(tmp_path), '', 1)
    assert tuple(pair.lq.shape) == (1, 3, 64, 64)
    if kind == 'cut':
        path.write_bytes(path.read_bytes()[:600])
    elif kind == 'text':
        path.write_text('a page of a server')
    else:
        monkeypatch.setattr(image, 'MAX_IMAGE_PIXELS', 100)
    with pytest.raises(NotLookedAt) as caught:
        folder_pairs(str(tmp_path), '', 1)
    assert 'one.png' in caught.value.what
