"""Files that cannot be read, wholly or in part."""

from __future__ import annotations

from basicsr_weightcheck.errors import NotUnderstoodError, UnsafePickleError
from basicsr_weightcheck.messages.of_files import cut_phrase
from basicsr_weightcheck.records.findings import ERROR, INFO
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.rules.facts import known, of_file
from basicsr_weightcheck.rules.rule import Chinese, Finds, LoadRule


class UnreadableCheckpoint(LoadRule, code='WC101', severity=ERROR):
    """The file is no weight file, or one whose index contradicts itself.

    Why it matters: torch.load stops with an error that rarely names the cause: torch 2.6 and newer
    call an HTML page, a Git-LFS pointer or an archive a failure of weights_only.
    Evidence: https://github.com/pytorch/pytorch/issues/16203 (HTML),
    https://github.com/pytorch/pytorch/issues/150998 (Git-LFS),
    https://github.com/openvinotoolkit/open_model_zoo/pull/3997 (tar).
    False alarms: a file beyond a ceiling of this project's reader, which the message names, and a
    tar file of torch before 0.2, which torch before 2.6 still reads.
    What to do: get the file again, or extract it; the message says which. weights_only=False cures
    none of these.
    Source: torch/serialization.py `load`; basicsr_weightcheck/checkpoint/sniff.py `sniff`.
    """

    words = {
        'title': ('the weight file cannot be read', '权重文件无法读取'),
        'text': ('{path}: {reason}', '{path}：{reason}'),
        'do': ('{advice} Or name another file in {option}.',
               '{advice}也可在 {option} 中换一个文件。'),
    }  # fmt: skip
    zh = Chinese(
        'torch.load 会报错退出，但很少说出原因：torch 2.6 及以上把 HTML 页面、Git-LFS 指针和压缩包都说成 weights_only 的问题。',
        '超过本项目读取器上限的文件（消息会说明是哪一项上限），以及 torch 0.2 之前的 tar 格式，torch 2.6 之前的版本仍能读取。',
        '按消息所说重新获取文件或先解压。weights_only=False 对这些情况都没有用。',
        finds='文件不是权重文件，或者它的索引自相矛盾。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        error = known(report.errors.get(load.step.load_path))
        if not isinstance(error, UnsafePickleError) and not _torch_alone(load, report):
            option = load.step.path_option
            yield of_file(load, option=option, reason=error.what, advice=error.advice)


class IncompleteFile(LoadRule, code='WC103', severity=ERROR):
    """The index of the file announces more bytes than the file has, or the zip directory at its end
    is gone.

    Why it matters: torch stops when it loads the file, with words that change with the container
    and the place of the cut and do not say how much is missing.
    Evidence: https://github.com/CompVis/stable-diffusion/issues/93,
    https://github.com/NVIDIA/pix2pixHD/issues/243,
    https://github.com/OpenTalker/SadTalker/issues/217.
    False alarms: none known.
    Source: torch/serialization.py `load`; basicsr_weightcheck/checkpoint/read.py `read_header`.
    """

    explains = ('WC212',)
    words = {
        'title': ('the weight file is incomplete', '权重文件不完整'),
        'text': ('{path}: {cut} Training stops when it loads the file.',
                 '{path}：{cut}训练在加载该文件时会报错退出。'),
        'do': ('Download or copy the file again and compare its size with the source.',
               '请重新下载或复制，并与来源核对文件大小。'),
    }  # fmt: skip
    zh = Chinese(
        'torch 在加载时报错退出；报错的内容随容器格式和截断位置而变，并且不会说缺了多少。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        cut = known(known(load.header).cut)
        yield of_file(load, cut=cut_phrase(cut), **cut._asdict())


class IndexNotUnderstood(LoadRule, code='WC112', severity=INFO):
    """The index of the weight file is beyond the reader of this check, and torch loads the file.

    Why it matters: names and sizes could not be held against the network beforehand; what is said
    of the load is what the framework did with it, and no option is explained or recommended.
    Evidence: own tests.
    False alarms: none known.
    Source: torch/serialization.py `load` (2.13); basicsr_weightcheck/checkpoint/problems.py.
    """

    words = {
        'title': ('names could not be checked beforehand', '无法事先核对名称'),
        'text': ('{path}: {reason} torch loads the file; what it did with it is told.',
                 '{path}：{reason}torch 能加载此文件；这里说的是它实际做了什么。'),
        'do': ('Nothing; read what the networks start on.', '无需处理；请看各网络从什么值开始。'),
    }  # fmt: skip
    zh = Chinese(
        '名称和尺寸无法事先与网络核对；关于这次加载的说法来自框架实际的行为，不解释也不建议任何选项。',
        finds='权重文件的索引超出本检查的读取器，而 torch 能加载此文件。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        if _torch_alone(load, report):
            yield of_file(load, reason=report.errors[load.step.load_path].what)


def _torch_alone(load: LoadReport, report: CheckReport) -> bool:
    """Only torch reads the file: its index is beyond the reader of this project, and it loads."""
    error = report.errors.get(load.step.load_path)
    return isinstance(error, NotUnderstoodError) and load.opens_container
