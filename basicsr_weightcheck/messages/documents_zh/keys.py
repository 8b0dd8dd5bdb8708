"""The documentation of the rules about keys, in Chinese."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages.sentence import Document as D

DOCUMENTS: Dict[str, D] = {
    'WC217': D(
        '文件中是优化器或训练状态，而不是网络。',
        'training_states/*.state 与 *_optimizerG.pth 就在权重旁边，但其中没有权重表；加载会以 KeyError 中断，不严格时则'
        '什么也加载不到。',
        '没有：这些键名正是优化器自己的 state_dict 所用的。',
        '状态文件应写在 path.resume_state；预训练权重请用 models/net_g_*.pth。',
    ),
    'WC218': D(
        '加载器把权重放到了与文件中不同的键名下。',
        'KAIR 在不严格时会把文件中的张量按先后顺序复制到网络，不看键名；前面多一层，每一层就会拿到别的层的权重，且不报错。',
        '有意改名的加载器，且键名首尾都改变。',
        '给文件中的键改名，并严格加载。',
    ),
    'WC219': D(
        'net_g 与 net_g_ema 读取的表不配套。',
        'net_g_ema 的表固定是 params_ema，没有时用 params。若 param_key_g 指定了第三个表，两个网络的权重就会悄悄不同。',
        '第三个表与 params 的内容相同。',
        '转换文件，使 params 就是要用的表，并去掉 param_key_g。',
    ),
    'WC220': D(
        '从名称看，文件与训练的任务不同。',
        '去雨与去模糊的权重键名和形状相同，会全部加载，但训练的起点会差很远。',
        '有意从一个任务迁移到另一个任务；名称另有含义。这只是提示。',
        '确认这就是你要的文件。',
    ),
    'WC221': D(
        '网络自行加载的权重（path: 之外的路径）无法加载。',
        '这样的路径由网络的构造函数直接用 torch.load 读取：不展开 ~，不尝试别的表，并且总是严格。训练在到达自己的加载之前'
        '就会中断。',
        '自己写的类有同名选项，但读取别的表。',
        '改正路径，写成不带 ~ 的形式，或把权重放进所读取的表中。',
    ),
    'WC222': D(
        'YAML 描述了一个 VQGAN 教师网络，但没有任何代码加载它。',
        'CodeFormer 的 network_vqgan 没有模型会读取的预训练选项；没有 model_path，也没有预先生成的潜变量时，训练所追随的'
        '编码是随机的。',
        '自己写的模型类用别的方式加载它。',
        '在 network_vqgan.model_path 中指定权重，或在 datasets.train.latent_gt_path 中指定潜变量。',
    ),
    'WC223': D(
        '网络有一个名为 module 的子模块，加载器把它当成了 DataParallel 的前缀。',
        'load_network 会去掉文件中每个键名开头的 module.；对这样的网络，带有它的键名才是正确的。网络自己保存的文件也无法再'
        '加载。',
        '没有：加载器本身被执行过。',
        '给该子模块换名，或让文件的键名再多一个 module.。',
    ),
    'WC224': D(
        '注册表中有两个类使用该网络的名称。',
        'Real-ESRGAN 和 HAT 也注册了 UNetDiscriminatorSN 与 SRVGGNetCompact。type: 指的是哪一个取决于导入了什么；两份代码'
        '可能不同。',
        '两份代码相同。',
        '用该包自己的 train.py 启动训练，它会导入自己的类。',
    ),
}
