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

from basicsr_weightcheck.cli.main import main
from basicsr_weightcheck.rehearsal.stage import Stage
from tests.agreement.conftest import RepairedBasicsr
from tests.agreement.real_run import is_clean
from tests.failures.training_folder import TrainingFolder, codes, convert, first

pytestmark = [pytest.mark.torch, pytest.mark.basicsr]
State = Dict[str, Any]
LFS = b'version https://git-lfs.github.com/spec/v1\noid sha256:4665\nsize 66992547\n'
HTML = b'\n<!DOCTYPE html><html><head><title>Google Drive - Quota exceeded</title></head></html>'


def put(content: bytes) -> None:
    Path('weights.pth').write_bytes(content)


def saved(training: TrainingFolder, content: Any, **options: Any) -> bytes:
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


def assert_named(training: TrainingFolder, weights: State, kind: str) -> None:
    """The cause comes first, weights_only=False is not advised, and the good file loads."""
    spoil, words = BROKEN[kind]
    good = saved(training, {'params': weights})
    put(spoil(good))
    code, document = training.check()
    assert (code, document['verdict'], first(document)) == (1, 'unusable-file', 'WC101'), document
    assert len(document['loads'][0]['findings']) == 1, codes(document)
    assert words in document['loads'][0]['findings'][0]['message']
    assert 'weights_only=False' not in json.dumps(document)
    assert document['recommendation'] is None
    assert training.really_load()[0].error
    put(good)
    assert training.check()[0] == 0 and training.really_load()[0].error == ''


@pytest.mark.fires('WC101')
@pytest.mark.failure(7, 'WC101')
@of_class(7)
def test_never_written(training: TrainingFolder, weights: State, kind: str) -> None:
    assert_named(training, weights, kind)


@pytest.mark.failure(12, 'WC101')
@of_class(12)
def test_git_lfs(training: TrainingFolder, weights: State, kind: str) -> None:
    assert_named(training, weights, kind)


@pytest.mark.failure(16, 'WC101')
@of_class(16)
def test_error_pages(training: TrainingFolder, weights: State, kind: str) -> None:
    """Silent trap 11."""
    assert_named(training, weights, kind)


@pytest.mark.failure(28, 'WC101')
@of_class(28)
def test_other_frameworks(training: TrainingFolder, weights: State, kind: str) -> None:
    assert_named(training, weights, kind)


@pytest.mark.failure(43, 'WC101')
@of_class(43)
def test_archives(training: TrainingFolder, weights: State, kind: str) -> None:
    assert_named(training, weights, kind)


@pytest.mark.failure(45, 'WC101')
@of_class(45)
def test_zipped_again(training: TrainingFolder, weights: State, kind: str) -> None:
    assert_named(training, weights, kind)


def test_a_suffix_says_nothing(training: TrainingFolder, weights: State) -> None:
    training.save({'params': weights}, 'net.pth.tar')
    training.change('weights.pth', 'net.pth.tar')
    assert training.check()[0] == 0 and training.really_load()[0].error == ''


