"""The treemap of a load as a picture, drawn without a browser (extras `html` and `plot`)."""

from __future__ import annotations

import warnings
from typing import Any, List, Tuple

from basicsr_weightcheck.messages.lookup import clean
from basicsr_weightcheck.records.reports import LoadReport
from basicsr_weightcheck.report.change_plot import chinese_fonts
from basicsr_weightcheck.report.html.blocks import Box, Treemap
from basicsr_weightcheck.report.html.keys import HEIGHT, TITLE, WIDTH
from basicsr_weightcheck.report.html.load_states import load_treemap
from basicsr_weightcheck.report.html.render import COLOURS, HATCHED
from basicsr_weightcheck.report.page import as_cell

INCHES = (10.0, 6.0)
DPI = 120
LETTER = 6.2  # width of a letter of a module's name, in units of the canvas


def treemap_picture(load: LoadReport, lang: str) -> Any:
    """Return an array of shape (720, 1200, 3), uint8; None where network or file is unknown.

    Without a Chinese font the words are English.

    Raises:
        ImportError: matplotlib or squarify is missing.
    """
    import matplotlib

    fonts = chinese_fonts()
    treemap = load_treemap(load, lang if fonts or lang != 'zh' else 'en')
    if treemap is None or not treemap.tiles:
        return None
    settings = {'font.sans-serif': [*fonts, 'DejaVu Sans'], 'hatch.linewidth': 0.6}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'Glyph', UserWarning)  # of a name no font here can show
        return _drawn(treemap)


def _drawn(treemap: Treemap) -> Any:
    import numpy
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    figure = Figure(figsize=INCHES, dpi=DPI, layout='constrained')
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(HEIGHT, 0)
    axes.set_axis_off()
    axes.set_title(clean(treemap.title), loc='left', parse_math=False)
    states = [as_cell(row[0]).state for row in treemap.legend.rows]
    for state in states:
        axes.add_collection(_tiles(treemap, state))
    for frame in treemap.frames:
        name = _fitting(frame)
        axes.text(frame.x + 3, frame.y + TITLE - 4, name, fontsize=7, parse_math=False)
    handles = [
        Patch(
            facecolor=COLOURS[state],
            edgecolor='white',
            hatch='////' if state in HATCHED else None,
            label=f'{name}: {tensors} ({share})',
        )
        for state, (name, tensors, _, share) in zip(states, treemap.legend.rows)
    ]
    figure.legend(handles=handles, loc='outside lower left', ncols=2, frameon=False)
    canvas.draw()
    return numpy.array(canvas.buffer_rgba())[:, :, :3]


def _tiles(treemap: Treemap, state: str) -> Any:
    from matplotlib.collections import PolyCollection

    corners: List[List[Tuple[float, float]]] = [
        [
            (tile.x, tile.y),
            (tile.x + tile.width, tile.y),
            (tile.x + tile.width, tile.y + tile.height),
            (tile.x, tile.y + tile.height),
        ]
        for tile in treemap.tiles
        if tile.state == state
    ]
    collection = PolyCollection(corners, hatch='////' if state in HATCHED else None)
    collection.set(facecolor=COLOURS[state], edgecolor='white', linewidth=0.4)
    return collection


def _fitting(frame: Box) -> str:
    """The module's name, cut to the width of its frame."""
    room = int(frame.width / LETTER)
    name = clean(frame.name)
    return name if len(name) <= room else name[: max(1, room - 1)] + '…'
