"""A picture of the change of every layer, along the network, coloured by role."""

from __future__ import annotations

import io
import os
import re
import warnings
from typing import Any, Dict, List, Tuple

from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.messages.lookup import clean, label, needs, phrase
from basicsr_weightcheck.records.comparisons import Comparison, Side, ValueDifference
from basicsr_weightcheck.report.write import unwritable
from basicsr_weightcheck.whole_file import new_file

ENDINGS = ('.png', '.svg')
ROLES = 9  # colours that can be told apart; rarer roles share the last
OTHERS = '…'
STAGES = 30  # more lines than this are noise
CHINESE_FONTS = (
    'Noto Sans CJK SC',
    'Source Han Sans SC',
    'Microsoft YaHei',
    'PingFang SC',
    'SimHei',
    'WenQuanYi Zen Hei',
    'WenQuanYi Micro Hei',
    'Noto Sans CJK JP',  # the first of a collection, which has the Chinese characters too
    'Droid Sans Fallback',
)
CHINESE_FILE = re.compile(r'cjk|sourcehan|msyh|pingfang|simhei|wqy|droidsansfallback', re.I)


def draw_change(comparison: Comparison, path: str, lang: str) -> str:
    """Write the picture: one mark for each tensor, its height the relative L2 of the change.

    Returns the language that it speaks: English where no Chinese font is here.

    Identical tensors stand on the lower edge; tensors without that number are left out.

    Raises:
        UsageError: matplotlib is missing, the ending is not known, or there is nothing to draw.
        ReportError: the file cannot be written.
    """
    if not path.lower().endswith(ENDINGS):
        raise UsageError(phrase('plot-ending', endings=ENDINGS, path=repr(path)))
    drawn = points(comparison)
    if not drawn:
        raise UsageError(phrase('nothing-to-draw'), advice=phrase('nothing-to-draw-do'))
    with needs('matplotlib', 'matplotlib'):
        import matplotlib
    fonts = chinese_fonts()
    lang = lang if fonts or lang != 'zh' else 'en'
    # The same bytes at every run: no date, fixed ids.
    settings = {'svg.hashsalt': 'weightcheck', 'font.sans-serif': [*fonts, 'DejaVu Sans']}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        figure = _figure(comparison, drawn, lang)
        warnings.filterwarnings('ignore', 'Glyph', UserWarning)  # of a name no font here can show
        drawn_bytes = io.BytesIO()
        kind = os.path.splitext(path)[1][1:].lower()
        metadata = {'Date': None} if kind == 'svg' else None
        figure.savefig(drawn_bytes, dpi=150, metadata=metadata, format=kind)
        try:
            with new_file(path) as made:
                made.out.write(drawn_bytes.getvalue())
        except OSError as error:
            raise unwritable(error, path) from error
    return lang


def points(comparison: Comparison) -> List[Tuple[int, ValueDifference]]:
    """(place along the network, value), in the order of the network."""
    return [
        (place, value)
        for place, value in enumerate(comparison.values or ())
        if value.state == 'identical' or value.relative_l2 is not None
    ]


def _figure(comparison: Comparison, points: List[Tuple[int, ValueDifference]], lang: str) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 5), layout='constrained')
    axes = figure.subplots()
    changed = [value.relative_l2 for _, value in points if value.relative_l2]
    floor = min(changed) / 3 if changed else 1e-8
    for name, members in by_role(points).items():
        heights = [value.relative_l2 or floor for _, value in members]
        axes.plot([place for place, _ in members], heights, '.', markersize=5, label=clean(name))
    axes.set_yscale('log')
    axes.axhline(floor, color='0.8', linewidth=0.8, zorder=0)
    axes.set_xlabel(label('plot-x', lang, count=len(comparison.matched)))
    axes.set_ylabel(label('plot-y', lang))
    names = [_name(side, lang) for side in (comparison.one, comparison.other)]
    title = label('cmp-title', lang, one=names[0], other=names[1])
    figure.suptitle(clean(title), parse_math=False, fontsize='large')
    _mark_stages(axes, comparison)
    figure.legend(fontsize='small', ncols=5, loc='outside lower center')
    return figure


def _name(side: Side, lang: str) -> str:
    return side.name if lang == 'zh' or side.name.isascii() else os.path.basename(side.path)


def by_role(
    points: List[Tuple[int, ValueDifference]],
) -> Dict[str, List[Tuple[int, ValueDifference]]]:
    roles: Dict[str, List[Tuple[int, ValueDifference]]] = {}
    for point in points:
        roles.setdefault(role(point[1].key), []).append(point)
    ranked = sorted(roles, key=lambda name: -len(roles[name]))
    shown = {name: roles[name] for name in ranked[:ROLES]}
    rest = [point for name in ranked[ROLES:] for point in roles[name]]
    return {**shown, OTHERS: rest} if rest else shown


def role(key: str) -> str:
    """What a tensor does in its block: 'attn.qkv' of 'encoder_level1.0.attn.qkv.weight'."""
    after = re.sub(r'^.*(?:^|\.)\d+\.', '', key)
    module, _, name = after.rpartition('.')
    return module if module and name in ('weight', 'bias') else after


def _mark_stages(axes: Any, comparison: Comparison) -> None:
    """A line and, above the marks, a name where the first part of the keys changes."""
    starts = stages(comparison)
    for place, _ in starts:
        axes.axvline(place - 0.5, color='0.85', linewidth=0.6, zorder=0)
    look = {'rotation': 40, 'fontsize': 7, 'va': 'bottom', 'color': '0.3', 'parse_math': False}
    for place, stage in readable(starts, len(comparison.matched)):
        axes.text(place, 1.01, clean(stage), transform=axes.get_xaxis_transform(), **look)


def stages(comparison: Comparison) -> List[Tuple[int, str]]:
    """(place, name) where the first part of the keys changes; () where that says nothing."""
    starts: List[Tuple[int, str]] = []
    for place, value in enumerate(comparison.values or ()):
        stage = value.key.split('.')[0]
        if not starts or starts[-1][1] != stage:
            starts.append((place, stage))
    return starts if 1 < len(starts) <= STAGES else []


def readable(starts: List[Tuple[int, str]], end: int) -> List[Tuple[int, str]]:
    """The longest stages whose names do not write over each other."""
    ends = [place for place, _ in starts[1:]] + [end]
    shown: List[Tuple[int, str]] = []
    for _, start in sorted(zip(ends, starts), key=lambda one: one[1][0] - one[0]):
        if all(abs(start[0] - other[0]) >= end / 50 for other in shown):
            shown.append(start)
    return shown


def chinese_fonts() -> List[str]:
    """Those of this machine; without one the words are English rather than empty boxes.

    matplotlib keeps a list of the fonts that were there when it was first used: where none of it
    is Chinese, the files are looked through.
    """
    from matplotlib import font_manager

    manager = font_manager.fontManager
    known = {font.name for font in manager.ttflist}
    if not known.intersection(CHINESE_FONTS):
        for path in font_manager.findSystemFonts():
            if CHINESE_FILE.search(os.path.basename(path)):
                manager.addfont(path)
        known = {font.name for font in manager.ttflist}
    return [name for name in CHINESE_FONTS if name in known]
