"""The command: what it decides by itself, what it refuses, and that nothing is left behind."""

from __future__ import annotations

import argparse
import hashlib
import os
from pathlib import Path
from typing import Any, Dict

import pytest

from basicsr_weightcheck import whole_file
from basicsr_weightcheck.checkpoint.read import read_header
from basicsr_weightcheck.checkpoint.writing import write as writer
from basicsr_weightcheck.cli.main import main
from tests.conversion.conftest import Run, load, same

pytestmark = pytest.mark.torch
State = Dict[str, Any]


def save(content: Any, path: str = 'a.pth', **options: Any) -> None:
    import torch

    torch.save(content, path, **options)


def refused(capfd: Any, *arguments: str) -> str:
    """The one line of an error; nothing else is printed and no file appears."""
    before = sorted(os.listdir('.'))
    assert main(['convert', *arguments]) == 2
    out, err = capfd.readouterr()
    assert out == '' and err.count('\n') == 1 and 'Traceback' not in err
    assert sorted(os.listdir('.')) == before
    return str(err)


def test_the_obvious_is_done_and_said(folder: Path, convert_json: Run, small: State) -> None:
    import torch

    state = {f'module._orig_mod.{key}': value for key, value in small.items()}
    state['total_ops'] = torch.zeros(1)
    save({'state_dict': state, 'epoch': 3, 'optimizer': {'lr': 0.1}})
    code, document = convert_json('a.pth', '-o', 'out.pth')
    assert code == 0 and document['chosen'] == ['take', 'strip', 'drop-profiler']
    assert same(load()['params'], dict(small))
    assert document['changes']['dropped'] == [{'found': 'total_ops', 'why': 'profiler'}]
    assert [one['place'] for one in document['left_out']] == ['epoch', 'optimizer']


def test_with_options_nothing_else_is_done(folder: Path, convert_json: Run, small: State) -> None:
    state = {f'module.{key}': value for key, value in small.items()}
    save({'params': state, 'total_ops': 1})
    code, document = convert_json('a.pth', '-o', 'out.pth', '--drop', '*.running_*')
    assert code == 0 and document['chosen'] == ['take']
    assert list(load()['params']) == [key for key in state if 'running_' not in key]


def test_file_that_torch_refuses_becomes_loadable(
    folder: Path, convert_json: Run, small: State
) -> None:
    import numpy
    import torch

    save({'params': small, 'best': numpy.float64(31.5), 'options': argparse.Namespace(lr=1)})
    with pytest.raises(Exception, match='Unsupported global|Weights only load failed'):
        torch.load('a.pth')
    code, document = convert_json('a.pth', '-o', 'out.pth')
    assert code == 0 and [one['place'] for one in document['left_out']] == ['best', 'options']
    assert same(load()['params'], dict(small)) and list(load()) == ['params']


def test_a_dangerous_file_is_read_and_not_run(
    folder: Path, convert_json: Run, small: State
) -> None:
    class Attack:
        def __reduce__(self) -> Any:
            return os.mkdir, ('called',)

    save({'params': small, 'x': Attack()})
    code, document = convert_json('a.pth', '-o', 'out.pth')
    assert code == 0 and document['dangerous'] == [f'{os.mkdir.__module__}.mkdir']
    assert not os.path.exists('called') and same(load()['params'], dict(small))


@pytest.mark.parametrize('arguments, tables', [
    ([], ['params']),
    (['--wrap', 'params,params_ema'], ['params', 'params_ema']),
    (['--flat'], ['']),
])  # fmt: skip
def test_where_the_tensors_go(folder: Path, small: State, arguments: Any, tables: Any) -> None:
    save(dict(small))
    assert main(['convert', 'a.pth', '-o', 'out.pth', *arguments]) == 0
    assert list(read_header('out.pth').tables) == tables
    found = load()
    assert all(same(found[name] if name else found, dict(small)) for name in tables)


