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
    # help
    'Tells, before a BasicSR training starts, which weights it will start on.':
        '在 BasicSR 训练开始之前，说明它将从哪些权重开始。',
    'check the weights of a training YAML before training':
        '训练之前检查训练 YAML 的权重',
    'compare two checkpoint files, or one with many':
        '比较两个权重文件，或一个与多个',
    'what is in a checkpoint file, and what network it is':
        '权重文件里有什么，属于哪个网络',
    'rank checkpoint files by how well they fit the network of a YAML':
        '按与 YAML 中网络的相符程度给权重文件排名',
    'write a weight file that loads: unwrap, rename, drop, cast, another container':
        '写出能加载的权重文件：去外层、改名、去除、转换类型、换容器',
    'run a training script; every load is checked before and verified after':
        '运行训练脚本；每次加载之前检查，之后核对',
    'check every training of this Python environment, with nothing changed in it':
        '检查这个 Python 环境中的所有训练，训练本身不用改',
    'take back what enable did':
        '撤销 enable 所做的',
    'whether trainings of this environment are checked, and what is waited for':
        '这个环境中的训练是否受检查，在等待什么',
    'the documentation of rules: explain WC201':
        '规则的文档：explain WC201',
    'the list of all rules':
        '所有规则的列表',
    'print the completion script of a shell: completion bash':
        '打印 shell 的补全脚本：completion bash',
    'Exit codes: 0 nothing found at or above --fail-on, 1 something found, 2 could not do what was asked.':
        '退出码：0 没有达到 --fail-on 的发现，1 有发现，2 无法完成。',
    "training YAMLs; folders, patterns ('**' goes deep), - for a list on the standard input":
        "训练 YAML；也可以是文件夹、模式（'**' 包括下级文件夹），- 表示标准输入中的列表",
    'the same, as given to BasicSR':
        '同上，写法与 BasicSR 相同',
    'check as if the training were started with --auto_resume':
        '按训练带 --auto_resume 启动来检查',
    "overrides, as given to BasicSR's own --force_yml":
        '覆盖选项，写法与 BasicSR 自己的 --force_yml 相同',
    'do not run the framework: header and YAML only':
        '不运行框架：只看文件头和 YAML',
    'for commits: files that are no training YAML pass, and so does what cannot be told on this machine (weights that are not here, a network that is not known); no reports':
        '用于提交：不是训练 YAML 的文件放行，这台机器上无法判断的也放行（权重不在这里、网络不认识）；不写报告',
    'read every tensor that would be loaded too: NaN, Inf, zeros, checksums':
        '还读取将被加载的每个张量：NaN、Inf、全零、校验和',
    'load for real, on the CPU, and put two pictures through the network: of the data sets of the YAML, of two folders (inputs, targets), or of one folder of inputs':
        '在 CPU 上真正加载，让两张图像通过网络：取自 YAML 的数据集、两个文件夹（输入、目标）或一个输入文件夹',
    'the training is started with run --repair-imports (or scripts/train.py): an import that needs those repairs is no error':
        '训练用 run --repair-imports（或 scripts/train.py）启动：需要这些修补的导入不算错误',
    'module to import before the network is built (registers your own archs and models)':
        '构建网络之前导入的模块（注册您自己的 arch 和 model）',
    'limit for building and rehearsing the networks (default %(default).0f)':
        '构建网络并试加载的时限，秒（默认 %(default).0f）',
    'print one line for each YAML':
        '每个 YAML 只打印一行',
    'print all that recommendation.txt has':
        '打印 recommendation.txt 的全部内容',
    'write the corrected YAML to this file':
        '把改正后的 YAML 写入这个文件',
    'correct the YAML in place (only the lines concerned change)':
        '直接改正 YAML（只改有关的行）',
    'folder for recommendation and load log (default weightcheck_reports/<name>)':
        '存放建议和加载日志的文件夹（默认 weightcheck_reports/<name>）',
    'print only, write no recommendation or load log':
        '只打印，不写建议和加载日志',
    'lowest severity that gives exit code 1 (default error)':
        '退出码为 1 的最低级别（默认 error）',
    'findings that are not counted: WC504,WC203; errors among them stay in sight, and so does the verdict; repeatable':
        '不计入的发现：WC504,WC203；其中的错误仍然显示，结论不变；可重复',
    'default %(default)s':
        '默认 %(default)s',
    'short for --format json':
        '--format json 的简写',
    'language of the text (default: WEIGHTCHECK_LANG, then the locale, then English)':
        '文字的语言（默认：WEIGHTCHECK_LANG，其次系统语言，其次英文）',
    'never print colour':
        '不打印颜色',
    'One file: the list of its tensors. Two: names, shapes, values, conclusion. More: a row for each file against the first. Exit codes: 0 same structure, 1 different structure (see --fail-on), 2 could not do what was asked.':
        '一个文件：列出其中的张量。两个：键名、形状、数值、结论。更多：每个文件与第一个比较，各占一行。退出码：0 结构相同，1 结构不同（见 --fail-on），2 无法完成。',
    "the first is the base; folders, patterns ('**' goes deep), - for a list on the standard input":
        "第一个是基准；也可以是文件夹、模式（'**' 包括下级文件夹），- 表示标准输入中的列表",
    'the first file, as in the old script':
        '第一个文件，与旧脚本相同',
    'the second file, as in the old script':
        '第二个文件，与旧脚本相同',
    'what to call the first file':
        '第一个文件的称呼',
    "table of the first file: params, params_ema, … or 'root' (default: the one that both files have)":
        "第一个文件的权重表：params、params_ema……或 'root'（默认：两个文件都有的那个）",
    'what to call the second file':
        '第二个文件的称呼',
    "table of the second file: params, params_ema, … or 'root' (default: the one that both files have)":
        "第二个文件的权重表：params、params_ema……或 'root'（默认：两个文件都有的那个）",
    'compare the bytes also where the checksums (CRC-32) of the archives are equal':
        '压缩包校验和（CRC-32）相同时也逐字节比较',
    'a largest difference below X is tiny (default %(default)g)':
        '最大差异小于 X 算微小（默认 %(default)g）',
    'names, shapes and dtypes only':
        '只比较键名、形状和类型',
    'every key on its own row':
        '每个键名单独一行',
    'picture of the change of each layer (.png or .svg; needs matplotlib)':
        '各层变化的图（.png 或 .svg；需要 matplotlib）',
    'what gives exit code 1 (default %(default)s)':
        '什么情况退出码为 1（默认 %(default)s）',
    'write to this file instead of the standard output':
        '写入这个文件，而不是标准输出',
    'plain text, or tables drawn by rich (auto: rich in a terminal)':
        '纯文本，或由 rich 画的表格（auto：终端中用 rich）',
    'Exit codes: 0 nothing doubtful, 1 NaN, Inf, bit rot or another hash than in the name (--ema: params and params_ema have another structure), 2 could not do what was asked.':
        '退出码：0 没有可疑之处，1 有 NaN、Inf、损坏的字节或哈希与文件名不符（--ema：params 与 params_ema 结构不同），2 无法完成。',
    "weight files; folders, patterns ('**' goes deep), - for a list on the standard input":
        "权重文件；也可以是文件夹、模式（'**' 包括下级文件夹），- 表示标准输入中的列表",
    "table to look at; 'root' for the root":
        "要看的权重表；'root' 为根部",
    'of the module tree (default 1)':
        '模块树的深度（默认 1）',
    'read every value: NaN, Inf, zeros, checksums, the hash in the file name':
        '读取全部数值：NaN、Inf、全零、校验和、文件名中的哈希',
    'compare params with params_ema':
        '比较 params 与 params_ema',
    'ask spandrel too (needs spandrel and torch)':
        '同时询问 spandrel（需要 spandrel 和 torch）',
    'Exit codes: 0 at least one file loads something, 1 none does, 2 could not do what was asked.':
        '退出码：0 至少有一个文件能加载，1 一个也没有，2 无法完成。',
    'training YAML':
        '训练 YAML',
    'network_g or network_d, netG or netD in KAIR (default g)':
        'network_g 或 network_d，KAIR 中为 netG 或 netD（默认 g）',
    'processes (default: one for each core)':
        '进程数（默认每个核心一个）',
    'of the dask cluster, tcp://HOST:PORT':
        'dask 集群的地址，tcp://HOST:PORT',
    'Without options for names it does what the file alone makes obvious: its one table, a wrapper that all names share, profiler buffers. With any of them it does exactly these, in the order of this list. Exit codes: 0 done, 2 could not do what was asked.':
        '不给键名选项时，只做文件本身说明白的事：唯一的权重表、所有键名共有的外层、profiler 缓冲。给出任何一个时，严格按此列表的顺序只做这些。退出码：0 完成，2 无法完成。',
    'names and tensors':
        '键名与张量',
    'the file that is written':
        '写出的文件',
    "weight files; they are never changed; folders, patterns ('**' goes deep), - for a list on the standard input":
        "权重文件，本身不会改动；也可以是文件夹、模式（'**' 包括下级文件夹），- 表示标准输入中的列表",
    'file to write; of several files the folder':
        '要写的文件；有多个文件时为文件夹',
    "table to convert: params, state_dict, model.net, … or 'root'; A,B takes several, which keep their names":
        "要转换的权重表：params、state_dict、model.net……或 'root'；A,B 取多个，名称不变",
    "leave out names of the file that fit ('*.attn_mask'); repeatable":
        "去除文件中符合的键名（'*.attn_mask'）；可重复",
    'leave out total_ops and total_params of thop':
        '去除 thop 的 total_ops 和 total_params',
    'take a prefix off (module._orig_mod.); names without it are left out; repeatable':
        '去掉前缀（module._orig_mod.）；没有它的键名会去除；可重复',
    'names without the prefix to take off, or with the one to put before, stay as they are':
        '没有要去的前缀、或已有要加的前缀的键名保持不变',
    'rename by rules: a shipped name (esrgan-old, mdta-to-hta, …) or a YAML file; repeatable':
        '按规则改名：自带的名称（esrgan-old、mdta-to-hta……）或 YAML 文件；可重复',
    "apply rules to names that fit only ('encoder_level1.*'); repeatable":
        "规则只用于符合的键名（'encoder_level1.*'）；可重复",
    'put before every name':
        '加在每个键名之前',
    'give a convolution N input channels (conv_first.weight:1); repeatable':
        '让卷积有 N 个输入通道（conv_first.weight:1）；可重复',
    'for --in-channels: the mean of all channels, tile them in turn (both keep what an image of equal channels gives), or slice off the first N':
        '用于 --in-channels：取所有通道的平均，或依次重复（各通道相同的图像结果都不变），或只取前 N 个',
    'tables that hold the weights (default params; params,params_ema writes both)':
        '存放权重的权重表（默认 params；params,params_ema 两个都写）',
    'write the tensors at the root, without a table':
        '张量写在根部，不用权重表',
    'of floating-point tensors':
        '浮点张量的类型',
    'torch-legacy is for torch older than 1.6 (default %(default)s)':
        'torch-legacy 用于早于 1.6 的 torch（默认 %(default)s）',
    'tell what would be done, write no file':
        '说明会做什么，不写文件',
    'replace OUT where it exists':
        'OUT 已存在时替换它',
    'every name on its own row':
        '每个键名单独一行',
    'Runs it as python would. Options of this command stand before it.':
        '与 python 运行它相同。本命令的选项写在它之前。',
    'make basicsr importable on torchvision 0.17 and newer, for this process':
        '在这个进程里让 basicsr 能在 torchvision 0.17 及更新版本上导入',
    'run a module, as python -m does':
        '运行模块，与 python -m 相同',
    'script or module, and its arguments':
        '脚本或模块，以及它的参数',
    'Writes a .pth file beside the installed packages. WEIGHTCHECK=off keeps it out of one run.':
        '在已安装的包旁边写一个 .pth 文件。WEIGHTCHECK=off 可让某次运行不受检查。',
    'for this user only':
        '只对这个用户',
    'Exit codes: 0 they are, 1 they are not.':
        '退出码：0 受检查，1 不受检查。',
    'code (WC201) or name (strict-must-be-false) of a rule':
        '规则的代码（WC201）或名称（strict-must-be-false）',
}  # fmt: skip
