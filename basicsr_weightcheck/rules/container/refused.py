"""Files that torch refuses, and what would run code without its refusal."""

from __future__ import annotations

import re

from basicsr_weightcheck.errors import UnsafePickleError
from basicsr_weightcheck.messages.lookup import phrase
from basicsr_weightcheck.messages.of_files import object_phrase
from basicsr_weightcheck.records.findings import ERROR
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.rules.facts import known, of_file, short_reason
from basicsr_weightcheck.rules.rule import Chinese, Finds, LoadRule


class RefusedByTorch(LoadRule, code='WC104', severity=ERROR):
    """The file is whole, and torch.load refuses it because it holds something else than tensors and
    plain values, or dtypes that its container, that of torch before 1.6, cannot hold.

    Why it matters: since torch 2.6 weights_only is on by default; older files with numpy scalars, a
    Namespace or a whole pickled module then end the training.
    Evidence: https://github.com/XPixelGroup/BasicSR/pull/706,
    https://github.com/pytorch/pytorch/issues/98921, https://github.com/e3nn/e3nn/issues/519,
    https://github.com/eriklindernoren/PyTorch-YOLOv3/issues/454 (nn.Module).
    False alarms: a training script that allows the class with torch.serialization.add_safe_globals
    or replaces torch.load: the check does not run that script. It asks the torch of the Python that
    it runs in.
    What to do: take the tensors out with `convert`, which calls nothing that the file names; the
    reason names the object in the way. An older torch, or weights_only=False, would call it.
    Source: torch/serialization.py `load`, torch/_weights_only_unpickler.py `Unpickler`.
    """

    words = {
        'title': ('torch refuses the weight file', 'torch 拒绝该权重文件'),
        'text': ('torch.load refuses {path}: {error}: {reason}',
                 'torch.load 拒绝 {path}：{error}：{reason}'),
        'do': ('{advice}', '{advice}'),
    }  # fmt: skip
    zh = Chinese(
        'torch 2.6 起默认打开 weights_only；含有 numpy 标量、Namespace 或整个模型对象的旧文件会使训练报错退出。',
        '训练脚本用 torch.serialization.add_safe_globals 放行了该类，或替换了 torch.load：检查不会运行那个脚本。检查所依据的是运行它的 Python 里的 torch。',
        '用 convert 取出张量，它不调用文件引用的任何东西；原因中会指出碍事的对象。旧版 torch 或 weights_only=False 会调用它。',
        finds='文件完整，但其中除了张量和普通值还有别的对象，或有 torch 1.6 之前的容器放不下的 dtype，被 torch.load 拒绝。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        outcome, header = load.configured, known(load.header)
        kind = 'AttributeError' if header.is_untyped_stream else 'UnpicklingError'
        # Of another kind of file WC106 speaks.
        if outcome.error == kind and header.complete and header.torch_reads:
            refused = re.search(r'Unsupported (?:global|class): GLOBAL (\S+)', outcome.message)
            reason: str = short_reason(outcome.message)
            if refused:
                reason = object_phrase(refused.group(1), header.foreign)
            advice = phrase('do-take-out' if header.tables else 'do-ask-for-weights')
            yield of_file(load, error=outcome.error, reason=reason, advice=advice)


class DangerousPickle(LoadRule, code='WC105', severity=ERROR):
    """The pickle names code: something that is neither on torch's list of names for data nor known
    to make a plain value.

    Why it matters: where weights_only is off (the default before torch 2.6) torch imports and calls
    what a pickle names while it loads the file. A newer torch refuses the file; there the rule
    tells names such as os.system, and WC104 the others.
    Evidence: own tests.
    False alarms: with a torch before 2.6 a class of the training itself (a callback, a
    configuration) may be harmless; names alone do not tell it from an attack.
    What to do: where the code is known to do harm, do not load the file; else take the tensors out
    with `convert`, which calls nothing, or get the weights as a state dict or as safetensors.
    Source: CPython Lib/pickle.py `load_global`, `load_reduce`; torch/_weights_only_unpickler.py
    `_get_allowed_globals`; basicsr_weightcheck/checkpoint/pickles/weights_only.py `harmful_globals`.
    """

    words = {
        'title': ('the file would run code', '该文件会执行代码'),
        'text': ('{path} {reason}', '{path} {reason}'),
        'do': ('{advice}', '{advice}'),
    }  # fmt: skip
    zh = Chinese(
        '在没有打开 weights_only 时（torch 2.6 之前的默认情况），torch 加载文件时会导入并调用 pickle 中引用的东西。更新的 torch 会拒绝该文件；那时本规则只报告 os.system 之类的名字，其余由 WC104 报告。',
        '用 2.6 之前的 torch 时，训练自己的类（回调、配置）可能并无恶意；但只凭名称无法与攻击区分。',
        '已知有害时不要加载该文件；否则用 convert 取出张量（它不调用任何东西），或获取 state_dict 或 safetensors 格式的权重。',
        finds='pickle 引用了代码：既不在 torch 认可为数据的名单上，也不是已知只产生普通值的名字。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        error = report.errors.get(load.step.load_path)
        if isinstance(error, UnsafePickleError):
            yield of_file(load, names=error.names, reason=error.what, advice=error.advice)
