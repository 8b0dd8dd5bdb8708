"""初看时用中文说的话。"""

from __future__ import annotations

from typing import Dict

LOOKING: Dict[str, str] = {
    'look-spread': '网络分布在多个进程上，单个进程无法单独运行它。',
    'look-hooks': '网络带有前向钩子（{name}），多出的一次前向会被它们看到。',
    'look-no-picture': '输入不是图像：{shape}。',
    'look-no-pair': '输入 {lq} 与目标 {gt} 不是一对图像。',
    'look-no-output': '网络没有与目标同样大小的输出。',
    'look-held-back': '不加载 {path}：检查已拒绝它。',
    'look-no-network': '构造函数结束时模型没有 {network}。',
    'look-no-dataset': 'YAML 中没有可取图像的数据集。请指定文件夹：--first-look LQ GT。',
    'look-dataset-fails': '无法读取 datasets.{phase}：{error}。请指定文件夹：--first-look LQ GT。',
    'look-no-pictures': '{folder} 中没有图像。',
    'look-unpaired': '{name} 在 {folder} 中没有对应的图像。',
    'look-needs-pillow': '读取图像需要 Pillow，但没有安装。',
    'look-needs-rehearsal': '--first-look 要运行网络，而 --no-rehearsal 不运行。',
    'look-folders': '--first-look 不带文件夹、带一个输入文件夹，或带两个：输入和目标。',
}
LABELS: Dict[str, str] = {
    'look': '初看',
    'look-pairs': '{network}：{source} 的 {count} 张图像的 PSNR，{height} x {width} 像素',
    'look-inputs': '{network}：{source} 的 {count} 张输入，{height} x {width} 像素，没有目标可比，因此说明的较少',
    'look-configured': '按 YAML 原样',
    'look-recommended': '按建议',
    'look-alternative': '按另一种办法',
    'look-table': '表 {name}',
    'look-rival': '{name}，键名相同',
    'look-input': '{name}',
    'look-random': '不加载文件（随机）',
    'look-nothing': '什么都不做',
    'look-nothing-scaled': '什么都不做（双三次 x{scale}）',
    'look-bgr': 'BGR 而不是 RGB',
    'look-times-255': '数值 0..255 而不是 0..1',
    'look-signed': '数值 -1..1 而不是 0..1',
    'look-db': '{value} dB',
    'look-range': '数值 {low} 到 {high}',
    'look-not-finite': '含 NaN 或 Inf',
    'look-away': '与输入相距 {value} dB',
    'look-source-batch': '第一个批次',
    'look-progress': '初看：{row}',
    'look-not-made': '未能查看：{why}',
    'look-input-picture': '输入',
    'look-wanted': '目标',
    'look-html': '网络对第一张图像做了什么',
    'look-log': '{network} 初看：第一张训练图像 {mine}；什么都不做 {nothing}',
    'look-log-alone': '{network} 初看：第一张训练图像 {mine}',
    'look-nobody': '未能查看：没有文件加载到产生图像的网络中，或框架没有运行',
    'col-network': '网络',
    'col-result': '结果',
}
