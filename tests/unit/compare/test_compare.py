"""Groups hold every key once; tied tensors count once; prefixes are found by the names."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.compare.fit import compared, fit, no_fit
from basicsr_weightcheck.compare.key_names import by_module, fold_endings, group_keys
from basicsr_weightcheck.compare.tables import asked_table, compare_table
from basicsr_weightcheck.errors import UsageError
from basicsr_weightcheck.records.names import ALL, EACH, cutter, fits, in_order, split_keys
from basicsr_weightcheck.records.tensors import (
    Coverage,
    FileDict,
    Listing,
    NetworkSpec,
    Scalar,
    TensorSpec,
    summary,
    walk,
)
from basicsr_weightcheck.version import version_numbers
from tests.helpers import write_tables

Shapes = Dict[str, Tuple[int, ...]]
WORDS = st.sampled_from(['body', 'conv', '0', '1', '2', '10', 'weight', 'bias'])
KEYS = st.lists(WORDS, min_size=1, max_size=4).map('.'.join)
SHAPES = st.dictionaries(KEYS, st.sampled_from([(1,), (2,), (2, 3)]), max_size=25)


def network(shapes: Shapes, aliases: Tuple[Tuple[str, ...], ...] = ()) -> NetworkSpec:
    tensors = (
        TensorSpec(key, shape, 'float32', is_parameter=True) for key, shape in shapes.items()
    )
    return NetworkSpec('Net', tuple(tensors), aliases)


def table(shapes: Shapes) -> FileDict:
    return FileDict(
        tuple((key, TensorSpec(key, shape, 'float32')) for key, shape in shapes.items())
    )


def test_a_module_is_named_down_to_where_the_names_part() -> None:
    assert by_module(['g.net.a.w', 'g.net.b.w', 'g.net.b.b']) == (('g.net.a', 1), ('g.net.b', 2))
    assert by_module(['g.a.w', 'g.a.b']) == (('g.a', 2),)
    assert by_module(['w', 'b']) == (('w', 1), ('b', 1)) and by_module([]) == ()


def test_a_word_that_names_no_table_is_not_the_root() -> None:
    assert asked_table('root', ['', 'params'], 'a.pth') == ''
    for asked, tables in (('ema', ['', 'params']), ('root', ['params'])):
        with pytest.raises(UsageError, match='no table'):
            asked_table(asked, tables, 'a.pth')


def test_numbers_in_a_row_are_a_range() -> None:
    for numbers, shown in (([0, 1, 2, 3], '{0..3}'), ([4, 5], '{4,5}'), ([0, 1, 3], '{0,1,3}')):
        keys = [f'body.{number}.w' for number in numbers]
        (group,) = group_keys(keys, {key: (1,) for key in keys}, {})
        assert group.pattern == f'body.{shown}.w'


def test_the_row_of_a_file_that_has_no_table(tmp_path: Path) -> None:
    expected = network({'w': (3,), 'b': (1,)})
    header = read_header(write_tables(str(tmp_path / 'a.pth'), {}))
    rows = fit(header, expected), compared(header, expected, ''), no_fit('a.pth', expected, 'so')
    for row in rows:
        assert (row.table, row.strict, row.reason) == (None, None, 'error') and row.detail
        numbers = row.tensors_loaded, row.missing, row.unexpected, row.mismatched
        assert numbers == (0, 0, 0, 0) and row.fraction == row.convertible == 0
        assert row.tensors_expected == 2


@given(SHAPES)
def test_groups_hold_every_key_once_and_one_shape(shapes: Shapes) -> None:
    groups = group_keys(list(shapes), shapes, {})
    assert sorted(key for group in groups for key in group.keys) == sorted(shapes)
    assert all({shapes[key] for key in group.keys} == {group.expected} for group in groups)
    assert sum(row.count for row in fold_endings(groups)) == len(shapes)


@given(SHAPES, SHAPES)
def test_every_key_is_in_exactly_one_part(expected: Shapes, found: Shapes) -> None:
    difference = compare_table(table(found), 'params', network(expected))
    mismatched = [item.key for item in difference.mismatched]
    parts = [*difference.matched, *difference.missing, *mismatched]
    assert sorted(parts) == sorted(expected)
    assert sorted([*difference.matched, *difference.unexpected, *mismatched]) == sorted(found)


def test_levels_fold_into_one_ending() -> None:
    shapes: Shapes = {
        f'encoder_level{level}.{block}.attn.mdc_q.weight': (16 * level, 1, 3, 3)
        for level in (1, 2, 3)
        for block in range(4)
    }
    (row,) = fold_endings(group_keys(list(shapes), shapes, {}))
    assert (row.pattern, row.count) == ('*.attn.mdc_q.weight', 12)
    assert row.expected == ((16, 1, 3, 3), (32, 1, 3, 3), (48, 1, 3, 3))


def test_tied_tensors_count_once_and_load_together() -> None:
    spec = network({'a': (4,), 'b': (4,), 'c': (2,)}, aliases=(('a', 'b'),))
    assert Coverage.of(spec, ()).parameters_expected == 6
    assert Coverage.of(spec, ('b',)).parameters_loaded == 4


def test_a_prefix_is_found_by_the_names() -> None:
    expected: Shapes = {'conv.weight': (3,), 'conv.bias': (1,), 'head.weight': (2,)}
    found = {f'generator.{key}': shape for key, shape in expected.items()}
    difference = compare_table(table(found), '', network(expected))
    best = difference.renames[0]
    assert (best.kind, best.found, best.matched) == ('prefix-strip', 'generator.', 3)


def test_numbers_in_names_count_as_numbers() -> None:
    assert in_order(['a10.b', 'a2.b', 'a2.10', 'a2.9', 'a']) == (
        'a',
        'a2.9',
        'a2.10',
        'a2.b',
        'a10.b',
    )


def test_prefixes_are_cut_as_the_loaders_do_it() -> None:
    names = ['module.a', 'module.module.b', 'c']
    assert list(map(cutter(EACH, names), names)) == ['a', 'module.b', 'c']
    assert list(map(cutter(ALL, names), names)) == names  # not all have it
    wrapped = ['module.netG.a', 'module.netG.b']
    assert list(map(cutter(ALL, wrapped), wrapped)) == ['a', 'b']


@given(SHAPES, SHAPES)
def test_every_name_is_in_one_part_of_a_split(expected: Shapes, found: Shapes) -> None:
    split = split_keys(expected, found)
    assert sorted((*split.matched, *split.missing, *split.resized)) == sorted(expected)
    assert all(expected[key] == found[key] for key in split.matched)
    assert all(expected[key] != found[key] for key in split.resized)
    assert list(split.unexpected) == [key for key in found if key not in expected]
    assert not set(split.missing) & set(found)


def test_torch_fills_a_number_from_a_list_of_one() -> None:
    assert split_keys({'a': ()}, {'a': (1,)}).resized == ('a',)
    assert split_keys({'a': ()}, {'a': (1,)}, fits).matched == ('a',)
    assert not fits((1,), ())


@pytest.mark.parametrize(
    'version, takes',
    [('1.13.1', True), ('2.9.1', True), ('2.10.0', False), ('', False)],
)
def test_older_torch_takes_the_first_of_several_numbers(
    version: str, takes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = 'basicsr_weightcheck.records.names.installed_version'
    monkeypatch.setattr(place, lambda package: version or None)
    assert fits((), (3,)) is takes and fits((), (1,))
    assert not fits((), (0,)) and not fits((), (3, 1)) and not fits((1,), (3,))


def test_a_version_is_read_from_whatever_follows_its_numbers() -> None:
    assert version_numbers('2.13.0+cpu') == (2, 13) == version_numbers('2.13rc1')
    assert version_numbers('unknown') == () < version_numbers('0.4.1')


def test_a_tree_is_walked_in_file_order() -> None:
    inner = table({'a': (2,)})
    root = FileDict((('list', Listing((Scalar(1), inner))), ('iter', Scalar(5))))
    places = ['.'.join(place) for place, _ in walk(root)]
    assert places == ['', 'list', 'list.0', 'list.1', 'list.1.a', 'iter']
    assert [summary(value) for _, value in root.entries] == ['list (2)', '5']
