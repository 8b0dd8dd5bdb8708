"""The documentation of the rules about training, in Chinese."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages.sentence import Document as D

DOCUMENTS: Dict[str, D] = {
    'WC501': D(
        '权重位于训练在加载之前会重命名的实验文件夹里。',
        '重新开始训练会把 experiments/<name> 改名为 <name>_archived_<时间>；YAML 中的路径随'
        '之失效，训练在改名之后以 FileNotFoundError 中断。',
        '实际上会恢复训练，但没有把 --auto_resume 告诉检查；Retinexformer 按 YAML 文件名命'
        '名该文件夹，并且只在其中的 models 不为空时才改名。',
        '把权重复制到 experiments/<name> 之外；要接着那次训练，则在 resume_state 中写出它的状态；新的训练用自己的 name:。',
    ),
    'WC502': D(
        'path: 下的某个选项被当作文件夹：凡未被排除的选项都会交给 os.makedirs。',
        '空值使训练以 TypeError 中断，文件的路径使训练以 FileExistsError 中断，其他文本会变'
        '成文件夹；这些都发生在加载之前。Restormer、NAFNet 和 CodeFormer 没有排除 param_key。',
        '确实想建立的文件夹；在 Restormer 中 `param_key: params_ema` 建立的 ./params_ema 没'
        '有害处。',
        '删除该选项，或按框架的写法改正；如果 `param_key: ~` 会使训练中断，没有表的文件就必'
        '须转换。',
    ),
    'WC503': D(
        '训练会恢复，恢复的权重取代 YAML 中指定的权重。',
        'Restormer、NAFNet 及其同类只要 experiments/<name>/training_states 里有状态文件就会'
        '自动恢复；BasicSR 在使用 --auto_resume 或 resume_state 时恢复。strict_load 保持所'
        '写的值。',
        '本来就要用开始时的 YAML 恢复训练。',
        '如果就是要接着训练，无需处理。要恢复训练但保留 YAML 中的权重，请把该网络写进 ignore_resume_networks：BasicSR 写 network_g，Restormer 和 NAFNet 写 g。',
    ),
    'WC504': D(
        '框架只有经过修补才能导入，该条发现会说明修补了什么。',
        '直接启动训练没有这样的修补，会中断。functional-tensor：torchvision 0.17 删除了 basicsr 1.4.2 要'
        '导入的模块；torchvision-operators：torchvision 与 torch 不匹配；version-file：没有运行过'
        ' setup.py。',
        '检查与训练不在同一个环境中。训练启动时带有修补、并且检查已知道这一点时，只是说明。',
        '在你的环境中做同样的修补；或用 `basicsr-weightcheck run --repair-imports` 启动，并用'
        ' --repair-imports 检查（YAML 中写 `weightcheck: {repair_imports: true}`）。',
    ),
    'WC505': D(
        '没有找到 basicsr，或者导入失败。',
        '无法演练任何加载；如果训练也在这个环境中运行，会停在同一个导入处。',
        '检查与训练不在同一个环境中。',
        '在训练的文件夹里用训练所用的 Python 运行检查；--import MODULE 可以导入自己的模块。',
    ),
    'WC506': D(
        'YAML 或工作目录的上级文件夹中有一份 basicsr，环境中又安装了另一份。',
        '脚本导入哪一份取决于启动方式。没有 __init__.py 的那份（Restormer、NAFNet）总是让位'
        '于已安装的那份，而两者读取的选项并不相同。',
        '那份有 __init__.py，而且启动方式保证导入它，例如设置了 PYTHONPATH。训练由 '
        '`basicsr-weightcheck run` 启动（它导入那一份）、并且用 --repair-imports 告诉了检查时，只'
        '是说明。',
        '卸载另一份（pip uninstall basicsr），或为每个仓库使用单独的环境。',
    ),
    'WC507': D(
        '加载的结果由文件头得出，没有运行框架自己的加载器。',
        '预测依据 BasicSR、Restormer 和 NAFNet 的加载器；改过加载器的分支可能不同。只是预测的'
        '加载不会被称为可以训练。',
        '目前没有发现。',
        '解决原因中所说的问题后再检查一次，否则请降低对结果的信任。',
    ),
    'WC508': D(
        '前面的加载会使训练中断，因此不会执行到这一次加载。',
        '关于这次加载的结论在前面的加载修好之后才成立。',
        '模型类捕获了前面加载的错误并继续运行。',
        '请先修好前面的加载。',
    ),
    'WC509': D(
        'YAML 没有为任何网络指定权重。',
        '所有网络都是随机初始化，训练时没有任何提示；空行或被删掉的一行效果相同。',
        '本来就是从头训练。',
        '如果从头训练，无需处理；否则请在 path: 下写 pretrain_network_g。',
    ),
    'WC510': D(
        '按建议修改后演练，仍有加载中断，或者无法演练。',
        '每条建议都应由第二次演练来证明；这一条没有，因此可能是错的。',
        '框架在这个环境中无法运行；原因里会说明。',
        '修改之后，训练之前请再检查一次。',
    ),
    'WC511': D(
        '模型的构造函数以异常结束，在各次加载之前或之后。',
        '训练也会在那里结束，还没走第一步，无论权重如何。',
        '构造函数需要检查时没有的东西，例如 GPU：此时只是警告，并说明无法检查。',
        '请修正异常所指出的问题；如果是机器的缘故，请在训练所用的机器上检查。',
    ),
    'WC512': D(
        'path: 之外指定了权重文件；由网络、损失函数或数据集自己加载。',
        '这样的加载不在检查之内：它有自己的规则，读取固定的表，并且会被 pretrain_network_g '
        '中的同名键覆盖。',
        '看起来像权重文件、但没有代码加载的选项。',
        '请确认文件存在，并含有该网络要读取的表；`inspect` 会列出文件中的表。',
    ),
    'WC513': D(
        '训练要恢复的状态文件不存在。',
        '训练在做任何事之前就以 FileNotFoundError 中断。',
        '没有已知的误报。',
        '写一个存在的状态文件；若要从权重开始，写 `resume_state: ~`。',
    ),
    'WC514': D(
        '把权重（.pth）写在了 resume_state 中。',
        "恢复训练要从文件中读取迭代数和优化器；权重文件两者都没有，训练以 KeyError: 'iter' 中断。",
        '没有已知的误报。',
        '把文件写在 pretrain_network_g 中，并写 `resume_state: ~`。',
    ),
    'WC515': D(
        '训练要恢复的状态文件无法读取。',
        '下载不完整、Git-LFS 指针或损坏的文件；torch.load 的报错很少说明原因。',
        '没有已知的误报。',
        '使用更早的状态文件，或写 `resume_state: ~` 并从权重开始。',
    ),
    'WC516': D(
        '状态文件的文件名与其中的迭代数不同。',
        '恢复训练时加载的权重按文件中的迭代数命名，而不是按文件名：改名或复制过的状态会加载别的权重。',
        '有意改名的状态文件。',
        '确认这就是你要的状态文件。',
    ),
    'WC517': D(
        '状态中的优化器属于参数个数不同的网络。',
        "权重也许能加载，但随后优化器会中断训练：“loaded state dict contains a parameter group that doesn't match the size of optimizer's group”。",
        '自己的模型类只优化网络的一部分。',
        '恢复网络的选项，或者不用状态文件，从权重重新开始。',
    ),
    'WC518': D(
        '状态文件中有 torch 2.6 及更新版本拒绝的对象。',
        'train.py 用 torch.load 读取状态，而它自 2.6 起只接受张量和普通的值；以 numpy 值保存的最佳指标和随机状态会被拒绝。',
        '没有已知的误报。',
        '在写出它的环境中重新保存，把 numpy 值改成数字；或者从权重重新开始。',
    ),
    'WC519': D(
        '状态文件中的优化器个数与模型不同。',
        '用第一阶段的状态恢复 GAN，或者相反；训练以 AssertionError: Wrong lengths of optimizers 中断。',
        '没有已知的误报；只对优化器个数已知的模型类给出。',
        '第二阶段从第一阶段的权重开始，不用它的状态。',
    ),
    'WC520': D(
        '在没有 GPU 的机器上恢复训练。',
        '无论 num_gpu 是多少，train.py 都把状态中的张量放到当前 GPU 上；没有 GPU 时训练在加载之前就中断。状态本身没有问题。',
        '检查所在的机器不是训练的机器；所以是警告。',
        '在有 GPU 的机器上恢复。',
    ),
    'WC521': D(
        'ignore_resume_networks 中网络的写法不是这个框架所比较的。',
        'BasicSR 比较 network_g，Restormer、NAFNet 和 CodeFormer 比较 g；写错时不起作用，恢复训练替换的正是要保留的权重。',
        '没有已知的误报。',
        '写框架所比较的名字。',
    ),
    'WC522': D(
        '恢复训练把平均权重加载到正在训练的网络中。',
        '优化器的状态属于原始权重。BasicSR 恢复时把 params_ema 改成 params；Restormer、NAFNet 和 CodeFormer 不改。',
        '没有已知的误报。',
        '恢复训练时写 params。',
    ),
    'WC523': D(
        'training_states 中有文件名不是迭代数的文件。',
        '寻找最新状态时会把每个文件名都转换成数字；一个笔记、.DS_Store 或 best.state 就会让训练以 ValueError 中断。',
        '没有已知的误报。',
        '把该文件移走。',
    ),
    'WC524': D(
        '寻找状态的文件夹不是状态所在的文件夹。',
        '寻找从工作目录开始，而实验在代码旁边。训练于是从头开始，并把旧实验改名。',
        '有意用已被占用的名字从头开始。',
        '在包含 experiments 的文件夹中启动训练。',
    ),
    'WC525': D(
        '带 --auto_resume 时不会读取 YAML 中的 resume_state。',
        '训练只在 experiments/<name>/training_states 中寻找；那里没有状态时就从头开始，不管 resume_state 写了什么。',
        '没有已知的误报。',
        '不带 --auto_resume 启动训练。',
    ),
    'WC526': D(
        '与当前任何一次加载都无关的 YAML 修改经过试验，但没有达到预期。',
        '移动或改名后的选项会让训练加载以前没有加载的内容；文件可能不存在，或属于别的网络。',
        '没有权重的 YAML，改名暂时没有任何影响。',
        '修改后再次检查：届时会检查加载本身。',
    ),
    'WC527': D(
        'YAML 旁边的插件包无法整体导入；检查绕过它，直接导入了其中的网络。',
        '导入该包（或其中任何模块）的训练会在此处停止；常见原因是其数据集代码与所装的 basicsr 不合，或 setup.py 还没有写出 version.py。这次训练的网络或模型来自该包时是错误。',
        '恰好在那里、而这次训练并不使用的包。',
        '用训练所用的 Python 导入该包，按报错修正。',
    ),
    'WC528': D(
        '训练会恢复，而 YAML 没有为它指定别的权重。',
        '它说明训练从哪个状态继续、用哪些权重。',
        '尚无。',
        '无需处理。',
    ),
    'WC529': D(
        '模型对文件做了检查无法跟踪的事：它查看数值，而检查不读取数值。',
        '之后的行为取决于这些数值；演练用的不是文件中的数值，因此对这些加载的说法可能有误。',
        '仅仅打印出来的数值。',
        '开始后查看加载日志，或让钩子核对数值（`run`）。',
    ),
    'WC551': D(
        '框架的启动脚本拒绝这个 Python。',
        '除 3.12 以外的任何 Python 下，neosr 的 train.py 都会立即结束。',
        '检查与训练用的不是同一个 Python：请用同一个。',
        '用所要求的 Python 运行检查和训练。',
    ),
    'WC552': D(
        '恢复训练从平均权重继续，优化器却属于原始权重。',
        'neosr 把平均权重保存在 params 下，原始权重不保存；恢复之后两个网络都从平均权重开始。',
        '没有已知的误报。',
        '小幅倒退无妨时无需处理；否则一次训练完，或不使用 EMA。',
    ),
    'WC553': D(
        '训练在加载时以退出码 0 停止。',
        '启动它的脚本、队列或 CI 会当作成功；此时上次运行的文件夹已经被归档。',
        '没有已知的误报：退出码就是所运行的构造函数结束时的退出码。',
        '修正使加载停止的问题。',
    ),
    'WC554': D(
        '为选项中没有的网络指定了权重。',
        'neosr 会把 pretrain_network_d 加载到不存在的网络里，训练以 AttributeError 中断。',
        '没有已知的误报。',
        '加上该网络的一节，或去掉这个选项。',
    ),
}
