"""The documentation of the rules about container, in Chinese."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages.sentence import Document as D

DOCUMENTS: Dict[str, D] = {
    'WC109': D(
        '文件是 torch 的 zip 格式，而训练用的 torch 无法读取。',
        '1.6 之前的 torch 会以 “Attempted to read a PyTorch file with version 3” 中断，或把文件当作 TorchScript 归档。',
        '没有已知的误报。',
        '用旧格式重新保存文件，或用 torch 1.6 及更新版本训练。',
    ),
    'WC110': D(
        '文件引用了 NumPy 2 的模块，而训练用的是更旧的 NumPy。',
        '2.6 之前的 torch 会导入文件引用的每个模块；numpy._core 从 NumPy 2 起才有，加载以 ModuleNotFoundError 中断。更新的 torch 本来就拒绝这样的文件（WC104）。',
        '没有已知的误报。',
        '在装有 NumPy 2 的环境中把权重重新保存为纯张量。',
    ),
}
