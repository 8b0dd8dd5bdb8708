"""Words of convert in English."""

from __future__ import annotations

from typing import Dict

LABELS: Dict[str, str] = {
    'con-title': 'Converting {source}\nto {target}',
    'con-nowhere': '(no file: dry run)',
    'con-source': 'from: {container}, {bytes}; table: {tables}',
    'con-target': 'to: {container}; tables: {tables}; {elements} elements',
    'con-chosen': 'Decided from the file alone: {steps}.',
    'con-chose-take': 'its one table',
    'con-chose-strip': 'the wrapper that all names share is taken off',
    'con-chose-drop-profiler': 'profiler buffers are left out',
    'con-hint': 'The names are those of the rules {rules}; --rules {rules} renames them.',
    'con-renamed': 'Renamed: {count}',
    'con-found': 'found',
    'con-key': 'becomes',
    'con-unused': 'A rule of {rules} matched nothing: {pattern}',
    'con-unmatched': 'No rule matched {count} names, which stay as they are: {names}',
    'con-joined': '{key} is joined of {parts} tensors',
    'con-resized': '{key}: {before} becomes {after}',
    'con-cast': '{before} becomes {after}: {count} tensors',
    'con-uncast': 'Not cast, because their dtype is another kind: {count} ({names})',
    'con-dropped-pattern': 'Left out by --drop: {count} ({names})',
    'con-dropped-profiler': 'Left out, profiler buffers: {count} ({names})',
    'con-dropped-prefix': 'Left out, because the prefix is missing: {count} ({names})',
    'con-left-out': 'Not in the new file, which holds tensors only: {count} ({names})',
    'con-dangerous': 'The file names code; it was not called and is not in the new file: {names} ({count})',
    'con-overflow': 'Values became infinite by the cast in {count} tensors: {names}',
    'con-dry': 'Dry run: no file was written.',
    'con-written': 'Written: {path} ({bytes}, {storages} storages), read back and compared byte by byte.',
}
