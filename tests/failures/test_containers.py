"""Classes 7, 12, 16, 18, 21, 28, 29, 35, 39, 43, 45: files that torch cannot read, or will not."""

from __future__ import annotations

import argparse
import dataclasses
import gzip
import io
import json
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Callable, Dict

import pytest

from basicsr_weightcheck.rehearsal.stage import Stage
from tests.agreement.real_run import is_clean
from tests.training import Training

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]
LFS = b'version https://git-lfs.github.com/spec/v1\noid sha256:4665\nsize 66992547\n'
HTML = b'\n<!DOCTYPE html><html><head><title>Google Drive - Quota exceeded</title></head></html>'


def put(content: bytes) -> None:
    Path('weights.pth').write_bytes(content)


def saved(training: Training, content: Any, **options: Any) -> bytes:
    training.save(content, **options)
    return Path('weights.pth').read_bytes()


def rezipped(data: bytes) -> bytes:
    """Unpacked by the system, and packed again without the folder."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, 'w') as new:
        for name in old.namelist():
            new.writestr(name.split('/', 1)[1], old.read(name))
    return target.getvalue()


def in_tar(data: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode='w') as archive:
        entry = tarfile.TarInfo('net_g.pth')
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return target.getvalue()


def in_zip(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, 'w') as archive:
        archive.writestr('net_g.pth', data)
    return target.getvalue()


# class: what the download or the tool makes of a good file, words that name it
BROKEN: Dict[str, Any] = {
    '7-empty': (lambda data: b'', 'empty'),
    '7-zeroed': (lambda data: bytes(len(data)), 'zeros'),
    '12-lfs': (lambda data: LFS, 'Git-LFS pointer'),
    '16-html': (lambda data: HTML, 'Quota exceeded'),
    '16-json': (lambda data: b'{"error": "not found"}', 'JSON'),
    '28-ncnn': (lambda data: b'7767517\n75 83\nInput data 0 1 data\n', 'ncnn'),
    '43-tar': (in_tar, 'tar'),
    '43-gzip': (gzip.compress, 'gzip'),
    '43-7z': (lambda data: b'7z\xbc\xaf\x27\x1c' + data, '7z'),
    '43-rar': (lambda data: b'Rar!\x1a\x07\x00' + data, 'RAR'),
    '45-rezipped': (rezipped, 'zipped again'),
    '45-double': (in_zip, 'net_g.pth'),
}


def of_class(number: int) -> pytest.MarkDecorator:
    names = [name for name in BROKEN if name.startswith(f'{number}-')]
    return pytest.mark.parametrize('kind', names)


def assert_named(training: Training, weights: State, kind: str) -> None:
    """The cause comes first, weights_only=False is not advised, and the good file loads."""
    spoil, words = BROKEN[kind]
    good = saved(training, {'params': weights})
    put(spoil(good))
    answer = training.check()
    assert (answer.exit_code, answer.verdict) == (1, 'unusable-file'), answer.json
    assert answer.codes_of(0) == ['WC101'], answer.codes
    assert words in answer.found('WC101')['message']
    assert 'weights_only=False' not in json.dumps(answer.json)
    assert answer.recommendation is None
    assert training.really_load()[0].error
    put(good)
    assert training.check().exit_code == 0 and training.really_load()[0].error == ''


@pytest.mark.fires('WC101')
@pytest.mark.failure(7, 'WC101')
@of_class(7)
def test_never_written(basicsr: Training, weights: State, kind: str) -> None:
    assert_named(basicsr, weights, kind)


@pytest.mark.failure(12, 'WC101')
@of_class(12)
def test_git_lfs(basicsr: Training, weights: State, kind: str) -> None:
    assert_named(basicsr, weights, kind)


@pytest.mark.failure(16, 'WC101')
@of_class(16)
def test_error_pages(basicsr: Training, weights: State, kind: str) -> None:
    """Silent trap 11."""
    assert_named(basicsr, weights, kind)


@pytest.mark.failure(28, 'WC101')
@of_class(28)
def test_other_frameworks(basicsr: Training, weights: State, kind: str) -> None:
    assert_named(basicsr, weights, kind)


@pytest.mark.failure(43, 'WC101')
@of_class(43)
def test_archives(basicsr: Training, weights: State, kind: str) -> None:
    assert_named(basicsr, weights, kind)


@pytest.mark.failure(45, 'WC101')
@of_class(45)
def test_zipped_again(basicsr: Training, weights: State, kind: str) -> None:
    assert_named(basicsr, weights, kind)


def test_a_suffix_says_nothing(basicsr: Training, weights: State) -> None:
    basicsr.save({'params': weights}, 'net.pth.tar')
    basicsr.change('weights.pth', 'net.pth.tar')
    assert basicsr.check().exit_code == 0 and basicsr.really_load()[0].error == ''


@pytest.mark.fires('WC103')
@pytest.mark.failure(7, 'WC103')
@pytest.mark.parametrize('zipped', [True, False])
def test_a_cut_file(basicsr: Training, weights: State, zipped: bool) -> None:
    good = saved(basicsr, {'params': weights}, _use_new_zipfile_serialization=zipped)
    put(good[: len(good) * 2 // 3])
    answer = basicsr.check()
    assert (answer.exit_code, answer.verdict, answer.first()) == (1, 'unusable-file', 'WC103')
    assert basicsr.really_load()[0].error
    said = basicsr.prints('--no-report', '--details').out
    assert 'what is left of the file' in said and 'stay random' not in said
    put(good)
    assert basicsr.check().exit_code == 0 and basicsr.really_load()[0].error == ''


@pytest.mark.failure(7, 'WC103')
@pytest.mark.parametrize('rehearsed', [True, False])
@pytest.mark.parametrize('container', ['zip', 'legacy'])
def test_a_cut_file_is_counted_by_what_it_holds(
    basicsr: Training, container: str, rehearsed: bool
) -> None:
    """Never "loaded all" beside "training stops": the bytes of half of them are gone."""
    basicsr.change('num_feat: 8', 'num_feat: 64')
    many = basicsr.network().state_dict()
    good = saved(basicsr, {'params': many}, _use_new_zipfile_serialization=container == 'zip')
    put(good[: len(good) // 2])
    answer = basicsr.check(*[] if rehearsed else ['--no-rehearsal'])
    (load,) = answer.loads
    assert (answer.exit_code, answer.verdict, answer.first()) == (1, 'unusable-file', 'WC103')
    assert load['outcomes']['configured']['loads'] is False
    lost = answer.facts('WC103')
    assert 0 < lost['missing'] < len(many)
    assert load['coverage'] is None  # nothing is loaded
    keys = load['closest']['keys']
    assert load['closest']['coverage']['tensors']['loaded'] == keys['matched'] > 0
    assert len(keys['missing']) == lost['missing'] == len(many) - keys['matched']
    assert basicsr.really_load()[0].error


@pytest.mark.fires('WC106')
@pytest.mark.failure(39, 'WC106')
def test_safetensors(basicsr: Training, weights: State) -> None:
    blobs, table, at = b'', {}, 0
    for key, value in weights.items():
        data = value.numpy().tobytes()
        table[key] = {
            'dtype': 'F32', 'shape': list(value.shape), 'data_offsets': [at, at + len(data)],
        }  # fmt: skip
        blobs, at = blobs + data, at + len(data)
    header = json.dumps(table).encode()
    put(struct.pack('<Q', len(header)) + header + blobs)
    answer = basicsr.cured()
    assert answer.first() == 'WC106' and answer.verdict == 'convert'
    answer.convert()
    assert all(is_clean(call) for call in basicsr.really_load())


class Plain:
    """Pickled by name, as a class of a training script."""


def numpy_scalar(state: State) -> Any:
    import numpy

    return {'params': state, 'best': numpy.float64(31.5)}


@pytest.mark.failure(18, 'WC104')
@pytest.mark.parametrize('extra', [
    argparse.Namespace(lr=1e-4), Path('a.pth'), Plain(),
])  # fmt: skip
def test_objects_beside_the_weights(basicsr: Training, weights: State, extra: Any) -> None:
    basicsr.save({'params': weights, 'args': extra})
    answer = basicsr.check()
    assert answer.first() == 'WC104' and answer.exit_code == 1
    assert type(extra).__module__.split('.')[0] in answer.found('WC104')['message']
    assert 'weights_only=False' not in json.dumps(answer.json)
    assert basicsr.really_load()[0].error == 'UnpicklingError'
    basicsr.save({'params': weights})
    assert basicsr.check().exit_code == 0 and basicsr.really_load()[0].error == ''


@pytest.mark.fires('WC104')
@pytest.mark.failure(29, 'WC104')
def test_numpy_values_beside_the_weights(basicsr: Training, weights: State) -> None:
    basicsr.save(numpy_scalar(weights))
    answer = basicsr.check()
    assert (answer.exit_code, answer.first()) == (1, 'WC104')
    assert 'numpy' in answer.found('WC104')['message']
    assert basicsr.really_load()[0].error == 'UnpicklingError'


@pytest.mark.failure(35, 'WC104')
@pytest.mark.parametrize('wrapped', [True, False])
def test_a_whole_network(basicsr: Training, weights: State, wrapped: bool) -> None:
    network = basicsr.network()
    basicsr.save({'params': network} if wrapped else network)
    answer = basicsr.check()
    assert (answer.exit_code, answer.first()) == (1, 'WC104'), answer.codes
    assert 'weights_only=False' not in json.dumps(answer.json)
    assert basicsr.really_load()[0].error
    basicsr.save({'params': network.state_dict()})
    assert basicsr.check().exit_code == 0 and basicsr.really_load()[0].error == ''


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the child say that it has other versions: neither torch 1.5 nor NumPy 1 runs here."""

    def pretend(**versions: Any) -> None:
        real = Stage.rehearse

        def rehearse(self: Stage, *arguments: Any) -> Any:
            answer = real(self, *arguments)
            outcomes = tuple(_as_old_torch(load) for load in answer.loads)
            return dataclasses.replace(answer, loads=outcomes, **versions)

        monkeypatch.setattr(Stage, 'rehearse', rehearse)

    return pretend


