"""JSON against its schemas, Markdown, CSV, pictures; bad files end in one line."""

from __future__ import annotations

import csv
import io
import json
import os
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any, Callable

import jsonschema
import pytest

from tests.helpers import ROOT

pytestmark = pytest.mark.torch
Run = Callable[..., 'subprocess.CompletedProcess[str]']
SCHEMAS = {
    name: json.loads((ROOT / 'docs/schemas' / f'{name}-1.json').read_text(encoding='utf-8'))
    for name in ('compare', 'list', 'inspect', 'scan')
}


def checked(done: subprocess.CompletedProcess[str], schema: str) -> Any:
    document = json.loads(done.stdout, parse_constant=lambda name: pytest.fail(name))
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[schema])
    jsonschema.validate(document, SCHEMAS[schema])
    return document


def test_json_of_two_files(run_script: Run) -> None:
    done = run_script('basicsr-weightcheck', 'compare', 'mdta.pth', 'hta.pth', '--format', 'json')
    document = checked(done, 'compare')
    assert done.returncode == 1 and not document['same_structure']
    assert document['strict_load']['one_into_other']['strict'] is False
    assert len(document['keys']['only_one']) == 9
    assert len(document['values']['tensors']) == len(document['keys']['matched']) == 100


def test_json_of_many_files_and_of_one(run_script: Run, guide_files: Path) -> None:
    (guide_files / 'broken.pth').write_bytes(b'<html><title>Quota exceeded</title>')
    words = ['compare', 'mdta.pth', 'hta.pth', 'broken.pth', 'model.pth', '--format', 'json']
    done = run_script('basicsr-weightcheck', *words)
    document = checked(done, 'compare')
    assert done.returncode == 2 and [one['path'] for one in document['failed']] == ['broken.pth']
    assert [c['other']['path'] for c in document['comparisons']] == ['hta.pth', 'model.pth']
    done = run_script('basicsr-weightcheck', 'compare', 'mdta.pth', '--format', 'json')
    assert len(checked(done, 'list')['tensors']) == 109


def test_json_with_nan_is_valid(run_script: Run, guide_files: Path) -> None:
    import torch

    a = torch.tensor([1.0, float('nan'), float('inf')])
    torch.save({'params': {'w': a, 'v': a}}, str(guide_files / 'nan1.pth'))
    torch.save({'params': {'w': a, 'v': a * 2}}, str(guide_files / 'nan2.pth'))
    words = ['compare', 'nan1.pth', 'nan2.pth', '--format', 'json']
    values = checked(run_script('basicsr-weightcheck', *words), 'compare')['values']['tensors']
    assert [value['state'] for value in values] == ['identical', 'not-finite']
    assert values[1]['not_finite'] == [2, 2] and values[1]['max_abs'] == 1.0
    words = ['inspect', 'nan1.pth', '--values', '--format', 'json']
    done = run_script('basicsr-weightcheck', *words)
    health = checked(done, 'inspect')['health']
    assert done.returncode == 1 and health['not_finite'][0]['nan'] == 1


def test_fail_on(run_script: Run) -> None:
    for threshold, files, code in (
        ('structure', ('model1.pth', 'model2.pth'), 0),
        ('values', ('model1.pth', 'model2.pth'), 1),
        ('values', ('model1.pth', 'mdta.pth'), 0),
        ('never', ('mdta.pth', 'hta.pth'), 0),
    ):
        done = run_script('basicsr-weightcheck', 'compare', *files, '--fail-on', threshold)
        assert done.returncode == code, (threshold, files)


def test_markdown_escapes_what_comes_from_files(run_script: Run, guide_files: Path) -> None:
    import torch

    table = {'a|b<script>*': torch.zeros(2), 'line\nbreak\x1b[31m': torch.zeros(3)}
    torch.save({'params': table}, str(guide_files / 'odd.pth'))
    done = run_script('basicsr-weightcheck', 'compare', 'odd.pth', '--format', 'markdown')
    assert '| 1 | a\\|b\\<script\\>\\* | (2,) | 2 |' in done.stdout
    assert '\x1b' not in done.stdout and 'line\\\\nbreak' in done.stdout
    done = run_script('compare_weights_simple.py', 'odd.pth', 'model.pth')
    assert '\x1b' not in done.stdout and 'line\\nbreak\\x1b[31m' in done.stdout


