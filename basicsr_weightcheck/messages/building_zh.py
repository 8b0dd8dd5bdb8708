"""无法构建 YAML 所写的网络时的中文说明。"""

from __future__ import annotations

from typing import Dict

BUILDING: Dict[str, str] = {
    'network-unknown': '框架中没有网络 {name}。',
    'network-unknown-near': '框架中没有网络 {name}。是否指 {nearest}？',
    'network-searched': '查找范围：{searched}；自己的网络请用 --import MODULE 加入。',
    'network-elsewhere': '查找范围：{searched}；自己的网络请用 --import MODULE 加入。{path} 中定义了它。',
    'network-file-name': '{path} 中定义了它，但只会导入名为 *_arch.py 的文件，不会导入 {name}。',
    'network-not-registered': '{path} 中定义了它，但类的上方没有 @ARCH_REGISTRY.register()。',
    'network-no-type': '没有写 type。',
    'network-no-type-do': '请在该处写出网络的名称。',
    'network-argument': '网络没有参数 {argument}。',
    'network-argument-near': '网络没有参数 {argument}。是否指 {nearest}？',
    'network-argument-home': '它应写在 {home}: 之下。',
    'network-argument-do': '请将这一节与该类的参数对照。',
    'network-fails': '构建网络失败：{reason}',
    'network-timeout': '构建和演练没有在 {seconds} 秒内结束。',
    'network-timeout-output': '构建和演练没有在 {seconds} 秒内结束。最后的输出：{output}',
    'network-timeout-do': '请用 --timeout SECONDS 延长时间。',
    'network-died': '构建网络的进程自行结束（{how}）。',
    'network-died-output': '构建网络的进程自行结束（{how}）。最后的输出：{output}',
    'network-died-do': '请查看网络或所导入的模块在构建时做了什么。',
    'died-signal': '信号 {number}',
    'died-exit-code': '退出码 {number}',
    'network-not-built': '{section} 没有构建出来：{reason}。',
    'network-not-built-do': '请对该 YAML 运行 `check`。',
    'model-builds-other': '模型类不构建它',
    'no-basicsr': '没有找到 basicsr',
    'nested-odd-keys': '有 {count} 个键不同：{keys}。',
    'nested-tables': '会读取 {needed}；文件中有 {tables}。',
    'scale-random': '网络有 {count} 个张量在文件中没有同样大小的对应项（{names}）',
    'scale-dropped': '文件中有 {count} 个张量在网络中无处可放',
    'scale-both': '{one}，另外{other}',
    'nested-convert': '请转换一次，并在 {option} 中写出新文件：{command}',
    'nested-correct': '请改正：文件按所写的路径用 torch.load 读取。',
    'nested-address-do': '请自行下载该文件并写出它的路径。',
    'nested-flat': '会读取 {needed}；而文件的张量都在根部。',
}
