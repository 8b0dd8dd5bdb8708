"""The colour of each state, for page and picture.

States of a check after Okabe and Ito, sizes of change after matplotlib's 'plasma', whose dark end
is lighter here, for 3:1 on both grounds: both are told apart with every common colour blindness.
Hatched states are told apart without colour too.
"""

from __future__ import annotations

from typing import Dict

COLOURS: Dict[str, str] = {
    'loaded': '#0072b2',
    'random': '#e69f00',
    'resized': '#009e73',
    'buffer': '#a7b1bc',
    'dropped': '#6b7480',
    'shared': '#0072b2',
    'only-one': '#56b4e9',
    'only-other': '#6b7480',
    'parameter': '#0072b2',
    'zero': '#f0e442',
    'rotten': '#d55e00',
    'bad': '#111111',
    'unread': '#8a7a6a',
    'same': '#b7c1cb',
    'c0': '#f6d746',
    'c1': '#ef8a3c',
    'c2': '#c5407e',
    'c3': '#9a4fd6',
    'identical': '#b7c1cb',
    'tiny': '#f6d746',
    'different': '#c5407e',
    'not-finite': '#111111',
}
HATCHED = ('random', 'bad', 'only-one', 'rotten')
ROLES = (
    '#0072b2',
    '#e69f00',
    '#009e73',
    '#cc79a7',
    '#d55e00',
    '#56b4e9',
    '#8c6d31',
    '#7b5cd6',
    '#b5b500',
    '#8a939d',
)  # of change_plot: nine and the others
