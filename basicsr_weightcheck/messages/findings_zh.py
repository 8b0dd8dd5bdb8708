"""The findings in Chinese."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages.sentence import Sentence as S

FINDINGS: Dict[str, S] = {
    'WC101': S(
        '权重文件无法读取',
        '{path}：{reason}',
        '{advice}也可在 {option} 中换一个文件。',
    ),
    'WC103': S(
        '权重文件不完整',
        '{path}：{cut}训练在加载该文件时会报错退出。',
        '请重新下载或复制，并与来源核对文件大小。',
    ),
    'WC104': S(
        'torch 拒绝该权重文件',
        'torch.load 拒绝 {path}：{error}：{reason}',
        '{advice}',
    ),
    'WC105': S(
        '该文件会执行代码',
        '{path} {reason}',
        '{advice}',
    ),
    'WC106': S(
        '加载器只读 torch 文件，却给了 safetensors 文件',
        '{path} 是 safetensors 文件；load_network 调用 torch.load，无法读取它。',
        '请转换一次，命令见建议。',
    ),
    'WC109': S(
        '这个 torch 读不了 zip 格式',
        '{path} 是 torch 1.6 及更新版本的 zip 格式；训练用的 torch {version} 无法读取。',
        '请用更新的 torch 重新保存：torch.save(weights, path, _use_new_zipfile_serialization=False)；或者用 torch 1.6 及更新版本训练。',
    ),
    'WC110': S(
        '文件引用了 NumPy 2 的模块',
        '{path} 引用了 {names}；训练用的 NumPy {version} 没有这些模块：训练以 ModuleNotFoundError 报错退出。',
        '请在装有 NumPy 2 的环境中把权重重新保存为纯张量。',
    ),
    'WC112': S(
        '无法事先核对名称',
        '{path}：{reason}torch 能加载此文件；这里说的是它实际做了什么。',
        '无需处理；请看各网络从什么值开始。',
    ),
    'WC201': S(
        'strict_load 必须为 false',
        '严格加载时训练会因 {error} 报错退出：缺少 {missing} 个键，多出 {unexpected} 个键，{mismatched} 个键尺寸不同。'
        '设为 {option}: false 后可以运行，从文件加载 {parameters_loaded}/{parameters_expected} 个参数'
        '（{fraction}），其余为随机初始化。',
        '{advice}',
    ),
    'WC202': S(
        '什么也没有加载',
        '加载不会报错，但没有从 {path} 得到任何参数：网络为随机初始化。',
        '请看下面的差异，并按建议处理。',
    ),
    'WC203': S(
        '只加载了很少一部分',
        '来自文件的只有 {fraction} 的参数（{parameters_loaded}/{parameters_expected}）、多于一维的张量'
        ' {weights_loaded}/{weights_expected} 个，其余为随机初始化。要求两者都至少有 {asked}。',
        '请确认这就是你要的权重，并确认网络的选项与训练它时相同。若本来就只取这么少，请写 weightcheck: {{min_loaded: 0.1}}。',
    ),
    'WC204': S(
        '只加载了一部分',
        '{fraction} 的参数（{parameters_loaded}/{parameters_expected}）来自文件；{missing} 个张量保持随机，'
        '文件中 {unexpected} 个被丢弃，{mismatched} 个因尺寸不同被丢弃。',
        '如果这正是你想要的，无需处理。',
    ),
    'WC205': S(
        '文件里没有这个权重表',
        '{network} 要读取权重表 {key}；{path} 里只有：{tables}。训练会因 {error} 报错退出。',
        '请按下面的建议处理。',
    ),
    'WC206': S(
        '实际读取的权重表与要求的不同',
        '{network} 要读取权重表 {key}，但 {path} 里没有；框架会悄悄改读 {used}。',
        '请把 {option} 设为 {used}，与实际一致。',
    ),
    'WC207': S(
        'EMA 网络从 params 开始',
        '{path} 里没有权重表 params_ema；框架会悄悄为 {network} 读取 params。',
        '无需处理：EMA 网络以同一份权重开始。',
    ),
    'WC208': S(
        '文件里有未使用的 EMA 权重',
        '{path} 里还有权重表 params_ema（通常发布和测试用的就是它）；训练却从 {key} 开始。',
        '如要使用它，请设置 {option}: params_ema。',
    ),
    'WC209': S(
        '键名相差一个前缀',
        '文件的 {of} 个键名中有 {names} 个{how}前缀 {prefix}：处理后 {expected} 个键名中有 {matched} 个键名与形状一致，'
        '不处理只有 {plain} 个。strict_load: false 没有用：{without_strict}。',
        '请转换一次文件，命令见建议。之后仍为随机的张量：{random}。',
    ),
    'WC210': S(
        'net_g 与 net_g_ema 的起点不同',
        '文件中没有 {missing} 个张量。它们在 {network} 中也是随机的，且与 net_g 的随机值不同，'
        '滑动平均需要很多次迭代才能忘掉它们。',
        '训练初期，使用 EMA 网络的验证结果会偏低。',
    ),
    'WC211': S(
        '键名相同不代表网络相同',
        '{name} 为 {value}。若为 {name}: {other}，网络的键名与形状完全相同，而模块不同（{classes}）：'
        '用它训练的文件同样能加载，算出的却是别的结果。文件本身无法说明它是哪一种。',
        '请确认该权重是用 {name}: {value} 训练的。',
    ),
    'WC212': S(
        '权重属于另一个网络',
        '{network_type} 的 {expected} 个张量中，{path} 里只有 {matched} 个键名与形状一致（占参数的 {fraction}）。',
        '请换成 {network_type} 的权重，或换成该权重对应的网络。',
    ),
    'WC213': S(
        '权重在所读位置的下一层',
        '{network} 读取 {path} 的根部，那里没有权重，只有权重表 {tables}。',
        '请按下面的建议处理。',
    ),
    'WC214': S(
        '文件使用旧代码的键名',
        '{path} 是另一代命名的 {network_type}（{rules}）：不改名时 {expected} 个键名中有 {matched} 个相符，改名后文件提供 {renamed} 的参数。'
        'strict_load: false 没有用：只会加载碰巧同名的部分。',
        '把文件转换一次；命令见建议部分。之后仍为随机的张量：{random}。',
    ),
    'WC215': S(
        '文件里有性能分析缓冲区',
        '{path} 中有 {count} 个键是性能分析工具的计数器（total_ops、total_params），不是权重。{harmless}',
        '一次性去掉；命令与建议列在一起。',
    ),
    'WC216': S(
        '转换后能用上文件中更多的权重',
        '转换后文件提供 {fraction} 的参数，不转换则为 {plain}。已按以下设置试加载：{edits}。',
        '如要采用，请运行建议下方列出的命令。',
    ),
    'WC217': S(
        '把训练状态当作权重',
        '{path} 保存的是{what}，不是网络。',
        '{advice}',
    ),
    'WC218': S(
        '按位置复制权重',
        '{by} 把 {count} 个张量放到了与文件中不同的键名下；第一个是 {key}，得到的是 {found}。它只看张量的先后'
        '顺序，多一层或少一层，就会让每一层拿到别的层的权重，且不报错。',
        '请严格加载；若文件中的键名不同，请先改名。',
    ),
    'WC219': S(
        'net_g 与 net_g_ema 读取的权重表不配套',
        '{network} 总是读取 params_ema，{path} 中没有时读取 params；这里它读取 {key}，而 {plain} 读取 {other}，'
        '两者的初始权重不同。',
        '请把想用的权重表保存为 params，并去掉 param_key。',
    ),
    'WC220': S(
        '名称指向另一个任务',
        '权重可以全部加载。但 {path} 的名称表示 {found}，而训练表示 {expected}。不同任务的权重键名与形状相同，只能'
        '从名称区分。',
        '请确认这就是你要的文件。这只是提示，不是错误。',
    ),
    'WC221': S(
        '在 path 之外加载的权重无法使用',
        '{option} 指定了 {value}，供{reader}使用：{problem}。{detail}',
        '{advice}',
    ),
    'WC222': S(
        '没有任何代码加载该网络',
        '没有模型会读取 {section} 的预训练选项，它也没有 model_path：该网络保持随机初始化，训练目标也随之是随机的。',
        '请在 {section}.model_path 中指定其权重，或在 {latents} 中指定潜变量。',
    ),
    'WC223': S(
        '网络的一个子模块名为 module',
        '{network_type} 有 {count} 个形如 {key} 的键；load_network 把开头当成 DataParallel 的前缀，并从文件的键名中'
        '去掉。这些张量保持随机初始化。',
        '请在类中给该子模块换一个名字。',
    ),
    'WC224': S(
        '两个类同名',
        'type: {name} 构建的是 {built}；注册表中还有 {other}。训练得到哪一个，取决于启动脚本导入了什么。',
        '请用所需类所在包的 train.py 启动训练。',
    ),
    'WC230': S(
        '文件中有多份同样的网络',
        '同样的键名出现在多个前缀之后：{prefixes}。建议采用 {chosen}；通常用于测试的是滑动平均的那一份（…_ema）。',
        '如要采用另一份，请修改命令中的 --strip-prefix。',
    ),
    'WC231': S(
        '文件无法说明的选项',
        '{name} 为 {value}。若为 {name}: {other}，网络的键名与形状完全相同（{attributes}）：文件都能加载。',
        '如果该权重是用 {name}: {value} 训练的，无需处理。',
    ),
    'WC241': S(
        '加载报错退出',
        '加载 {path} 时以 {error} 报错退出：{reason}',
        '请查看文件的内容（inspect）和这次加载的选项。',
    ),
    'WC242': S(
        '加载之后又丢失',
        '这次加载所填充的 {loaded} 个张量中，有 {count} 个在模型构建完成时又成了初始值（第一个：{key}）：加载之后的代码改写了它们。',
        '请查看加载之后运行的代码：在加载之前初始化，或只初始化确实要重新开始的部分。',
    ),
    'WC243': S(
        '有网络从随机值开始',
        '{network}（{network_type}）从随机值开始，而另一个网络已加载。',
        '如果本来如此，无需处理；否则请同样指定它的权重。',
    ),
    'WC301': S(
        '有尺寸不同的张量',
        '{count} 个张量键名相同而形状不同；第一个 {key}：网络为 {expected}，文件为 {found}。'
        '严格加载会报错退出；非严格加载时它们保持随机。',
        '请把 {section} 的选项与训练该权重时的选项比较。',
    ),
    'WC302': S(
        '只缺少缓冲区',
        '缺少的 {count} 个张量都是缓冲区（buffer），不是参数。由网络自己计算的缓冲区没有损失。',
        '如果它们由网络计算，无需处理。',
    ),
    'WC303': S(
        '放大倍数不同',
        '文件对应的放大倍数是 {found}，网络是 {expected}。{fraction} 的参数吻合；{rest}。',
        '{advice}',
    ),
    'WC304': S(
        '只有网络自行计算的缓冲区不同',
        '不同的 {count} 个张量（第一个是 {key}）都是由图像尺寸和窗口尺寸算出的缓冲区。所有参数都吻合；网络保留自己的'
        '缓冲区，它们是正确的。',
        '请设置 {option}: false，不会丢失任何内容；或写上文件所用的值（{made}）。',
    ),
    'WC305': S(
        '文件所用的网络选项不同',
        '文件是用 {found} 生成的，选项写的是 {expected}（{section}，第 {lines} 行）。目前 {fraction} 的参数吻合，使用文件的选项后为 {then}。',
        '{advice}',
    ),
    'WC306': S(
        '注意力类型不同',
        '文件中是 {found} 注意力的键，网络需要 {expected}：注意力中有 {count} 个张量为随机初始化，其余部分可以加载。',
        '如果你正是要更换注意力来训练，这是对的；否则请修改 attn_types。',
    ),
    'WC307': S(
        '键名相同，但不是同一个网络',
        '所有键名和形状都相符，但 {source} 表明文件来自另一个网络：{changed}。',
        '请写上训练该文件时的选项，或换用这个网络的权重文件。',
    ),
    'WC308': S(
        '网络类的源码已改变',
        '{now} 的源码与保存文件时的 {then} 不同（{source}）。',
        '请确认改动没有改变权重的含义。',
    ),
    'WC309': S(
        '文件属于另一个网络类',
        '从形状看，{path} 是 {found}；选项要求的是 {expected}。只有 {fraction} 的参数吻合。',
        '{advice}',
    ),
    'WC310': S(
        '差异只在一个子模块',
        '不同的 {count} 个键都属于子模块 {module}：{where}中有，{other}中没有。{reason}',
        '{advice}',
    ),
    'WC311': S(
        'RRDBNet 没有这个放大倍数',
        'RRDBNet 固定放大 4 倍；scale: 2 和 1 会先折叠图像，{scale} 不起作用。权重仍可全部加载，但第一次计算损失时'
        '会报错退出：输出与目标的尺寸不同。',
        '网络和训练的 scale 请用 1、2 或 4，或换一个网络类。',
    ),
    'WC312': S(
        '判别器对应的图块尺寸不同',
        'VGGStyleDiscriminator 接受 {size} 像素的图像，而训练裁剪 {patch} 像素的图块：第一步就会因 AssertionError 报错退出。',
        '请把 network_d.input_size 设为 gt_size（128 或 256），并使用对应尺寸的权重文件。',
    ),
    'WC313': S(
        '归一化方式不同',
        '各层相同，但文件中是{found}，网络中是{expected}：{count} 个键不同，第一个是 {key}。若设 strict_load 为 false，'
        '它们会保持随机初始化。',
        '请用文件的归一化方式构建网络，或用脚本给键改名。',
    ),
    'WC314': S(
        '层的编号不同',
        '文件中的张量相同、顺序相同，但有 {count} 处编号不同：{pairs}。若设 strict_load 为 false，编号恰好相同的层会'
        '拿到别的层的权重。',
        '请给文件中的键改名，或按保存文件时的结构构建网络。',
    ),
    'WC315': S(
        '即使不严格，尺寸也必须一致',
        '{by} 把整个文件交给 load_state_dict：{count} 个尺寸不同的张量（第一个是 {key}）会使加载报错退出，与 strict_load 的'
        '取值无关。原版 BasicSR 会跳过它们。',
        '请让网络使用文件的选项，或从文件中去掉这些张量。',
    ),
    'WC316': S(
        'sidecar 属于另一个文件',
        '{sidecar} 不是为现在的文件 {path} 写的；已忽略。',
        '无需处理；可以删除它，或把权重文件连同其 sidecar 一起复制。',
    ),
    'WC401': S(
        'strict_load 看似 false，实为 true',
        '{option} 是 {value}：它是文本，而任何文本都算作 true。',
        '请写 {option}: {after}，不加引号。',
    ),
    'WC402': S(
        'strict_load 没有写成 true 或 false',
        '{option} 是 {value}，按 {effective} 处理。',
        '请写 true 或 false，不加引号。',
    ),
    'WC403': S(
        "文本 'None' 不是空值",
        '{option} 是文本 {value}，不是空值。',
        '请{write}。',
    ),
    'WC404': S(
        '该选项不会被读取',
        '这个框架从不读取 {option}；它读取的是 {read}。',
        '请改写为 {read}。',
    ),
    'WC405': S(
        'path 下有未知选项',
        '没有加载器读取 {option}。',
        '是否想写 {nearest}？',
    ),
    'WC406': S(
        '选项写了两次',
        '{option} 出现在第 {first} 行和第 {later} 行，{effect}。',
        '请删去其中一个。',
    ),
    'WC407': S(
        '加载选项写在 path 之外',
        '{option} 写在 path: 之外，加载器不会读取它。',
        '请移到 path: 下面。',
    ),
    'WC408': S(
        'strict_load 留空',
        '{option} 没有值，按 false 处理：缺失 {missing} 个、多余 {unexpected} 个、形状不同 {mismatched} 个键被静默忽略。'
        '参数 {parameters_expected} 个中有 {parameters_loaded} 个（{fraction}）来自文件。',
        '请写 {option}: true；如果这正是你要的，请写 false。',
    ),
    'WC411': S(
        'strict_load 可以为 true',
        '全部一致：严格加载可行。{option}: false 会让网络以后的变化不被发现。',
        '请设置 {option}: true，以便不一致时得到提醒。',
    ),
    'WC412': S(
        '训练无法解码 YAML',
        '框架按本机编码 {encoding} 打开 YAML；第 {at} 行无法这样读取：训练以 UnicodeDecodeError 报错退出。',
        '请设置 PYTHONUTF8=1 再启动训练，或只使用 ASCII 字符（注释也一样）。',
    ),
    'WC413': S(
        '--force_yml 设置的选项没有人读取',
        '--force_yml 新建了顶层选项 {option}；没有任何代码读取它，本想修改的选项保持原样。',
        '请写成 {meant}= …：各级之间用冒号分隔。',
    ),
    'WC414': S(
        '网络的选项没有人读取',
        '{option} 被 {network_class} 的 **kwargs 收下，没有任何代码读取它：网络按没有这个选项构建。',
        '是否想写 {nearest}？',
    ),
    'WC415': S(
        '读取哪个权重表由文件决定',
        '{network} 要读取权重表 {key}，{path} 里也有；实际读取的却是 {used}：加载器按自己的顺序取文件中的第一个，只有文件一个都没有时才看 {option}。',
        '要从 {key} 开始，请把 {path} 转换成只含这个权重表的文件；否则去掉 {option}。',
    ),
    'WC416': S(
        '本检查的设置无法理解',
        '{setting} 为 {value}：{wanted}。检查与钩子都按默认值处理。',
        '请改正或去掉它。',
    ),
    'WC431': S(
        '指定的权重从未被加载',
        '{model}（{file}）从不加载 {option}：{how}。它指定 {path}，而构造函数结束时没有任何网络含有该文件的内容。',
        '在 {model} 中加载它，改用会加载它的类训练，或去掉该选项。',
    ),
    'WC441': S(
        '这里无法关闭严格加载',
        '{option} 为 false，但解析器会把它改成 true：它只看 path: 下是否有 {name}。',
        '请在 path: 下也写上 “{name}”，值写一个文件夹（会被创建）；这样 train: 下的 false 才有效。',
    ),
    'WC501': S(
        '文件在读取之前被移走',
        '因为名称已被占用，训练在加载之前会重命名 {folder}。{load_path} 就在其中，'
        '读取时已不存在：训练会因 FileNotFoundError 报错退出。',
        '请把权重复制到别处并写出副本的路径；要接着那里的训练，请在 resume_state 中写出它的状态文件。',
    ),
    'WC502': S(
        'path 下的选项被当作文件夹',
        '加载之前训练会对 {option}（{value}）调用 os.makedirs：{effect}。',
        '{cure}',
    ),
    'WC503': S(
        '恢复训练会替换权重',
        '训练从 {state} 恢复：权重来自 {used}，而不是 {configured}。',
        '如果就是要接着这次训练，无需处理；此时不会读取 {configured}。',
    ),
    'WC504': S(
        '框架的导入需要修补',
        '{what}',
        '{fix}',
    ),
    'WC505': S(
        '框架无法导入',
        '无法试加载任何权重：{error}：{reason}',
        '请用训练所用的 Python 运行检查，或加上 --import MODULE。',
    ),
    'WC506': S(
        '框架有两份',
        '检查使用的是 {origin}（布局：{layout}）；另一份 basicsr 安装在 {shadowed}。{which}；两者读取的选项和构建的网络都不同。',
        '请卸载已安装的那一份（pip uninstall basicsr），或用 {program} run 启动训练，它导入前者。',
    ),
    'WC507': S(
        '是预测，不是试加载',
        '该结果由文件头预测得出：{reason}',
        '请在能导入框架的环境里、不加 --no-rehearsal 再检查一次。',
    ),
    'WC508': S(
        '后面的加载不会执行',
        '训练会停在前面的加载；这里所说的在前者修好之后才成立。',
        '请先修好前面的加载。',
    ),
    'WC509': S(
        '没有预训练权重',
        'path: 下没有指定权重：除网络自行加载的部分外，所有网络都是随机初始化。',
        '如果从头训练，无需处理。',
    ),
    'WC510': S(
        '建议未经验证',
        '无法按建议的修改试加载：{reason}',
        '请用修改后的选项再检查一次。',
    ),
    'WC511': S(
        '训练在第一步之前报错退出',
        '读取选项并构建模型时以 {error} 结束：{reason} {place}',
        '请修正异常所指出的问题。如果只是这台机器缺少所需条件（GPU），请在训练所用的机器上检查。',
    ),
    'WC512': S(
        'path 之外指定了权重',
        '{option} 指定了权重 {value}；供{reader}使用，这次加载不在本检查之内。',
        '请自行留意。',
    ),
    'WC513': S(
        '状态文件不存在',
        'resume_state 指定的 {state} 不存在。最接近的文件：{nearest}',
        '请写一个存在的状态文件，或去掉 resume_state。',
    ),
    'WC514': S(
        '把权重当作训练状态',
        'resume_state 指定的 {state} 中没有迭代数和优化器：训练会以 KeyError: iter 报错退出。',
        '请去掉 resume_state，并把该文件写在 pretrain_network_g: 中；优化器会重新开始。',
    ),
    'WC515': S(
        '状态文件无法读取',
        '{state}：{reason}',
        '请使用更早的状态文件，或去掉 resume_state 并从权重开始。',
    ),
    'WC516': S(
        '状态文件的迭代数与文件名不符',
        '{state} 中的迭代数是 {iteration}：恢复时加载的是 {weights}。',
        '请确认这就是你要的状态文件。',
    ),
    'WC517': S(
        '状态中的优化器属于另一个网络',
        '{state} 中的优化器有 {found} 个参数，而 {network} 有 {expected} 个：恢复时训练以 ValueError 报错退出。',
        '请恢复 {network} 的选项；或去掉 resume_state，换一个 name: 并从权重开始。',
    ),
    'WC518': S(
        'torch 拒绝加载状态文件',
        '{state} 中有 {names}，torch.load 自 2.6 起拒绝它们：恢复时训练报错退出。',
        '请在写出它的环境中重新保存，把 numpy 值改成普通数字；或去掉 resume_state，换一个 name: 并从权重开始。',
    ),
    'WC519': S(
        '状态中的优化器个数不同',
        '{state} 中有 {found} 个优化器，{model_type} 有 {expected} 个：训练以 AssertionError: Wrong lengths of optimizers 报错退出。',
        '请去掉 resume_state，换一个 name: 并从权重开始。',
    ),
    'WC520': S(
        '恢复训练需要 GPU',
        '训练首先把状态 {state} 放到 GPU 上，而这里没有 GPU（其中 {count} 个张量是从 GPU 保存的）：无论 num_gpu 是多少，训练都会报错退出。状态本身没有问题。',
        '请在有 GPU 的机器上恢复；选项不需要修改。',
    ),
    'WC521': S(
        '要保留的网络名写错了',
        'ignore_resume_networks 写的是 {written}；这个框架比较的是 {read}，因此恢复时仍会替换它的权重。',
        '请写 {read}。',
    ),
    'WC522': S(
        '恢复时读取的是平均权重',
        '{option} 是 params_ema，而这个框架恢复时不改它：net_g 从平均权重继续，优化器却属于原来的权重。',
        '恢复训练时请设 {option}: params。',
    ),
    'WC523': S(
        '训练状态文件夹中有无关的文件',
        '训练把 {folder} 中的每个文件名都当作迭代数；{name} 不是，训练以 ValueError 报错退出。',
        '请把 {name} 移走。',
    ),
    'WC524': S(
        '训练状态在别处',
        '训练在 {started} 下寻找状态，而状态在 {folder} 中：它会从头开始，并把旧实验改名。',
        '请在包含 experiments 的文件夹中启动训练。',
    ),
    'WC525': S(
        'resume_state 没有被读取',
        '带 --auto_resume 时训练不读取 resume_state（{state}），自己又找不到状态：它会从头开始。',
        '请不带 --auto_resume 启动训练。',
    ),
    'WC526': S(
        '修改未经验证',
        '已试过这些修改，但未能验证：{reason}',
        '请修改后再次检查，届时会检查加载本身。',
    ),
    'WC527': S(
        '插件包无法导入',
        '包 {package} 无法整体导入（{reason}）。检查时绕过了它的 __init__，只取用其中的网络；而导入该包的训练会在此处报错退出。',
        '请先解决 `python -c "import {package}"` 报出的问题。',
    ),
    'WC528': S(
        '训练会恢复',
        '训练从 {state} 继续，权重来自 {used}。',
        '无需处理。',
    ),
    'WC529': S(
        '加载内容取决于数值',
        '模型对文件做了检查无法跟踪的事（{what}）：各网络从什么值开始无法得知。',
        '请在开始后查看加载了什么，或用 `run` 启动训练，它会核对数值。',
    ),
    'WC530': S(
        '缺少一个包',
        '{importer} 导入 {package}，而这里没有安装：训练会在此处报错退出。',
        '在训练所用的环境中执行 pip install {package}。',
    ),
    'WC531': S(
        '仅由文件头得知',
        '没有构建网络；从文件头看，{path} 是 {network_type}（{options}）。',
        '与选项中的网络对照。',
    ),
    'WC541': S(
        '指定权重的选项从未被读取',
        '{script} 从不读取 {option} = {written}：它改用 {folder} 中最新的 {files}，而那里一个也没有。{network} 从头开始训练。',
        '{advice}',
    ),
    'WC542': S(
        '找到并加载了另一个文件',
        '{script} 加载 {folder} 中最新的 {files}：{used}；不读取 {option} = {written}。',
        '如果就是要接着这次训练，无需处理；新的训练请换一个 task。',
    ),
    'WC543': S(
        '同一次训练的文件不是同时保存的',
        '{folder} 中每一种最新的文件是 {files}，它们的编号不同。',
        '请移走较新的文件，或放上与之对应的文件。',
    ),
    'WC544': S(
        '训练脚本是假定的',
        '假定为 {script}。',
        '如果正是它，无需处理；否则请写出你的脚本："weightcheck": {{"script": "main_train_….py"}}',
    ),
    'WC545': S(
        '脚本以别的方式设置该选项',
        '{script} 设置 {option} 的方式无法追踪：不知道会加载哪个文件。',
        '请用 `run` 启动训练：钩子能看到实际加载的内容。',
    ),
    'WC546': S(
        '训练会自动继续',
        '{script} 加载 {folder} 中最新的文件：{used}。',
        '无需处理；新的训练请换一个 task。',
    ),
    'WC551': S(
        '训练拒绝这个 Python',
        'train.py 在 Python {found} 下会立即结束：它要求 {wanted}。',
        '请用 Python {wanted} 运行检查和训练。',
    ),
    'WC552': S(
        '恢复从平均权重继续',
        '使用 EMA 时框架只保存平均权重：两个网络都从它们继续，而优化器状态属于原始权重。',
        '如果这就是本意，无需处理。',
    ),
    'WC553': S(
        '训练以退出码 0 结束',
        '训练在此以退出码 0 结束，如同成功一样：{place}',
        '启动后立即结束时，不要相信退出码。',
    ),
    'WC554': S(
        '有权重却没有网络',
        '{option} 指定了权重，却没有 {section} 一节：加载会使训练报错退出。',
        '请加上 {section}，或去掉 {option}。',
    ),
    'WC560': S(
        '要求的是框架的另一个版本',
        '{file} 要求 {name} {pinned}；所装的是 {installed}。',
        '检查能够完成时无需处理；否则安装所要求的版本。',
    ),
    'WC561': S(
        '恢复训练时取用了另一个文件',
        '{option} 在这一迭代有多个文件。恢复时按框架自己的顺序取最后一个 {used}，而不是 {other}。',
        '若要用 {other}，请把 {used} 移出该文件夹。',
    ),
    'WC562': S(
        'EMA 权重会被覆盖',
        '{option} 的文件会被加载，但第一次迭代就用 net_g 的权重将其覆盖：全新的训练不会用到它。',
        '请去掉 {option}；若想从该文件开始，请写在 path.pretrain_network_g 下。',
    ),
    'WC563': S(
        '框架的选项解析器改变了一个选项',
        '{option}：YAML 中是 {before}，训练中是 {after}。检查采用了解析器的结果；修改这一行可能不起作用。',
        '如果这正是你要的，无需处理；否则请修改解析器，或它所读取的内容。',
    ),
    'WC601': S(
        '文件的精度不同',
        '有 {count} 个张量在文件中是 {found}，在网络中是 {expected}。可以加载，但精度以文件为准。',
        '如果这就是你要的权重，无需处理。',
    ),
    'WC602': S(
        '权重中有 NaN',
        '{path} 中有 {count} 个张量含有 NaN（共 {elements} 个值，第一个是 {first}）：从第一步起输出就是 NaN。',
        '请使用更早的权重文件：保存它的训练已经发散。',
    ),
    'WC603': S(
        '权重中有无穷大',
        '{path} 中有 {count} 个张量含有无穷大（共 {elements} 个值，第一个是 {first}）。',
        '请使用更早的权重文件，或全精度的文件。',
    ),
    'WC604': S(
        '权重全为零',
        '{path} 提供的 {count} 个张量全为零。',
        '请重新获取文件，或使用别的权重文件。',
    ),
    'WC605': S(
        '权重的字节被改动过',
        '{path} 中有 {count} 个张量与文件中的校验和不符（第一个是 {first}）；torch 照样会加载。',
        '请重新复制或下载文件。',
    ),
    'WC606': S(
        '网络使图像变差',
        '使用这些权重时网络为 {mine}；什么都不做为 {nothing}。',
        '请确认文件是用这个网络、这个数值范围和这个通道顺序训练的；check --first-look 会尝试别的。只有它是为另一种退化而训练时才没有问题。',
    ),
    'WC607': S(
        '同一文件在另一网络中表现更好',
        '使用 {name} 时同一文件为 {theirs}，按选项为 {mine}，什么都不做为 {nothing}（{count} 张图像）。',
        '弄清文件是用什么训练的：很可能是 {name}。',
    ),
}
