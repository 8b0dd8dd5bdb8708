"""Texts that are saved in place of weights: pages, pointers, messages, other formats."""

from __future__ import annotations

import codecs
import re
from typing import Optional

from basicsr_weightcheck.checkpoint.sniffed import Sniffed

TITLE_CHARACTERS = 120
_WIDE = ((codecs.BOM_UTF16_LE, 'utf-16-le'), (codecs.BOM_UTF16_BE, 'utf-16-be'))
_HTML = re.compile(r'<(!doctype\s+html|html|head|body|script|title|meta|!--)', re.I)


def sniff_text(head: bytes) -> Optional[Sniffed]:
    """The kind of a text, None for what is none of those known here.

    Blank lines and byte order marks at the beginning are passed over.
    """
    text = _decoded(head).lstrip('\ufeff \t\r\n')
    if text.startswith('version https://git-lfs'):
        return _pointer(text)
    if text.startswith('<'):
        return _page(text)
    if text[:1] in ('{', '['):
        return Sniffed('json', _one_line(text))
    if re.match(r'7767517\s', text):
        return Sniffed('ncnn')
    if text.startswith('model_checkpoint_path:'):
        return Sniffed('tensorflow', _one_line(text))
    return None


def _decoded(head: bytes) -> str:
    for mark, encoding in _WIDE:
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, 'replace')
    return head.decode('utf-8', 'replace')


def _pointer(text: str) -> Sniffed:
    size = re.search(r'^size (\d{1,20})', text, re.M)
    digest = re.search(r'^oid sha256:([0-9a-f]{64})\s*$', text, re.M)
    return Sniffed('git-lfs', size.group(1) if size else '', digest.group(1) if digest else '')


def _page(text: str) -> Sniffed:
    title = re.search(r'<title[^>]*>(.*?)</title>', text, re.I | re.S)
    if title is not None or _HTML.match(text) or _HTML.search(text[:1024]):
        return Sniffed('html', _one_line(title.group(1)) if title else '')
    if re.search(r'<net\b[^>]*>\s*<layers>', text):
        return Sniffed('openvino')
    message = re.search(r'<Message>(.*?)</Message>', text, re.S)
    return Sniffed('xml', _one_line(message.group(1) if message else text))


def _one_line(text: str) -> str:
    return ' '.join(text.split())[:TITLE_CHARACTERS]
