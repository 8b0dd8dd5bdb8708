"""Every key of one load and what becomes of it: the treemap of the network and its table."""

from __future__ import annotations

from typing import Dict, Iterator, List, Optional, Set, Tuple

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.messages.numbers import shape
from basicsr_weightcheck.records.outcomes import Difference
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.records.tensors import NetworkSpec
from basicsr_weightcheck.report.html.key_table import Columns, Entry, key_table
from basicsr_weightcheck.report.html.tiles import Tensor, shares, treemap
from basicsr_weightcheck.report.html.view import KeyTable, Share, Treemap
from basicsr_weightcheck.report.outline import loaded_line

RANDOM, RESIZED, DROPPED, BUFFER, LOADED = 'random', 'resized', 'dropped', 'buffer', 'loaded'
IN_NETWORK = (LOADED, RANDOM, RESIZED, BUFFER)  # order of the legend
IN_TABLE = (RANDOM, RESIZED, DROPPED, BUFFER, LOADED)  # what deserves a look comes first


def load_treemap(load: LoadReport, lang: str) -> Optional[Treemap]:
    """The network as it will start; None where network or file is unknown.

    Where the call stops, the colours show what fits the network.
    """
    if load.network is None or load.difference is None:
        return None
    return treemap(
        network_tensors(load),
        _names(load, lang),
        label('html-network', lang, type=load.step.network_type),
        _note(load, load.difference, lang),
        lang,
    )


def load_shares(load: LoadReport, lang: str) -> Tuple[Share, ...]:
    """The legend of the treemap alone; () where network or file is unknown."""
    return shares(network_tensors(load), _names(load, lang))


def network_tensors(load: LoadReport) -> List[Tensor]:
    """What is drawn; of tied tensors the first stands for all. () without network and file."""
    if load.network is None or load.difference is None:
        return []
    states = _states(load, load.network, load.difference)
    twins = {key for group in load.network.aliases for key in group[1:]}
    found = {one.key: one.found for one in load.difference.mismatched}
    drawn = []
    for spec in load.network.tensors:
        if spec.key in twins:
            continue
        shapes = shape(spec.shape)
        if spec.key in found:
            shapes += f' / {shape(found[spec.key])}'
        drawn.append(Tensor(spec.key, states[spec.key], spec.count, shapes))
    return drawn


def load_keys(load: LoadReport, lang: str) -> Optional[KeyTable]:
    """All keys of network and file; None where one of them is unknown."""
    if load.network is None or load.difference is None:
        return None
    names = _names(load, lang)
    entries = list(_entries(load, load.network, load.difference))
    columns = Columns((label('col-expected', lang), label('col-found', lang)))
    return key_table(entries, {state: names[state] for state in IN_TABLE}, columns, lang)


def _entries(load: LoadReport, network: NetworkSpec, difference: Difference) -> Iterator[Entry]:
    states = _states(load, network, difference)
    resized = {one.key: one.found for one in difference.mismatched}
    matched = set(difference.matched)
    for spec in network.tensors:
        found = resized.get(spec.key, spec.shape if spec.key in matched else None)
        yield Entry(spec.key, states[spec.key], spec.shape, found, spec.count)
    for group in difference.unexpected_groups:
        elements = 1
        for length in group.found or ():
            elements *= length
        for key in group.keys:
            yield Entry(key, DROPPED, None, group.found, elements)


def _states(load: LoadReport, network: NetworkSpec, difference: Difference) -> Dict[str, str]:
    """{key of the network: its state}."""
    loaded = set(_taken(load, difference))
    for group in network.aliases:
        if loaded.intersection(group):
            loaded.update(group)
    resized: Set[str] = {one.key for one in difference.mismatched}
    states = {}
    for spec in network.tensors:
        if spec.key in loaded:
            states[spec.key] = LOADED if spec.is_parameter else BUFFER
        else:
            states[spec.key] = RESIZED if spec.key in resized else RANDOM
    return states


def _taken(load: LoadReport, difference: Difference) -> List[str]:
    runs = load.configured is not None and load.configured.loads
    return list(load.configured.loaded if load.configured and runs else difference.matched)


def _names(load: LoadReport, lang: str) -> Dict[str, str]:
    """The words of the states; where the call stops nothing is loaded, it only fits."""
    names = {state: label(f'html-{state}', lang) for state in (*IN_NETWORK, DROPPED)}
    if not (load.configured is not None and load.configured.loads):
        names[LOADED] = label('html-fits', lang)
    if load.header is not None and not load.header.complete:
        names[RANDOM] = label('html-cut-off', lang)
    return names


def _note(load: LoadReport, difference: Difference, lang: str) -> str:
    text = loaded_line(load, difference, lang)
    runs = load.configured is not None and load.configured.loads
    return label('html-note-loads' if runs else 'html-note-stops', lang, text=text)
