"""Every key of one load and what becomes of it: the treemap of the network and its table."""

from __future__ import annotations

from math import prod
from typing import Dict, Iterator, List, Optional, Tuple

from basicsr_weightcheck.messages.lookup import label
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.records.tensors import Difference, NetworkSpec
from basicsr_weightcheck.report.html.blocks import Entry, Keys, Treemap
from basicsr_weightcheck.report.html.keys import key_table, legend, treemap
from basicsr_weightcheck.report.page import Table
from basicsr_weightcheck.report.table_names import heads, loaded_line

RANDOM, RESIZED, DROPPED, BUFFER, LOADED = 'random', 'resized', 'dropped', 'buffer', 'loaded'
IN_NETWORK = (LOADED, RANDOM, RESIZED, BUFFER)  # order of the legend
IN_TABLE = (RANDOM, RESIZED, DROPPED, BUFFER, LOADED)  # what deserves a look comes first


def load_treemap(load: LoadReport, lang: str) -> Optional[Treemap]:
    """The network as it will start; None where network or file is unknown.

    Where the call stops, the colours show what fits the network.
    """
    if load.network is None or load.difference is None:
        return None
    title = label('html-network', lang, type=load.step.network_type)
    text = loaded_line(load.coverage or load.difference.coverage, lang)
    note = label('html-note-loads' if _runs(load) else 'html-note-stops', lang, text=text)
    return treemap(_tensors(load), _names(load, lang), title, note, lang)


def load_legend(load: LoadReport, lang: str) -> Table:
    """The legend of the treemap alone; without rows where network or file is unknown."""
    return legend(_tensors(load), _names(load, lang), lang)


def _tensors(load: LoadReport) -> List[Entry]:
    """What is drawn; of tied tensors the first stands for all."""
    aliases = load.network.aliases if load.network is not None else ()
    twins = {key for group in aliases for key in group[1:]}
    return [one for one in _entries(load) if one.state != DROPPED and one.key not in twins]


def load_keys(load: LoadReport, lang: str) -> Optional[Keys]:
    """All keys of network and file; None where one of them is unknown."""
    if load.network is None or load.difference is None:
        return None
    names = _names(load, lang)
    states = {one: names[one] for one in IN_TABLE}
    return key_table(list(_entries(load)), states, heads(lang, 'expected', 'found'), (), lang)


def _entries(load: LoadReport) -> Iterator[Entry]:
    """The keys of the network, then those of the file alone; none where one of them is unknown."""
    network, difference = load.network, load.difference
    if network is None or difference is None:
        return
    states = _states(load, network, difference)
    found = {one.key: one.found for one in difference.mismatched}
    matched = set(difference.matched)
    for spec in network.tensors:
        other = found.get(spec.key, spec.shape if spec.key in matched else None)
        yield Entry(spec.key, states.get(spec.key, RANDOM), spec.shape, other, spec.count)
    for group in difference.unexpected_groups:
        for key in group.keys:
            yield Entry(key, DROPPED, None, group.found, prod(group.found or ()))


def _states(load: LoadReport, network: NetworkSpec, difference: Difference) -> Dict[str, str]:
    """{key of the network: its state}, without those that stay random.

    Of tied tensors one that is loaded loads all.
    """
    loaded = set(_given(load, difference))
    loaded.update(key for tied in network.aliases if loaded.intersection(tied) for key in tied)
    kinds = {one.key: LOADED if one.is_parameter else BUFFER for one in network.tensors}
    given = {key: kind for key, kind in kinds.items() if key in loaded}
    return {**{one.key: RESIZED for one in difference.mismatched}, **given}


def _given(load: LoadReport, difference: Difference) -> Tuple[str, ...]:
    """Keys that the call loads; where it stops, those that fit."""
    outcome = load.configured
    return outcome.loaded if outcome.loads else difference.matched


def _runs(load: LoadReport) -> bool:
    return bool(load.configured.loads)


def _names(load: LoadReport, lang: str) -> Dict[str, str]:
    """The words of the states; where the call stops nothing is loaded, it only fits."""
    names = {state: label(f'html-{state}', lang) for state in (*IN_NETWORK, DROPPED)}
    if not _runs(load):
        names[LOADED] = label('html-fits', lang)
    if load.is_cut:
        names[RANDOM] = label('html-cut-off', lang)
    return names
