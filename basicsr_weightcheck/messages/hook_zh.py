"""What the hook says in Chinese in the log of a training."""

from __future__ import annotations

from typing import Dict

LABELS: Dict[str, str] = {
    'hook-could-not': '无法{what}：{reason}',
    'hook-do-folders': '查看权重文件是否存在',
    'hook-do-check': '检查',
    'hook-do-hear': '得到 rank 0 的结论',
    'hook-do-page': '写出网页',
    'hook-do-board': '写入 TensorBoard 或 wandb',
    'hook-do-keep': '保留不变的张量',
    'hook-do-verify': '验证',
    'hook-do-ema': '查看 net_g_ema',
    'hook-do-sidecar': '写下权重的来源',
    'hook-do-cures': '试验别的网络',
    'hook-busy': '没有检查：另一个加载已进行了 {seconds} 秒',
    'hook-reason': '{network}，来自 {path}：{reason}。',
    'hook-recommendation': '建议见：{path}',
    'hook-goes-on': '继续训练，尽管 {text}',
    'hook-stopping': '中止训练：{text}',
    'hook-stops': 'weightcheck 在第一步之前中止训练：{text}',
    'hook-load-fails': '加载失败',
    'hook-policy': '无法理解，按默认值处理：{problem}',
    'hook-changed': '{path} 在加载期间发生了变化；现在检查的是新的文件',
    'hook-gone': '{path} 在加载期间或加载之后被删除；无法验证 {network}',
    'hook-nothing': '{network} 什么也没有得到：{all} 个张量中没有一个来自 {place}',
    'hook-verified': '{network} 已验证，{all} 个张量中有 {equal} 个（参数的 {fraction}）与 {place} 相同',
    'hook-not-verified': '{network} 未通过验证，{all} 个张量中有 {equal} 个（参数的 {fraction}）与 {place} 相同；{trouble}',
    'hook-different': '{count} 个与文件不同（第一个：{first}）',
    'hook-unread': '{count} 个无法读取（第一个：{first}）',
    'hook-touched': '{count} 个在加载过程中被模型自身的代码改动（第一个：{first}）',
    'hook-aligned': 'net_g_ema 的 {count} 个张量已取为 net_g 的值（第一个：{first}）',
    'hook-random': '对于文件中没有的 {count} 个张量（第一个：{first}），net_g 与 net_g_ema 的随机初值不同；验证使用 net_g_ema。weightcheck: {{align_ema: true}} 可使两者相同。',
    'hook-predicted': '无法复制网络（{reason}）；加载结果为预测',
    'hook-unwritten': '无法写出报告：{reason}',
    'hook-not-used': '什么都没有检查：本进程中没有已知框架的加载。寻找的是：{looked_for}',
    'hook-no-framework': '{modules}，但都没有被导入',
    'hook-no-load': '{modules} 的模型中把文件加载到网络的方法，但都没有被调用',
}
