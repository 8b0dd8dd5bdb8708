"""The documentation of the rules about training, in Chinese."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages.sentence import Document as D

DOCUMENTS: Dict[str, D] = {
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
        '无论 num_gpu 是多少，train.py 都把状态中的张量放到当前 GPU 上；没有 GPU 时训练在加载之前就中断。权重则映射到 CPU，可以加载。',
        '检查所在的机器不是训练的机器。',
        '在有 GPU 的机器上恢复，或者从权重重新开始。',
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
}
