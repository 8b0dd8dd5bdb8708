"""What the bytes of a file look like."""

from __future__ import annotations

from typing import NamedTuple, Tuple

from basicsr_weightcheck.checkpoint.zip_directory import ZipEntry


class Sniffed(NamedTuple):
    """The kind of a file.

    Attributes:
        kind: 'torch-zip', 'torch-legacy', 'safetensors', 'zip-cut', or a key 'is-…' of the
            reader's messages without 'is-'.
        detail: what is known beyond the kind (page title, member name), '' when nothing.
        extra: a second such fact (the SHA-256 of a Git-LFS pointer).
        entries: the zip directory, for 'torch-zip'.
    """

    kind: str
    detail: str = ''
    extra: str = ''
    entries: Tuple[ZipEntry, ...] = ()