@pytest.mark.parametrize('ending', ['png', 'svg'])
def test_plot(run_script: Run, guide_files: Path, ending: str) -> None:
    out = guide_files / f'change.{ending}'
    words = ['compare', 'model1.pth', 'model2.pth', '--plot', str(out)]
    done = run_script('basicsr-weightcheck', *words, lang='zh')
    assert done.returncode == 0 and done.stderr == ''
    first = out.read_bytes()
    assert first.startswith(b'\x89PNG' if ending == 'png' else b'<?xml') and len(first) > 10_000
    run_script('basicsr-weightcheck', *words, lang='zh')
    assert out.read_bytes() == first
    if ending == 'svg':
        assert b'attn.temperature' in first or b'latent' in first


def test_a_picture_that_cannot_be_made_leaves_one_document(
    run_script: Run, guide_files: Path
) -> None:
    words = ['compare', 'model1.pth', 'model2.pth', '--format', 'json', '--plot', 'change.bmp']
    done = run_script('basicsr-weightcheck', *words)
    assert done.returncode == 2
    assert json.loads(done.stdout)['format'] == 'basicsr-weightcheck.error/1'


def damaged(folder: Path, name: str, change: Callable[[bytes], bytes]) -> str:
    (folder / name).write_bytes(change((folder / 'mdta.pth').read_bytes()))
    return name


