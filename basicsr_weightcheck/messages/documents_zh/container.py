"""The documentation of the rules about container, in Chinese."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages.sentence import Document as D

DOCUMENTS: Dict[str, D] = {
    'WC101': D(
        '文件不是权重文件，或者它的索引自相矛盾。',
        'torch.load 会报错退出，但很少说出原因：torch 2.6 及以上把 HTML 页面、Git-LFS 指针'
        '和压缩包都说成 weights_only 的问题。',
        '超过本项目读取器上限的文件（消息会说明是哪一项上限），以及 torch 0.2 之前的 tar 格'
        '式，torch 2.6 之前的版本仍能读取。',
        '按消息所说重新获取文件或先解压。weights_only=False 对这些情况都没有用。',
    ),
    'WC103': D(
        '文件索引声明的字节数多于文件实际的字节数，或者文件末尾的 zip 目录已经丢失。',
        'torch 在加载时报错退出；报错的内容随容器格式和截断位置而变，并且不会说缺了多少。',
        '目前没有发现。',
        '重新下载或复制文件，并与来源核对大小。',
    ),
    'WC104': D(
        '文件完整，但其中除了张量和普通值还有别的对象，被 torch.load 拒绝。',
        'torch 2.6 起默认打开 weights_only；含有 numpy 标量、Namespace 或整个模型对象的旧文'
        '件会使训练报错退出。',
        '训练脚本用 torch.serialization.add_safe_globals 放行了该类，或替换了 torch.load：'
        '检查不会运行那个脚本。检查所依据的是运行它的 Python 里的 torch。',
        '用 convert 取出张量，它不调用文件引用的任何东西；原因中会指出碍事的对象。旧版 torch 或 '
        'weights_only=False 会调用它。',
    ),
    'WC105': D(
        'pickle 引用了代码：既不在 torch 认可为数据的名单上，也不是已知只产生普通值的名字。',
        '在没有打开 weights_only 时（torch 2.6 之前的默认情况），torch 加载文件时会导入并调用'
        ' pickle 中引用的东西。更新的 torch 会拒绝该文件；那时本规则只报告 os.system 之类的名字，'
        '其余由 WC104 报告。',
        '用 2.6 之前的 torch 时，训练自己的类（回调、配置）可能并无恶意；但只凭名称无法与攻'
        '击区分。',
        '已知有害时不要加载该文件；否则用 convert 取出张量（它不调用任何东西），或获取 '
        'state_dict 或 safetensors 格式的权重。',
    ),
    'WC106': D(
        '把 safetensors 文件（不论扩展名是什么）交给了调用 torch.load 的加载器。',
        'load_network 没有处理 safetensors 的分支；报错说的是 map_location 或 pickle，并随 torch'
        ' 版本和文件的首字节而变。',
        '使用 --no-rehearsal 时，某个分支的加载器其实能读 safetensors；试加载时由该加载器自己回答。',
        '用建议中的命令把文件转换一次，得到 .pth。',
    ),
    'WC109': D(
        '文件是 torch 的 zip 格式，而训练用的 torch 无法读取。',
        '1.6 之前的 torch 会以 “Attempted to read a PyTorch file with version 3” 报错退出，或把文件当作 TorchScript 归档。',
        '没有已知的误报。',
        '用旧格式重新保存文件，或用 torch 1.6 及更新版本训练。',
    ),
    'WC110': D(
        '文件引用了 NumPy 2 的模块，而训练用的是更旧的 NumPy。',
        '2.6 之前的 torch 会导入文件引用的每个模块；numpy._core 从 NumPy 2 起才有，加载以 ModuleNotFoundError 报错退出。更新的 torch 本来就拒绝这样的文件（WC104）。',
        '没有已知的误报。',
        '在装有 NumPy 2 的环境中把权重重新保存为纯张量。',
    ),
    'WC112': D(
        '权重文件的索引超出本检查的读取器，而 torch 能加载此文件。',
        '名称和尺寸无法事先与网络核对；关于这次加载的说法来自框架实际的行为，不解释也不建议任何选项。',
        '没有已知的误报。',
        '无需处理；请看各网络从什么值开始。',
    ),
}