def _as_old_torch(load: Any) -> Any:
    """What no weights_only stops loads."""
    run = load.configured._replace(loads=True, error='', message='')
    return dataclasses.replace(load, configured=run, strict_true=run, strict_false=run)


@pytest.mark.fires('WC109')
@pytest.mark.failure(21, 'WC109')
def test_a_torch_before_the_zip_format(basicsr: Training, weights: State, pretend: Any) -> None:
    basicsr.save({'params': weights})
    pretend(torch_version='1.5.1')
    answer = basicsr.check()
    assert (answer.exit_code, answer.first()) == (1, 'WC109')
    assert '1.5.1' in answer.found('WC109')['message']
    basicsr.save({'params': weights}, _use_new_zipfile_serialization=False)
    assert 'WC109' not in basicsr.check().codes
    assert basicsr.really_load()[0].error == ''


def test_a_torch_with_the_zip_format_is_quiet(
    basicsr: Training, weights: State, pretend: Any
) -> None:
    basicsr.save({'params': weights})
    pretend(torch_version='1.10.0+cu113')
    assert 'WC109' not in basicsr.check().codes


@pytest.mark.fires('WC110')
@pytest.mark.failure(29, 'WC110')
def test_numpy_2_names_and_an_older_numpy(basicsr: Training, weights: State, pretend: Any) -> None:
    basicsr.save(numpy_scalar(weights))
    pretend(torch_version='2.1.0', numpy_version='1.26.4')
    answer = basicsr.check()
    assert (answer.exit_code, answer.first()) == (1, 'WC110'), answer.codes
    assert 'numpy._core' in answer.found('WC110')['message']


@pytest.mark.parametrize('torch_version, numpy_version', [
    ('2.1.0', '2.1.3'), ('2.13.0', '1.26.4'), ('2.1.0', ''),
])  # fmt: skip
def test_numpy_names_that_are_there_are_quiet(
    basicsr: Training, weights: State, pretend: Any, torch_version: str, numpy_version: str
) -> None:
    basicsr.save(numpy_scalar(weights))
    pretend(torch_version=torch_version, numpy_version=numpy_version)
    assert 'WC110' not in basicsr.check().codes


@pytest.mark.fires('WC241')
@pytest.mark.parametrize('key', ['epoch', 'list'])
def test_a_table_that_is_none(basicsr: Training, weights: State, key: str) -> None:
    """No rule of its own: the framework's words are said, and the check fails."""
    basicsr.save({'epoch': 3, 'list': [1], 'other': weights})
    basicsr.change('  resume_state', f'  param_key_g: {key}\n  resume_state')
    answer = basicsr.check()
    assert answer.exit_code == 1 and answer.first() in ('WC205', 'WC241'), answer.codes
    assert basicsr.really_load()[0].error in ('AttributeError', 'TypeError')
