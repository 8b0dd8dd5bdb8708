"""Words of convert in Chinese."""

from __future__ import annotations

from typing import Dict

LABELS: Dict[str, str] = {
    'con-title': '转换 {source}\n写入 {target}',
    'con-nowhere': '（不写文件：试运行）',
    'con-source': '来源：{container}，{bytes}；权重表：{tables}',
    'con-target': '目标：{container}；权重表：{tables}；{elements} 个元素',
    'con-chosen': '仅凭文件本身决定：{steps}。',
    'con-chose-take': '取其唯一的权重表',
    'con-chose-strip': '去掉所有键名共有的包装前缀',
    'con-chose-drop-profiler': '去掉性能分析缓冲区',
    'con-hint': '这些键名符合规则 {rules}；用 --rules {rules} 可以改名。',
    'con-renamed': '改名：{count} 个',
    'con-found': '原名',
    'con-key': '新名',
    'con-unused': '{rules} 的一条规则没有匹配任何键：{pattern}',
    'con-unmatched': '有 {count} 个键名不符合任何规则，保持原样：{names}',
    'con-joined': '{key} 由 {parts} 个张量拼接而成',
    'con-resized': '{key}：{before} 变为 {after}',
    'con-cast': '{before} 变为 {after}：{count} 个张量',
    'con-uncast': '因 dtype 种类不同而未转换：{count} 个（{names}）',
    'con-dropped-pattern': '按 --drop 去掉：{count} 个（{names}）',
    'con-dropped-profiler': '去掉性能分析缓冲区：{count} 个（{names}）',
    'con-dropped-prefix': '因没有该前缀而去掉：{count} 个（{names}）',
    'con-left-out': '新文件只含张量，以下内容不写入：{count} 项（{names}）',
    'con-dangerous': '文件引用了代码；它没有被调用，也不会写入新文件：{names}（共 {count} 个）',
    'con-overflow': '转换 dtype 后有 {count} 个张量的数值变为无穷大：{names}',
    'con-dry': '试运行：没有写文件。',
    'con-written': '已写入：{path}（{bytes}，{storages} 个存储），并已读回逐字节核对。',
}