@pytest.mark.fires('WC103')
@pytest.mark.failure(7, 'WC103')
@pytest.mark.parametrize('zipped', [True, False])
def test_a_cut_file(
    training: TrainingFolder, weights: State, zipped: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    good = saved(training, {'params': weights}, _use_new_zipfile_serialization=zipped)
    put(good[: len(good) * 2 // 3])
    code, document = training.check()
    assert (code, document['verdict'], first(document)) == (1, 'unusable-file', 'WC103')
    assert training.really_load()[0].error
    main(['check', '-opt', 'train.yml', '--no-report', '--details'])
    said = capfd.readouterr().out
    assert 'what is left of the file' in said and 'stay random' not in said
    put(good)
    assert training.check()[0] == 0 and training.really_load()[0].error == ''


@pytest.mark.failure(7, 'WC103')
@pytest.mark.parametrize('rehearsed', [True, False])
@pytest.mark.parametrize('container', ['zip', 'legacy'])
def test_a_cut_file_is_counted_by_what_it_holds(
    training: TrainingFolder, basicsr: RepairedBasicsr, container: str, rehearsed: bool
) -> None:
    """Never "loaded all" beside "training stops": the bytes of half of them are gone."""
    training.change('num_feat: 8', 'num_feat: 64')
    many = basicsr.build_network(dict(training.options()['network_g'])).state_dict()
    good = saved(training, {'params': many}, _use_new_zipfile_serialization=container == 'zip')
    put(good[: len(good) // 2])
    code, document = training.check(*[] if rehearsed else ['--no-rehearsal'])
    (load,) = document['loads']
    assert (code, document['verdict'], first(document)) == (1, 'unusable-file', 'WC103')
    assert load['outcomes']['configured']['loads'] is False
    lost = dict(load['findings'][0]['parameters'])
    assert 0 < lost['missing'] < len(many)
    assert load['coverage'] is None  # nothing is loaded
    keys = load['closest']['keys']
    assert load['closest']['coverage']['tensors']['loaded'] == keys['matched'] > 0
    assert len(keys['missing']) == lost['missing'] == len(many) - keys['matched']
    assert training.really_load()[0].error


@pytest.mark.fires('WC106')
@pytest.mark.failure(39, 'WC106')
def test_safetensors(training: TrainingFolder, weights: State) -> None:
    blobs, table, at = b'', {}, 0
    for key, value in weights.items():
        data = value.numpy().tobytes()
        table[key] = {
            'dtype': 'F32', 'shape': list(value.shape), 'data_offsets': [at, at + len(data)],
        }  # fmt: skip
        blobs, at = blobs + data, at + len(data)
    header = json.dumps(table).encode()
    put(struct.pack('<Q', len(header)) + header + blobs)
    document = training.cured()
    assert first(document) == 'WC106' and document['verdict'] == 'convert'
    convert(document)
    assert all(is_clean(call) for call in training.really_load())


class Plain:
    """Pickled by name, as a class of a training script."""


def numpy_scalar(state: State) -> Any:
    import numpy

    return {'params': state, 'best': numpy.float64(31.5)}


@pytest.mark.failure(18, 'WC104')
@pytest.mark.parametrize('extra', [
    argparse.Namespace(lr=1e-4), Path('a.pth'), Plain(),
])  # fmt: skip
def test_objects_beside_the_weights(training: TrainingFolder, weights: State, extra: Any) -> None:
    training.save({'params': weights, 'args': extra})
    code, document = training.check()
    assert first(document) == 'WC104' and code == 1
    assert type(extra).__module__.split('.')[0] in document['loads'][0]['findings'][0]['message']
    assert 'weights_only=False' not in json.dumps(document)
    assert training.really_load()[0].error == 'UnpicklingError'
    training.save({'params': weights})
    assert training.check()[0] == 0 and training.really_load()[0].error == ''


@pytest.mark.fires('WC104')
@pytest.mark.failure(29, 'WC104')
def test_numpy_values_beside_the_weights(training: TrainingFolder, weights: State) -> None:
    training.save(numpy_scalar(weights))
    code, document = training.check()
    assert (code, first(document)) == (1, 'WC104')
    assert 'numpy' in document['loads'][0]['findings'][0]['message']
    assert training.really_load()[0].error == 'UnpicklingError'


@pytest.mark.failure(35, 'WC104')
@pytest.mark.parametrize('wrapped', [True, False])
def test_a_whole_network(training: TrainingFolder, weights: State, wrapped: bool) -> None:
    network = _network()
    training.save({'params': network} if wrapped else network)
    code, document = training.check()
    assert (code, first(document)) == (1, 'WC104'), codes(document)
    assert 'weights_only=False' not in json.dumps(document)
    assert training.really_load()[0].error
    training.save({'params': network.state_dict()})
    assert training.check()[0] == 0 and training.really_load()[0].error == ''


def _network() -> Any:
    from tests.agreement.conftest import RepairedBasicsr

    section = {'num_in_ch': 3, 'num_out_ch': 3, 'num_feat': 8, 'num_block': 2, 'upscale': 2}
    return RepairedBasicsr().build_network(dict(section, type='EDSR'))


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
def test_a_torch_before_the_zip_format(
    training: TrainingFolder, weights: State, pretend: Any
) -> None:
    training.save({'params': weights})
    pretend(torch_version='1.5.1')
    code, document = training.check()
    assert (code, first(document)) == (1, 'WC109')
    assert '1.5.1' in document['loads'][0]['findings'][0]['message']
    training.save({'params': weights}, _use_new_zipfile_serialization=False)
    assert 'WC109' not in codes(training.check()[1])
    assert training.really_load()[0].error == ''


def test_a_torch_with_the_zip_format_is_quiet(
    training: TrainingFolder, weights: State, pretend: Any
) -> None:
    training.save({'params': weights})
    pretend(torch_version='1.10.0+cu113')
    assert 'WC109' not in codes(training.check()[1])


@pytest.mark.fires('WC110')
@pytest.mark.failure(29, 'WC110')
def test_numpy_2_names_and_an_older_numpy(
    training: TrainingFolder, weights: State, pretend: Any
) -> None:
    training.save(numpy_scalar(weights))
    pretend(torch_version='2.1.0', numpy_version='1.26.4')
    code, document = training.check()
    assert (code, first(document)) == (1, 'WC110'), codes(document)
    assert 'numpy._core' in document['loads'][0]['findings'][0]['message']


@pytest.mark.parametrize('torch_version, numpy_version', [
    ('2.1.0', '2.1.3'), ('2.13.0', '1.26.4'), ('2.1.0', ''),
])  # fmt: skip
def test_numpy_names_that_are_there_are_quiet(
    training: TrainingFolder, weights: State, pretend: Any, torch_version: str, numpy_version: str
) -> None:
    training.save(numpy_scalar(weights))
    pretend(torch_version=torch_version, numpy_version=numpy_version)
    assert 'WC110' not in codes(training.check()[1])


@pytest.mark.fires('WC241')
@pytest.mark.parametrize('key', ['epoch', 'list'])
def test_a_table_that_is_none(training: TrainingFolder, weights: State, key: str) -> None:
    """No rule of its own: the framework's words are said, and the check fails."""
    training.save({'epoch': 3, 'list': [1], 'other': weights})
    training.change('  resume_state', f'  param_key_g: {key}\n  resume_state')
    code, document = training.check()
    assert code == 1 and first(document) in ('WC205', 'WC241'), codes(document)
    assert training.really_load()[0].error in ('AttributeError', 'TypeError')
