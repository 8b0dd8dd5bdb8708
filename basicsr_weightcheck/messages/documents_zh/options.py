"""The documentation of the rules about options, in Chinese."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages.sentence import Document as D

DOCUMENTS: Dict[str, D] = {
    'WC401': D(
        'strict_load 是文本、数字或空值，而不是 true 或 false。',
        "起作用的只是值的真假：文本 'false' 为真，空值为假，都不是本意。",
        '数字 1 和 0 的效果与字面一致。',
        '写 true 或 false，不要加引号。',
    ),
    'WC402': D(
        'strict_load 是数字或加了引号的文本，其效果恰好与字面一致。',
        '下次修改该值时不会有任何变化：任何文本都算作 true，除 0 以外的数字也是。',
        '没有已知的误报；加载的行为与字面一致。',
        '写 true 或 false，不要加引号。',
    ),
    'WC403': D(
        'param_key 是 None 之类的文本，而本意是空值。',
        "YAML 只把 ~、null 和什么都不写当作空值。BasicSR 会去找名为 'None' 的表：要么悄悄改"
        '读 params，要么在文件没有 params 时以 KeyError 中断。',
        '文件里确实有这样命名的表。',
        '要读取文件根部请写 ~，否则写表名。',
    ),
    'WC404': D(
        '框架读取 param_key_g，却写了 param_key，或者相反。',
        '该选项被忽略，读取的是 params；在 Restormer 及其同类中，写错的选项还会建立一个文件夹。',
        '自己的模型类读取了这个选项。',
        '改写为这个框架所读取的选项。',
    ),
    'WC405': D(
        'path: 下有一个加载器都不读取的选项，看起来像是某个已知选项拼错了。',
        '写成 `strict_loadg: false` 时严格加载仍然打开；写成 `pretrain_model_g` 时不会加载'
        '任何权重。',
        '自己的模型类读取的选项。',
        '改写为该条发现中指出的选项。',
    ),
    'WC406': D(
        '同一个选项在同一节中写了两次。',
        'YAML 加载器会悄悄采用后者。如果在顶层、path: 或网络一节中出现两个不同的值，检查会以退出码 2 结束，而不是给出这一条。',
        '两个值相同；但下一次修改可能只改其中一个。',
        '删去其中一个。',
    ),
    'WC407': D(
        '加载选项写在 path: 之外（常因缩进丢失），而 path: 下也有同名选项。',
        '只有 path: 下的那个会被读取。如果 path: 下没有它，检查会以退出码 2 结束，而不是给'
        '出这一条。',
        '程序的其他部分在自己的一节里读取的同名选项。',
        '删去它，或把它移到 path: 下代替原来的那个。',
    ),
    'WC408': D(
        'strict_load 写了选项名却没有值，按 false 处理。',
        '不写该选项表示 true，不写值却表示 false：不匹配的部分都被忽略，没有任何提示。',
        '作者本来就要 false 且全部匹配；这时只是警告。',
        '写 true 或 false。',
    ),
    'WC411': D(
        'strict_load 为 false，而试过的严格加载可以运行。',
        '非严格加载时，网络或文件以后的变化不会被发现。',
        '同一个 YAML 用于多个文件，其中有的需要 false。',
        '把该选项设为 true，以便不一致时得到提醒。',
    ),
    'WC412': D(
        'YAML 是 UTF-8，而框架用另一种编码打开它，无法读取。',
        "在 Windows 上 open() 使用系统编码（GBK、cp1252）；一条中文注释就会让训练以 UnicodeDecodeError（'charmap' 或 'gbk' codec can't decode）中断。",
        '训练使用的区域设置或 PYTHONUTF8=1 与检查时不同。',
        '设置 PYTHONUTF8=1，或文件只用 ASCII 字符。',
    ),
    'WC413': D(
        '--force_yml 的一项新建了没有人读取的选项，而不是修改本想修改的那个。',
        '各级之间用冒号分隔。`path.pretrain_network_g=x` 会悄悄新建一个以此为全名的顶层选项，训练仍按 YAML 的内容开始。',
        '自己的脚本读取这样的名称。',
        '各级之间写冒号。',
    ),
    'WC431': D(
        'path: 下的一个选项指定了权重，而模型的构造函数没有从中加载任何内容。',
        '网络从随机值开始，训练对此一言不发：加载被注释掉，处在某个条件之后，或该类读取另一个名字的选项。',
        '在第一次迭代之后才加载的模型。模型没有构建该选项对应的网络时（例如沿用了 GAN 训练的 YAML）只是警告。',
        '在所指出的类中加载它，改用会加载它的类，或去掉该选项。',
    ),
}
