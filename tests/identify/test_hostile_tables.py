"""Tables that no training made: they neither raise, nor build what they announce, nor take long."""

from __future__ import annotations

from typing import Tuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basicsr_weightcheck.identify.recognize import FAMILIES, recognize
from tests.identify.test_identify import CASES, RESIDUAL, Shapes, build, known, section

pytestmark = pytest.mark.basicsr

FIRSTS = ('conv_first.weight', 'body.0.weight', 'intro.weight', 'patch_embed.proj.weight')
HOSTILE_NAMES = (
    'body.{}.rdb1.conv1.weight',
    'body.{}.weight',
    'upsample.{}.weight',
    'layers.{}.residual_group.blocks.{}.attn.relative_position_bias_table',
    'encoder_level1.{}.ffn.project_out.weight',
    'encoders.{}.{}.conv1.weight',
    'downs.{}.weight',
    'middle_blks.{}.beta',
)
INDICES = ('0', '9999', '999999999', '9' * 5000, '007', '-1', '٣')
HUGE = 10**12


@pytest.mark.parametrize('index', INDICES)
@pytest.mark.parametrize('sizes', [(HUGE, HUGE), (0, 0), (1, 1), (10**40, 10**40)])
def test_huge_indices_and_sizes_end_in_an_answer(index: str, sizes: Tuple[int, int]) -> None:
    shapes: Shapes = dict.fromkeys(FIRSTS, sizes)
    for name in HOSTILE_NAMES:
        shapes.update({name.format(n, index): sizes for n in range(100)})
        shapes[name.format(index, index)] = sizes
    recognize(shapes)


def test_large_hostile_table_ends_in_an_answer() -> None:
    shapes: Shapes = {f'a.b.layers.{n}.body.{n}.x': (HUGE,) for n in range(20000)}
    shapes.update({f'a.b.body.{n}.{m}.y': (1,) for n in range(200) for m in range(50)})
    shapes.update({f'a.b.{name}': (HUGE, 3, 3, 3) for name in FIRSTS})
    recognize(shapes)


def test_stray_huge_index_is_an_extra_key() -> None:
    shapes = dict(build('EDSR', dict(RESIDUAL, upscale=2)), **{'body.999999999.x.weight': (1,)})
    identity = known(shapes)
    assert identity.extra == ('body.999999999.x.weight',) and not identity.lacks


TABLES = {name: build(name, options) for name, options in CASES[1::6]}
ODD_SIZES = st.lists(st.sampled_from([0, 1, 2, 7, 64, HUGE, 2**63]), max_size=4).map(tuple)


@settings(max_examples=150)
@given(st.data())
def test_damaged_table_is_told_exactly_or_not_at_all(data: st.DataObject) -> None:
    shapes = dict(TABLES[data.draw(st.sampled_from(sorted(TABLES)))])
    for key in data.draw(st.lists(st.sampled_from(sorted(shapes)), max_size=6)):
        shapes.pop(key, None)
    if shapes:
        damaged = st.dictionaries(st.sampled_from(sorted(shapes)), ODD_SIZES, max_size=4)
        shapes.update(data.draw(damaged))
    identity = recognize(shapes)
    if identity is None:
        return
    family = next(one for one in FAMILIES if one.network_type == identity.network_type)
    read = family.read_options(shapes)
    assert read is not None
    expected = family.expected_shapes(**read[0])
    assert set(identity.lacks) == set(expected) - set(shapes)
    assert set(identity.extra) == set(shapes) - set(expected)
    assert identity.matched == len(set(expected.items()) & set(shapes.items()))
    assert section(identity)['type'] == identity.network_type
