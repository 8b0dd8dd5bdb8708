"""The documentation of the rules about keys, in Chinese."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages.sentence import Document as D

DOCUMENTS: Dict[str, D] = {
    'WC201': D(
        '严格加载会中断，非严格加载可以运行。',
        '`strict_load_g: true` 会使训练以 RuntimeError 中断；false 则加载相符的部分，其余保'
        '持随机。只有当差异不能用前缀、外层包装或另一个表来解释时才会这样说：在那些情况下 strict'
        ' false 什么也加载不到。',
        '写错的网络选项看起来也像部分加载；设为 false 之前请看加载比例和缺少的张量。',
        '如果其余部分本来就要随机初始化，请按建议把该选项设为 false。',
    ),
    'WC202': D(
        '加载可以运行，但没有任何参数来自文件。',
        '训练从随机权重开始，而且不会报错：非严格加载时，不相符的名称只会写进日志。',
        '目前没有发现。',
        '请按建议处理；如果原因是前缀、表或需要转换，建议会指出。',
    ),
    'WC203': D(
        '加载可以运行，但取到的参数不到一半。',
        '网络的大部分是随机初始化，而日志看起来却像是在微调。',
        '本来就只想取一小部分的微调，例如大网络中的一个阶段。',
        '请确认这就是你要的权重，并把网络的选项与训练它时的选项比较。',
    ),
    'WC204': D(
        '加载可以运行，取到一半或更多的参数；有些张量保持随机或被丢弃。',
        '换头部或放大倍数的微调就应如此；如果本来要全部加载，这就是错的。BasicSR 只在日志里'
        '写名称，从不写数量。',
        '文件只是比网络多一些键，例如性能分析器的计数器：没有任何损失。',
        '如果这正是你想要的，无需处理；加载日志里列出了每个张量。',
    ),
    'WC205': D(
        '加载时要读取的表在文件里不存在。',
        '`load_net[param_key]` 会使训练以 KeyError 中断。其他工具保存的文件可能没有表，或者'
        '把表叫作 state_dict；发布的权重可能只有 params_ema。',
        '某个分支的加载器因为别的原因抛出 KeyError 或 TypeError。',
        '在 param_key_g（Restormer 和 NAFNet 是 param_key）中写文件里有的表。没有表的文件，'
        "在 BasicSR 中写 ~；如果有 ema_decay，或者用的是 Restormer、NAFNet，则必须转换为 {'params':"
        ' ...}：net_g_ema 总是读取 params_ema，而在后两者中 ~ 会使训练中断。',
    ),
    'WC206': D(
        'YAML 指定了另一个表，框架实际读取的却是 params。',
        '不存在或拼错的表会悄悄变成 params；无论要求的是什么，日志里总是写 params_ema。',
        '目前没有发现：所说的表就是演练时加载器真正读取的表。',
        '写成 params，使 YAML 与实际一致；或换成含有该表的文件。',
    ),
    'WC207': D(
        'net_g_ema 要读取 params_ema，文件里没有，框架改读 params。',
        'net_g_ema 读取的表在源码中写死，没有选项可以改变；如果文件里连 params 也没有，同一'
        '个调用会以 KeyError 中断。',
        '保存时没有 EMA 权重的文件本来就是这样。',
        '只要 net_g 也读取 params，就无需处理；如果 param_key_g 指定了别的表，两个网络的起'
        '点会不同，请把那个表保存为 params。',
    ),
    'WC208': D(
        '文件里还有表 params_ema，加载读取的是另一个表。',
        '许多模型公布的指标来自 params_ema；从 params 开始微调，起点会比预期低。',
        '接着别的训练继续训练时需要 params，即优化器所更新的权重。',
        '要从滑动平均的权重开始，请在 param_key_g（Restormer 和 NAFNet 是 param_key）中写 params_ema。',
    ),
    'WC209': D(
        '文件与网络的名称相差一个前缀；去掉（或加上）之后，有更多张量的名称与形状一致。',
        '严格加载会中断，strict false 则什么也加载不到。DataParallel、torch.compile、Lightning'
        ' 和各种外层模块都会加前缀，而 load_network 只去掉一层 `module.`。',
        '文件里若有两组同样的权重，例如 `generator.` 和 `generator_ema.`，无法判断想用哪一'
        '组：取一致数量较多的前缀，数量相同时按字母顺序取第一个。',
        '把文件转换一次，命令见建议。strict_load false 不是办法。',
    ),
    'WC210': D(
        '文件中缺少的张量在 net_g 和 net_g_ema 中各自随机初始化，数值不同。',
        '指定了预训练路径时，BasicSR 从文件加载 net_g_ema，而不是复制 net_g；验证用的是 net_g_ema，'
        '滑动平均需要很多次迭代才能忘掉不同的起点。',
        '每个新网络都以相同的值开始的张量（全零、全一、缓冲区）也计算在内，其实两个网络在这'
        '些张量上是一致的。',
        '训练初期的验证结果会偏低；或者让钩子复制这些张量：在 YAML 中写 `weightcheck: {align_ema:'
        ' true}`。',
    ),
    'WC211': D(
        'attn_types 要求 WTA，而文件中是 MDTA 与 WTA 共有的键名。',
        '严格加载可以运行，每个权重都就位，但用 MDTA 训练的文件会算出别的结果。',
        '文件确实是用 WTA 训练的：键名无法说明这一点。',
        '请确认该权重是用相同的 attn_types 训练的。',
    ),
    'WC212': D(
        '无论哪个表、哪个前缀，文件几乎都不适合这个网络：相符的参数不到 5 %。',
        '文件属于判别器、优化器或另一种结构；strict false 会掩盖这一点。',
        '同一种结构但宽度不同，因而所有形状都不同；被截断的文件（WC103）得不到建议，因此也'
        '会出现这一条。',
        '换成这个网络的权重，或换成该权重对应的网络；`inspect` 会指出是哪一种。',
    ),
    'WC213': D(
        '读取的是文件的根部，而权重在下一层的表里。',
        '严格加载时这些表是多余的键，训练中断；非严格加载时什么也加载不到，而且没有提示。',
        '目前没有发现。',
        '在 param_key_g（Restormer 和 NAFNet 是 param_key）中写表名；表中之表需要按建议转换。',
    ),
}
