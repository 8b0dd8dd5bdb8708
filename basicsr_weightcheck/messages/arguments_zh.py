"""What the command line says in Chinese: {English text: Chinese}. argparse asks for the English."""

from __future__ import annotations

from typing import Dict

WORDS: Dict[str, str] = {
    # argparse's own (Lib/argparse.py of 3.8 to 3.14)
    'usage: ': '用法：',
    'positional arguments': '位置参数',
    'options': '选项',
    'optional arguments': '选项',
    'show this help message and exit': '显示帮助后退出',
    "show program's version number and exit": '显示版本号后退出',
    '%(prog)s: error: %(message)s\n': '%(prog)s：错误：%(message)s\n',
    'argument %(argument_name)s: %(message)s': '参数 %(argument_name)s：%(message)s',
    'the following arguments are required: %s': '缺少必需的参数：%s',
    'one of the arguments %s is required': '参数 %s 中必须给出一个',
    'unrecognized arguments: %s': '无法识别的参数：%s',
    'not allowed with argument %s': '不能与参数 %s 同时使用',
    'ignored explicit argument %r': '此参数不接受值 %r',
    'expected one argument': '需要一个值',
    'expected at most one argument': '最多接受一个值',
    'expected at least one argument': '至少需要一个值',
    'expected %s argument': '需要 %s 个值',
    'expected %s arguments': '需要 %s 个值',
    'ambiguous option: %(option)s could match %(matches)s':
        '选项 %(option)s 有歧义，可能是 %(matches)s',
    'invalid %(type)s value: %(value)r': '%(value)r 不是有效的 %(type)s',
    'invalid choice: %(value)r (choose from %(choices)s)':
        '%(value)r 不在可选值之中（可选：%(choices)s）',
    'unknown parser %(parser_name)r (choices: %(choices)s)':
        '没有命令 %(parser_name)r（可选：%(choices)s）',
    # values
    '%r is not a number': '%r 不是数字',
    '%r is not a tolerance': '%r 不能作为容差',
    '%r is not a number of at least 1': '%r 不是大于等于 1 的整数',
    '%r is not a number of seconds': '%r 不是秒数',
    '%r is not a positive number of seconds': '%r 不是正的秒数',
    '%r has an empty name': '%r 中有空的名称',
    '%r is not KEY:N': '%r 不是 KEY:N 的形式',
}  # fmt: skip
