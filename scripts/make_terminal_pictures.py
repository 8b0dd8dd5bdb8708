#!/usr/bin/env python3
"""Pictures of what the commands print in a terminal of 80 columns, in both languages.

    python scripts/make_terminal_pictures.py docs/images
    python scripts/make_terminal_pictures.py docs/images --code OTHER_CLONE --suffix _before

Small Restormers are saved in a temporary folder, the commands run there in a terminal of their own
(POSIX), and what they print is drawn. Needs torch, basicsr, rich and Pillow, DejaVu Sans Mono and,
for Chinese, a font that --wide-font names.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from typing import Any, Dict, Iterator, List, Tuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COLUMNS = 80
FONT_PIXELS, LINE_PIXELS, MARGIN = 13, 17, 10
MONO = '/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf'
WIDE = '/usr/share/fonts/truetype/wqy/wqy-microhei.ttc'
PAPER, INK = (24, 26, 31), (218, 220, 224)
COLOURS = {  # as rich names those of a terminal: red, green, yellow
    'color(1)': (244, 118, 112),
    'color(2)': (126, 200, 120),
    'color(3)': (229, 192, 92),
    'bold': (255, 255, 255),
    'dim': (140, 146, 156),
}
BLENDS = 5  # of each colour with the paper, for the edges of letters

SMALL: Dict[str, Any] = {'dim': 16, 'num_blocks': [2, 2, 2, 2], 'num_refinement_blocks': 2}
TINY: Dict[str, Any] = {'dim': 8, 'num_blocks': [1, 1, 1, 1], 'num_refinement_blocks': 1}
LARGE: Dict[str, Any] = {'dim': 8, 'num_blocks': [4, 6, 6, 8], 'num_refinement_blocks': 4}
HTA = {'attn_types': ['HTA'] * 4}
MDTA = 'experiments/mdta/models/net_g_latest.pth'
OPTIONS = """name: {name}
model_type: SRModel
scale: 1
num_gpu: 0
manual_seed: 0

network_g:
  type: Restormer
{network}

path:
  pretrain_network_g: {weights}
  strict_load_g: true
  resume_state: ~

train:
  optim_g: {{type: Adam, lr: 0.0003}}
  scheduler: {{type: MultiStepLR, milestones: [4], gamma: 0.5}}
  total_iter: 4
  pixel_opt: {{type: L1Loss}}

datasets: {{}}

weightcheck:
  repair_imports: true