def test_versions_of_modules_follow_their_names(folder: Path, small: State) -> None:
    import torch

    wrapped = torch.nn.Module()
    wrapped.net = torch.nn.Sequential()
    wrapped.net.norm = torch.nn.BatchNorm2d(4)
    save({'params': wrapped.state_dict()})
    assert main(['convert', 'a.pth', '-o', 'out.pth', '--strip-prefix', 'net.']) == 0
    found = load()['params']
    assert found._metadata['norm'] == {'version': 2}
    # The counter of batches is missing: with its version torch says so, as before.
    del found['norm.num_batches_tracked']
    with pytest.raises(RuntimeError, match='num_batches_tracked'):
        wrapped.net.load_state_dict(found, strict=True)


def test_legacy_container_opens(folder: Path, small: State) -> None:
    save({'params': small})
    assert main(['convert', 'a.pth', '-o', 'out.pth', '--container', 'torch-legacy']) == 0
    assert read_header('out.pth').container == 'torch-legacy'
    assert Path('out.pth').read_bytes()[:2] == b'\x80\x02'
    assert same(load()['params'], dict(small))


def test_zip_looks_like_torchs_own(folder: Path, small: State) -> None:
    import zipfile

    save({'params': small})
    assert main(['convert', 'a.pth', '-o', 'out.pth']) == 0
    own, made = zipfile.ZipFile('a.pth'), zipfile.ZipFile('out.pth')
    assert made.testzip() is None
    names = [name.partition('/')[2] for name in made.namelist()]
    assert names == [name.partition('/')[2] for name in own.namelist()]
    specs = read_header('out.pth').tables['params'].tensors
    assert all(s.storage is not None and s.storage.file_offset % 64 == 0 for s in specs)  # type: ignore[operator]
    import torch

    mapped = torch.load('out.pth', mmap=True, weights_only=True)['params']
    assert same(mapped, dict(small))


def test_input_is_never_changed_nor_overwritten(folder: Path, capfd: Any, small: State) -> None:
    save({'params': small})
    os.symlink('a.pth', 'link.pth')
    os.link('a.pth', 'hard.pth')
    digest = hashlib.sha256(Path('a.pth').read_bytes()).hexdigest()
    for name in ('a.pth', './a.pth', 'link.pth', 'hard.pth', os.path.abspath('a.pth')):
        assert 'is the file that is converted' in refused(capfd, 'a.pth', '-o', name, '--force')
    assert 'is the file that is converted' in refused(capfd, 'link.pth', '-o', 'a.pth', '--force')
    assert main(['convert', 'a.pth', '-o', 'out.pth', '--dtype', 'float16']) == 0
    assert hashlib.sha256(Path('a.pth').read_bytes()).hexdigest() == digest


def test_existing_output_needs_force(folder: Path, capfd: Any, small: State) -> None:
    save({'params': small})
    Path('out.pth').write_text('mine')
    assert 'exists already' in refused(capfd, 'a.pth', '-o', 'out.pth')
    assert Path('out.pth').read_text() == 'mine'
    assert main(['convert', 'a.pth', '-o', 'out.pth', '--force']) == 0
    assert same(load()['params'], dict(small))


def test_dry_run_writes_nothing(folder: Path, capfd: Any, small: State) -> None:
    save({'params': small})
    for extra in ([], ['-o', 'out.pth'], ['-o', 'out.pth', '--lang', 'zh']):
        assert main(['convert', 'a.pth', '--dry-run', *extra]) == 0
    out = capfd.readouterr().out
    assert 'Dry run: no file was written.' in out and '试运行' in out
    assert os.listdir('.') == ['a.pth']


def test_same_bytes_at_every_run(folder: Path, small: State) -> None:
    save({'params': small})
    for name in ('one.pth', 'two.pth'):
        assert main(['convert', 'a.pth', '-o', name, '--dtype', 'bfloat16']) == 0
    assert Path('one.pth').read_bytes() == Path('two.pth').read_bytes()