BAD_FILES = [
    ('missing.pth', None, 'missing.pth'),
    ('cut.pth', lambda data: data[: len(data) // 2], 'cut'),
    ('html.pth', lambda _: b'<!DOCTYPE html><title>Sign in</title>', 'HTML'),
    ('empty.pth', lambda _: b'', 'empty'),
    ('noise.pth', lambda _: bytes(range(255, 0, -1)) * 9, 'noise.pth'),
]


@pytest.mark.parametrize('name, change, word', BAD_FILES, ids=[name for name, _, _ in BAD_FILES])
def test_bad_files_end_in_one_line(
    run_script: Run, guide_files: Path, name: str, change: Any, word: str
) -> None:
    if change is not None:
        damaged(guide_files, name, change)
    for words in (['compare', 'mdta.pth', name], ['compare', name], ['inspect', name]):
        done = run_script('basicsr-weightcheck', *words)
        if words == ['inspect', 'cut.pth']:  # what is left of it is shown
            assert done.returncode == 1 and 'is cut' in done.stdout
            continue
        assert done.returncode == 2 and done.stdout == '', words
        assert done.stderr.count('\n') == 1 and word in done.stderr
        done = run_script('basicsr-weightcheck', *words, '--format', 'json')
        assert done.returncode == 2
        assert json.loads(done.stdout)['format'] == 'basicsr-weightcheck.error/1'


def test_a_file_without_tensors_or_without_the_table(run_script: Run, guide_files: Path) -> None:
    import torch

    torch.save({'epoch': 3, 'iter': 5}, str(guide_files / 'state.pth'))
    for words in (['compare', 'mdta.pth', 'state.pth'], ['inspect', 'state.pth']):
        done = run_script('basicsr-weightcheck', *words)
        assert done.returncode == 2 and 'no table of tensors' in done.stderr
    done = run_script('basicsr-weightcheck', 'inspect', '--ema', 'mdta.pth')
    assert done.returncode == 2 and 'params_ema' in done.stderr and 'params' in done.stderr


def test_never_identical_without_a_common_tensor(run_script: Run, guide_files: Path) -> None:
    import torch

    torch.save({'params': {'other': torch.zeros(3)}}, str(guide_files / 'other.pth'))
    torch.save({'params': {}}, str(guide_files / 'nothing.pth'))
    words = ['compare', 'mdta.pth', 'other.pth', '--format', 'json']
    document = checked(run_script('basicsr-weightcheck', *words), 'compare')
    assert not document['same_structure'] and document['same_values'] is False
    assert document['strict_load']['one_into_other']['strict'] is None
    text = run_script('compare_weights_simple.py', 'mdta.pth', 'other.pth').stdout
    assert 'would load nothing' in text and '[OK]' not in text
    assert run_script('compare_weights_simple.py', 'mdta.pth', 'nothing.pth').returncode == 2


def test_nested_and_flat_prefixed_and_two_tables(run_script: Run, guide_files: Path) -> None:
    import torch

    table = torch.load(str(guide_files / 'mdta.pth'))['params']
    torch.save(table, str(guide_files / 'flat.pth'))
    torch.save({f'module.{k}': v for k, v in table.items()}, str(guide_files / 'parallel.pth'))
    torch.save({f'net_g.{k}': v for k, v in table.items()}, str(guide_files / 'wrapped.pth'))
    text = run_script('compare_weights_simple.py', 'mdta.pth', 'flat.pth').stdout
    assert 'One file is nested, the other flat' in text and 'param_key_g: ~' in text
    done = run_script('compare_weights_simple.py', 'mdta.pth', 'parallel.pth')
    assert done.returncode == 0 and "'module.' of model 2 was taken off" in done.stdout
    done = run_script('compare_weights_simple.py', 'mdta.pth', 'wrapped.pth')
    assert done.returncode == 1 and "'net_g.' of model 2 was taken off" in done.stdout
    assert 'remove the prefix first' in done.stdout and 'strict_load_g: true\n' not in done.stdout
    key = next(iter(table))  # one name is as it should be: it loads, and the prefix still comes off
    mixed = {f'net_g.{k}' if k != key else k: v for k, v in table.items()}
    torch.save({'params': mixed}, str(guide_files / 'mixed.pth'))
    text = run_script('compare_weights_simple.py', 'mdta.pth', 'mixed.pth').stdout
    assert "'net_g.' of model 2 was taken off" in text and '; 1 of 109 tensors' in text
    assert 'pretrain_network_g' not in text and 'would load nothing' not in text
    text = run_script('compare_weights_simple.py', 'mdta.pth', 'both.pth').stdout
    assert 'table params (109' in text and 'also holds params_ema (109), not compared' in text
    words = ['compare', 'mdta.pth', 'both.pth', '--table2', 'params_ema', '--format', 'json']
    document = checked(run_script('basicsr-weightcheck', *words), 'compare')
    assert document['other']['table'] == 'params_ema' and document['same_values']


def test_entries_that_are_no_tensors_stop_a_strict_load(run_script: Run, guide_files: Path) -> None:
    import torch

    table = dict(torch.load(str(guide_files / 'mdta.pth'))['params'], epoch=7)
    torch.save({'params': table}, str(guide_files / 'stray.pth'))
    done = run_script('compare_weights_simple.py', 'stray.pth', 'mdta.pth')
    assert (
        done.returncode == 1 and '(epoch)' in done.stdout and 'strict_load_g: false' in done.stdout
    )


def test_a_crc_of_zero_proves_nothing(tmp_path: Path) -> None:
    import torch

    from basicsr_weightcheck.workflow.compare import compare

    config = torch.utils.serialization.config.save
    kept = config.compute_crc32
    try:
        config.compute_crc32 = False
        torch.save({'w': torch.ones(4)}, str(tmp_path / 'a.pth'))
        torch.save({'w': torch.ones(4) * 2}, str(tmp_path / 'b.pth'))
    finally:
        config.compute_crc32 = kept
    (value,) = compare(str(tmp_path / 'a.pth'), str(tmp_path / 'b.pth')).values or ()
    assert value.state == 'different' and value.max_abs == 1.0


def test_exact_finds_what_a_forged_crc_hides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other bytes under the same CRC-32: four bytes are enough to make one."""
    import torch

    from basicsr_weightcheck.workflow import compare as module
    from basicsr_weightcheck.workflow.compare import compare

    monkeypatch.setattr(module, 'SMALL_BYTES', 0)  # as files of 64 MiB and more

    one, other = colliding_floats()
    torch.save({'w': torch.frombuffer(bytearray(one), dtype=torch.float32)}, str(tmp_path / 'a'))
    torch.save({'w': torch.frombuffer(bytearray(other), dtype=torch.float32)}, str(tmp_path / 'b'))
    paths = str(tmp_path / 'a'), str(tmp_path / 'b')
    (trusted,) = compare(*paths).values or ()
    (exact,) = compare(*paths, exact=True).values or ()
    assert (trusted.state, trusted.proof) == ('identical', 'crc32')
    assert exact.state == 'different'


def colliding_floats() -> tuple[bytes, bytes]:
    """Two byte strings of 16 with one CRC-32: change the head, then solve for the last four."""
    one = struct.pack('<4f', 1.0, 2.0, 3.0, 4.0)
    head = struct.pack('<3f', 1.5, 2.0, 3.0)
    wanted = zlib.crc32(one)
    # CRC-32 is affine in the last four bytes: 32 equations over bits.
    base = zlib.crc32(head + bytes(4))
    columns = [zlib.crc32(head + (1 << bit).to_bytes(4, 'little')) ^ base for bit in range(32)]
    target, tail = base ^ wanted, 0
    rows = [(column, 1 << bit) for bit, column in enumerate(columns)]
    for position in reversed(range(32)):
        pivot = next((row for row in rows if row[0] >> position & 1), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows = [(c ^ pivot[0], m ^ pivot[1]) if c >> position & 1 else (c, m) for c, m in rows]
        if target >> position & 1:
            target, tail = target ^ pivot[0], tail ^ pivot[1]
    other = head + tail.to_bytes(4, 'little')
    assert zlib.crc32(other) == wanted and other != one
    return one, other


def test_scan_output_formats(run_script: Run, guide_files: Path) -> None:
    (guide_files / 'train.yml').write_text(
        'name: x\nmodel_type: SRModel\nnum_gpu: 0\nscale: 1\nnetwork_g: {type: MSRResNet, '
        'num_in_ch: 3, num_out_ch: 3, num_feat: 8, num_block: 1, upscale: 4}\npath: {}\n'
    )
    words = ['scan', '-opt', 'train.yml', 'mdta.pth', 'both.pth', 'gone.pth']
    document = checked(run_script('basicsr-weightcheck', *words, '--format', 'json'), 'scan')
    assert [row['reason'] for row in document['files']] == ['nothing', 'nothing', 'error']
    done = run_script('basicsr-weightcheck', *words, '--format', 'csv')
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert done.returncode == 1 and {row['path'] for row in rows} == {
        'both.pth', 'gone.pth', 'mdta.pth',
    }  # fmt: skip
    assert '| both.pth |' in run_script(
        'basicsr-weightcheck', *words, '--format', 'markdown'
    ).stdout.replace('\\', '')


def test_missing_numpy_is_said(guide_files: Path) -> None:
    code = (
        'import sys; sys.modules["numpy"] = None\n'
        f'sys.path.insert(0, {str(ROOT)!r})\n'
        'from basicsr_weightcheck.cli.main import main\n'
        'same = main(["compare", "mdta.pth", "model.pth", "--style", "plain"])\n'
        'print(same, main(["compare", "model1.pth", "model2.pth"]), file=sys.stderr)\n'
    )
    import sys

    done = subprocess.run(
        [sys.executable, '-c', code], cwd=str(guide_files), stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, env=dict(os.environ, WEIGHTCHECK_LANG='en'),
    )  # fmt: skip
    assert 'needs numpy' in done.stderr and done.stderr.strip().endswith('0 2')
