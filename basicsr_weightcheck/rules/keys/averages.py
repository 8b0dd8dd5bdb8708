"""Averaged weights (EMA), and the network that holds them."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import INFO, WARNING
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.rules.facts import asked_and_used, known, runs, table_name
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule


class EmaTableMissing(LoadRule, code='WC207', severity=INFO):
    """net_g_ema asks for params_ema, the file does not have it, and the framework reads params.

    Why it matters: the table of net_g_ema is fixed in the source, no option changes it; where the
    file has no params either, the same call ends with KeyError.
    Evidence: https://github.com/TencentARC/AnimeSR/issues/10, own tests.
    False alarms: it is the normal case of a file that was saved without averaged weights.
    What to do: nothing, as long as net_g reads params too; where param_key_g names another table
    the two networks start different, so save that table as params.
    Source: basicsr 1.4.2 models/sr_model.py `init_training_settings`; Restormer
    models/image_restoration_model.py `init_training_settings`.
    """

    words = {
        'title': ('the EMA network starts from params', 'EMA 网络从 params 开始'),
        'text': ('{path} has no table params_ema; the framework silently reads params for {network}.',
                 '{path} 里没有权重表 params_ema；框架会悄悄为 {network} 读取 params。'),
        'do': ('Nothing: the EMA network starts as a copy of the same weights.',
               '无需处理：EMA 网络以同一份权重开始。'),
    }  # fmt: skip
    zh = Chinese(
        'net_g_ema 读取的权重表在源码中写死，没有选项可以改变；如果文件里连 params 也没有，同一个调用会以 KeyError 报错退出。',
        '保存时没有 EMA 权重的文件本来就是这样。',
        '只要 net_g 也读取 params，就无需处理；如果 param_key_g 指定了别的权重表，两个网络的起点会不同，请把那个权重表保存为 params。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        asked, used = asked_and_used(load)
        if used and asked != used and not load.step.key_option:
            yield Found(network=load.step.network, path=load.step.load_path)


EMA_TABLE = 'params_ema'
EMA = '_ema'  # ends the name of the network that holds averages


class EmaNotUsed(LoadRule, code='WC208', severity=INFO):
    """The file also has the table params_ema, and the load reads another one.

    Why it matters: the published numbers of many models are those of params_ema; a finetuning from
    params starts lower than expected.
    Evidence: https://github.com/xinntao/Real-ESRGAN/issues/236,
    https://github.com/cszn/KAIR/issues/94.
    False alarms: a training that goes on where another one stopped needs params, the weights that
    the optimizer worked on.
    Source: basicsr 1.4.2 models/sr_model.py `__init__`, `save`.
    """

    words = {
        'title': ('the file has averaged weights that are not used', '文件里有未使用的 EMA 权重'),
        'text': ('{path} also has the table params_ema, the weights that are usually published and tested; the training starts from {key}.',
                 '{path} 里还有权重表 params_ema（通常发布和测试用的就是它）；训练却从 {key} 开始。'),
        'do': ('To start from them, set {option}: params_ema.',
               '如要使用它，请设置 {option}: params_ema。'),
    }  # fmt: skip
    zh = Chinese(
        '许多模型公布的指标来自 params_ema；从 params 开始微调，起点会比预期低。',
        '接着别的训练继续训练时需要 params，即优化器所更新的权重。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        option, used = load.step.key_option, known(load.key_used)
        if option and used != EMA_TABLE and EMA_TABLE in known(load.header).tables:
            path, key = load.step.load_path, table_name(used)
            yield Found(option, path=path, key=key, option=option)


class RandomEmaDiffers(LoadRule, code='WC210', severity=WARNING):
    """What the file lacks starts random twice, with different values, in net_g and net_g_ema.

    Why it matters: with a pretrained path BasicSR loads net_g_ema from the file instead of copying
    net_g; validation uses net_g_ema, and the average needs many iterations to forget the other
    start.
    Evidence: own tests.
    False alarms: tensors that every new network starts equal (zeros, ones, buffers) are counted
    although both networks agree in them.
    What to do: expect the first validations to lag behind, or let the hook copy them: `weightcheck:
    {align_ema: true}` in the YAML.
    Source: basicsr 1.4.2 models/sr_model.py `init_training_settings`, `test`.
    """

    words = {
        'title': ('net_g and net_g_ema start different', 'net_g 与 net_g_ema 的起点不同'),
        'text': ('{missing} tensors are not in the file. They start random in {network} too, with other values than in net_g, and the average needs many iterations to forget them.',
                 '文件中没有 {missing} 个张量。它们在 {network} 中也是随机的，且与 net_g 的随机值不同，滑动平均需要很多次迭代才能忘掉它们。'),
        'do': ('Expect validation (which uses the EMA network) to lag behind in the beginning.',
               '训练初期，使用 EMA 网络的验证结果会偏低。'),
    }  # fmt: skip
    zh = Chinese(
        '指定了预训练路径时，BasicSR 从文件加载 net_g_ema，而不是复制 net_g；验证用的是 net_g_ema，滑动平均需要很多次迭代才能忘掉不同的起点。',
        '每个新网络都以相同的值开始的张量（全零、全一、缓冲区）也计算在内，其实两个网络在这些张量上是一致的。',
        '训练初期的验证结果会偏低；或者让钩子复制这些张量：在 YAML 中写 `weightcheck: {align_ema: true}`。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        outcome, network = load.configured, load.step.network
        missing = len(outcome.missing) + len(outcome.mismatched)
        if network.endswith(EMA) and outcome.loads and missing:
            yield Found(load.step.path_option, network=network, missing=missing)


TOGETHER = {'params', 'params_ema'}  # what one save writes: of one moment of one training


class EmaFromAnotherTable(LoadRule, code='WC219', severity=WARNING):
    """net_g and net_g_ema read tables that do not belong together.

    Why it matters: the table of net_g_ema is always params_ema, or params where that is missing. A
    param_key_g that names a third table then gives both networks different weights, silently.
    Evidence: own tests.
    False alarms: a third table that holds the same weights as params.
    Source: basicsr 1.4.2 models/sr_model.py `init_training_settings`, models/base_model.py
    `load_network`.
    """

    explains = ('WC207',)
    words = {
        'title': ('net_g and net_g_ema read tables that do not belong together',
                  'net_g 与 net_g_ema 读取的权重表不配套'),
        'text': ('{network} always reads params_ema, or params where {path} has none; here it gets {key}, and {plain} gets {other}. The two start from different weights.',
                 '{network} 总是读取 params_ema，{path} 中没有时读取 params；这里它读取 {key}，而 {plain} 读取 {other}，两者的初始权重不同。'),
        'do': ('Save the table that you mean as params, and leave param_key out.',
               '请把想用的权重表保存为 params，并去掉 param_key。'),
    }  # fmt: skip
    zh = Chinese(
        'net_g_ema 的权重表固定是 params_ema，没有时用 params。若 param_key_g 指定了第三个权重表，两个网络的权重就会悄悄不同。',
        '第三个权重表与 params 的内容相同。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        if not load.step.network.endswith(EMA) or not runs(load):
            return
        plain = load.step.network[: -len(EMA)]
        for other in report.loads:
            same_file = other.step.load_path == load.step.load_path
            if other.step.network == plain and same_file and not _fit_together(load, other):
                yield Found(
                    other.step.key_option,
                    network=load.step.network,
                    key=table_name(load.key_used),
                    plain=plain,
                    other=table_name(other.key_used),
                    path=load.step.load_path,
                )


def _fit_together(load: LoadReport, other: LoadReport) -> bool:
    """The same table, or raw weights and their averages; so it is where one is not known."""
    tables = {other.key_used, load.key_used}
    return None in tables or len(tables) == 1 or tables == TOGETHER