@pytest.mark.parametrize('stop', [KeyboardInterrupt, OSError(28, 'No space left on device')])
def test_an_interruption_leaves_nothing(
    folder: Path, small: State, monkeypatch: pytest.MonkeyPatch, capfd: Any, stop: Any
) -> None:
    def interrupted(*_: Any) -> None:
        raise stop

    save({'params': small})
    monkeypatch.setattr(writer, 'read_back', interrupted)
    code = main(['convert', 'a.pth', '-o', 'out.pth'])
    assert code == (130 if stop is KeyboardInterrupt else 2)
    assert os.listdir('.') == ['a.pth']
    assert 'Traceback' not in capfd.readouterr().err


def test_what_is_read_back_must_be_what_was_written(
    folder: Path, small: State, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    def spoiled(out: Any, *arguments: Any) -> Any:
        crcs = original(out, *arguments)
        out.seek(spot)
        out.write(b'\xff')
        return crcs

    save({'params': small})
    assert main(['convert', 'a.pth', '-o', 'good.pth']) == 0
    storage = read_header('good.pth').tables['params'].tensors[0].storage
    assert storage is not None and storage.file_offset is not None
    spot = storage.file_offset
    original = writer._WRITERS['torch-zip']
    monkeypatch.setitem(writer._WRITERS, 'torch-zip', spoiled)
    capfd.readouterr()
    assert "the tensor 'conv.weight'" in refused(capfd, 'a.pth', '-o', 'out.pth')


def test_bit_rot_in_the_source_stops_it(folder: Path, small: State, capfd: Any) -> None:
    save({'params': small})
    storage = read_header('a.pth').tables['params'].tensors[1].storage
    assert storage is not None and storage.file_offset is not None
    data = bytearray(Path('a.pth').read_bytes())
    data[storage.file_offset] ^= 1
    Path('a.pth').write_bytes(bytes(data))
    line = refused(capfd, 'a.pth', '-o', 'out.pth')
    assert 'the bytes of conv.bias do not match their CRC-32' in line


def test_folder_that_cannot_be_written(
    folder: Path, small: State, capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: Any) -> Any:
        raise PermissionError(13, 'Permission denied')

    save({'params': small})
    monkeypatch.setattr(whole_file, '_made', denied)
    line = refused(capfd, 'a.pth', '-o', 'out.pth')
    assert 'out.pth: cannot be written: Permission denied.' in line


def several(small: State) -> Any:
    return {'params': small, 'params_ema': small}


def two_networks(small: State) -> Any:
    return {
        f'{name}.{key}': v for name in ('generator', 'generator_ema') for key, v in small.items()
    }


def clash(small: State) -> Any:
    return {**small, **{f'net.{key}': value for key, value in small.items()}}


@pytest.mark.parametrize('content, arguments, words', [
    (several, [], 'several tables: params, params_ema. Choose with --take TABLE.'),
    (two_networks, [], 'begin with generator. (7), generator_ema. (7). Choose with --strip-prefix'),
    (several, ['--take', 'ema'], "no table 'ema' in it. Its tables: params, params_ema."),
    (dict, ['--strip-prefix', 'net.'], 'nothing would be left'),
    (dict, ['--rules', 'nope'], "no rules 'nope'. Name a YAML file or one of: compile, "),
    (dict, ['--rules-for', 'a.*'], '--rules-for needs --rules'),
    (dict, ['--in-channels', 'conv.weight:1'], 'belong together'),
    (dict, ['--in-channels', 'no.weight:1', '--channel-mode', 'mean'], "no tensor 'no.weight'"),
    (dict, ['--in-channels', 'conv.weight:9', '--channel-mode', 'slice'], 'cannot get 9 channels'),
    (dict, ['--in-channels', 'conv.weight:2', '--channel-mode', 'tile'], 'cannot get 2 channels'),
    (dict, ['--in-channels', 'conv.bias:9', '--channel-mode', 'mean'], 'cannot get 9 channels'),
    (dict, ['-o', 'nowhere/out.pth'], 'its folder does not exist'),
    (dict, ['-o', '.'], 'is a folder'),
    (several, ['--take', 'params,params_ema', '--container', 'safetensors'], 'one table'),
    (lambda _: {'a': 1}, [], 'holds no table of tensors'),
    (lambda small: {'a\ud800': small['conv.weight']}, ['--container', 'safetensors'],
     "safetensors cannot hold 'a\\ud800'"),
    (lambda small: {'__metadata__': small['conv.weight']}, ['--container', 'safetensors'],
     "safetensors cannot hold '__metadata__'"),
])  # fmt: skip
def test_one_line_for_what_cannot_be_done(
    folder: Path, small: State, capfd: Any, content: Any, arguments: Any, words: str
) -> None:
    save(content(small))
    out = [] if '-o' in arguments else ['-o', 'out.pth']
    assert words in refused(capfd, 'a.pth', *out, *arguments)


def test_tables_with_odd_names(folder: Path, small: State) -> None:
    save({'a,b': small, 'root': {'conv.weight': small['conv.weight']}, 'x': small['conv.bias']})
    for name, keys in (('a,b', list(small)), ('root', ['conv.weight'])):
        assert main(['convert', 'a.pth', '-o', 'out.pth', '--force', '--take', name]) == 0
        assert list(load()['params']) == keys
    save({'a': small, 'b': small})
    assert main(['convert', 'a.pth', '-o', 'out.pth', '--force', '--take', 'b,a']) == 0
    assert list(load()) == ['b', 'a']


def test_two_names_become_one(folder: Path, small: State, capfd: Any) -> None:
    save(clash(small))
    Path('rules.yml').write_text('rename: {net.**: "**"}')
    line = refused(capfd, 'a.pth', '-o', 'out.pth', '--rules', 'rules.yml')
    assert "conv.weight and net.conv.weight would both become 'conv.weight'" in line


def test_broken_and_missing_input(folder: Path, small: State, capfd: Any) -> None:
    save({'params': small})
    data = Path('a.pth').read_bytes()
    Path('cut.pth').write_bytes(data[: len(data) // 2])
    Path('page.pth').write_text('<!DOCTYPE html><title>Quota exceeded</title>')
    Path('empty.pth').write_bytes(b'')
    for name in ('cut.pth', 'page.pth', 'empty.pth', 'missing.pth', '.'):
        assert name in refused(capfd, name, '-o', 'out.pth')
    assert 'no file to write was given' in refused(capfd, 'a.pth')


def test_a_view_cannot_claim_any_size(folder: Path, capfd: Any) -> None:
    import torch

    save({'params': {'x': torch.zeros(1).expand(1 << 40)}})
    assert 'would take 4,398,046,511,104 bytes' in refused(capfd, 'a.pth', '-o', 'out.pth')


def test_conjugate_views_are_not_taken_for_their_bytes(
    folder: Path, convert_json: Run, small: State
) -> None:
    import torch

    save({'params': dict(small, flipped=torch.tensor([1 + 2j]).conj())})
    code, document = convert_json('a.pth', '-o', 'out.pth')
    assert code == 2 and document['advice'].endswith('--drop flipped')
    code, document = convert_json('a.pth', '-o', 'out.pth', '--drop', 'flipped')
    assert code == 0 and list(load()['params']) == list(small)


def test_control_characters_never_reach_the_terminal(folder: Path, capfd: Any) -> None:
    import torch

    save({'params': {'a\x1b[31m\nb': torch.zeros(2)}, '\x1b]0;x\x07': 1})
    assert main(['convert', 'a.pth', '-o', 'out.pth', '--add-prefix', 'net.']) == 0
    assert '\x1b' not in capfd.readouterr().out
    assert list(load()['params']) == ['net.a\x1b[31m\nb']