"""
CASES: Tuple[Tuple[str, str, Dict[str, Any]], ...] = (
    ('exact', MDTA, SMALL),
    ('hta', MDTA, {**SMALL, **HTA}),
    ('prefix', 'weights/prefixed.pth', SMALL),
    ('dim', MDTA, {**SMALL, 'dim': 32}),
    ('missing', 'weights/shallow.pth', LARGE),
)
CHECK = ('check', '--import', 'basicsr_weightcheck.archs.register', '-opt')
SCAN = ('scan', '-opt', 'options/exact.yml', '--import', 'basicsr_weightcheck.archs.register')


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or '').split('\n')[0])
    parser.add_argument('folder')
    parser.add_argument('--code', default=ROOT, help='clone whose program is run')
    parser.add_argument('--suffix', default='', help='what the names of the pictures end with')
    parser.add_argument('--wide-font', default=WIDE)
    parser.add_argument('--only', nargs='*', help='names of cases')
    parser.add_argument('--text', action='store_true', help='print what is shown, draw nothing')
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_inputs(folder)
        for name, command in commands():
            for lang in ('en', 'zh'):
                if arguments.only and name not in arguments.only:
                    continue
                shown = run(command, folder, arguments.code, lang)
                if arguments.text:
                    print(shown)
                    continue
                target = os.path.join(arguments.folder, f'terminal_{name}_{lang}')
                draw(shown, f'{target}{arguments.suffix}.png', arguments.wide_font)


def commands() -> Iterator[Tuple[str, Tuple[str, ...]]]:
    """(name of the picture, words after `basicsr-weightcheck`)."""
    for name, _, _ in CASES:
        yield name, (*CHECK, f'options/{name}.yml')
    yield 'scan', (*SCAN, 'experiments/run/models')


def make_inputs(folder: str) -> None:
    """Write the options and weights of every case."""
    import torch

    sys.path.insert(0, ROOT)
    from basicsr_weightcheck.archs.restormer_arch import Restormer

    torch.manual_seed(0)
    weights = Restormer(**SMALL).state_dict()
    prefixed = {f'net_g.{key}': value for key, value in weights.items()}
    shallow = Restormer(**TINY).state_dict()
    saved = {MDTA: weights, 'weights/prefixed.pth': prefixed, 'weights/shallow.pth': shallow}
    for number in range(1, 41):
        saved[f'experiments/run/models/net_g_{5000 * number}.pth'] = weights
    for path, table in saved.items():
        path = os.path.join(folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        torch.save({'params': table}, path)
    os.makedirs(os.path.join(folder, 'options'))
    for name, path, network in CASES:
        lines = '\n'.join(f'  {option}: {value}' for option, value in network.items())
        text = OPTIONS.format(name=name, network=lines, weights=path)
        with open(os.path.join(folder, f'options/{name}.yml'), 'w', encoding='utf-8') as file:
            file.write(text)


def run(command: Tuple[str, ...], folder: str, code: str, lang: str) -> str:
    """What a command prints in a terminal, with its colours, below the command itself."""
    import pty
    import termios
    import tty

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, COLUMNS))
    tty.setraw(theirs)  # or lines would end with a carriage return
    environment = dict(os.environ, PYTHONPATH=code, WEIGHTCHECK_LANG=lang, TERM='xterm-256color')
    # As in an environment that is switched on: what is printed names `python`, not its folder.
    programs = os.path.dirname(sys.executable)
    environment['PATH'] = os.pathsep.join((programs, environment.get('PATH', '')))
    program = subprocess.Popen(
        [sys.executable, '-W', 'ignore', '-m', 'basicsr_weightcheck', *command],
        cwd=folder,
        env=environment,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    parts: List[bytes] = []
    try:
        while True:
            part = os.read(ours, 65536)
            if not part:
                break
            parts.append(part)
    except OSError:
        pass  # the other end is closed
    program.wait()
    os.close(ours)
    shown = b''.join(parts).decode('utf-8')
    return f'$ basicsr-weightcheck {" ".join(command)}\n{shown}'


def draw(shown: str, path: str, wide_font: str) -> None:
    """A PNG of the text, each character in its cell."""
    from PIL import Image, ImageDraw, ImageFont
    from rich.ansi import AnsiDecoder
    from rich.cells import cell_len

    mono = ImageFont.truetype(MONO, FONT_PIXELS)
    wide = ImageFont.truetype(wide_font, FONT_PIXELS + 1) if os.path.exists(wide_font) else mono
    cell = int(mono.getlength('M') + 0.5)
    lines = [piece for line in AnsiDecoder().decode(shown.rstrip()) for piece in _folded(line)]
    size = (COLUMNS * cell + 2 * MARGIN, len(lines) * LINE_PIXELS + 2 * MARGIN)
    image = Image.new('RGB', size, PAPER)
    brush = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        column = 0
        for character, colour in line:
            place = (MARGIN + column * cell, MARGIN + row * LINE_PIXELS)
            columns = cell_len(character)
            brush.text(place, character, colour, wide if columns > 1 else mono)
            column += columns
    few = image.quantize(palette=_palette(Image), dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    print(f'{path}: {len(lines)} lines, {os.path.getsize(path)} bytes')


def _palette(pillow: Any) -> Any:
    """The colours and their blends with the paper, as Pillow wants to be told them."""
    numbers: List[int] = []
    for colour in (INK, *COLOURS.values()):
        for step in range(BLENDS + 1):
            numbers += [p + (c - p) * step // BLENDS for p, c in zip(PAPER, colour)]
    made = pillow.new('P', (1, 1))
    made.putpalette(numbers)
    return made


Cells = List[Tuple[str, Tuple[int, int, int]]]


def _folded(line: Any) -> Iterator[Cells]:
    """The characters of a line of rich's with their colours, broken where a terminal breaks it."""
    from rich.cells import cell_len

    cells: Cells = []
    used = 0
    for at, character in enumerate(line.plain):
        styles = [str(span.style) for span in line.spans if span.start <= at < span.end]
        if used + cell_len(character) > COLUMNS:
            yield cells
            cells, used = [], 0
        cells.append((character, _colour(' '.join(styles))))
        used += cell_len(character)
    yield cells


def _colour(style: str) -> Tuple[int, int, int]:
    return next((colour for name, colour in COLOURS.items() if name in style), INK)


if __name__ == '__main__':
    main()
