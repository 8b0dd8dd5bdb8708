"""Networks that nothing fills, or not for long."""

from __future__ import annotations

from typing import Sequence

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule, TrainingRule

SECTION = 'network_vqgan'
LATENTS = {'CodeFormerModel': 'datasets.latent_gt_path'}  # stage 3; the others look below train


class NetworkNeverLoaded(TrainingRule, code='WC222', severity=WARNING):
    """The YAML describes a VQGAN teacher that nothing loads.

    Why it matters: CodeFormer's network_vqgan has no pretrain option that its models read; without
    model_path, or latents made beforehand, the codes that the training aims at are random.
    Evidence: https://github.com/sczhou/CodeFormer/issues/304
    False alarms: a model class of one's own that loads it in another way.
    Source: sczhou/CodeFormer basicsr/models/codeformer_joint_model.py, codeformer_idx_model.py,
    codeformer_model.py.
    """

    words = {
        'title': ('a network that nothing loads', '没有任何代码加载该网络'),
        'text': ('No model reads a pretrain option for {section}, and it has no model_path: the network stays random, and with it what the training aims at.',
                 '没有模型会读取 {section} 的预训练选项，它也没有 model_path：该网络保持随机初始化，训练目标也随之是随机的。'),
        'do': ('Name its weights in {section}.model_path, or the latents in {latents}.',
               '请在 {section}.model_path 中指定其权重，或在 {latents} 中指定潜变量。'),
    }  # fmt: skip
    zh = Chinese(
        'CodeFormer 的 network_vqgan 没有模型会读取的预训练选项；没有 model_path，也没有预先生成的潜变量时，训练所追随的编码是随机的。',
        '自己写的模型类用别的方式加载它。',
    )

    def look(self, report: CheckReport) -> Finds:
        options = report.plan.options
        if not isinstance(options.get(SECTION), dict) or options.get(f'{SECTION}.model_path'):
            return
        latents = LATENTS.get(str(options.get('model_type')), 'datasets.train.latent_gt_path')
        if not options.get(latents):
            yield Found(SECTION, section=SECTION, latents=latents)


MOST = 0.5  # of what was loaded: losing more is an error


class LostAfterLoad(LoadRule, code='WC242', severity=WARNING):
    """Tensors that a load filled are initial again when the constructor has ended.

    Why it matters: the load says that everything is in, and the training starts on other values:
    code after the load initialises the network again, replaces a layer or copies another network
    into it.
    Evidence: own tests.
    False alarms: a part that is meant to be trained anew (a head that is reset on purpose).
    Source: basicsr_weightcheck/rehearsal/play.py `play` follows every tensor to the constructor's
    end.
    """

    words = {
        'title': ('loaded, then lost', '加载之后又丢失'),
        'text': ('{count} of the {loaded} tensors that this load fills are initial again when the model has been built (first: {key}): code after the load writes to them.',
                 '这次加载所填充的 {loaded} 个张量中，有 {count} 个在模型构建完成时又成了初始值（第一个：{key}）：加载之后的代码改写了它们。'),
        'do': ('Look at what runs after the load: initialise before it, or only what is meant to start anew.',
               '请查看加载之后运行的代码：在加载之前初始化，或只初始化确实要重新开始的部分。'),
    }  # fmt: skip
    zh = Chinese(
        '加载显示全部载入，而训练却从别的数值开始：加载之后的代码重新初始化了网络、替换了某一层，或把另一个网络复制了进去。',
        '有意重新训练的部分（特意重置的头部）。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        outcome, final = load.configured, report.final(load)
        lost = _lost(outcome.loaded, load, report) if outcome.loads else ()
        if lost:
            little = final is not None and final.coverage.least < report.plan.min_loaded
            severity = ERROR if little or len(lost) > MOST * len(outcome.loaded) else ''
            yield Found('', severity, count=len(lost), loaded=len(outcome.loaded), key=lost[0])


def _lost(loaded: Sequence[str], load: LoadReport, report: CheckReport) -> Sequence[str]:
    """Keys that the load gave a value, and that have another at the end of the constructor."""
    if report.rehearsal.stop is None and not report.is_held(load):
        return loaded  # the network itself was replaced
    final = report.final(load)
    initial = set(final.initial) if final is not None else set()
    return [key for key in loaded if key in initial]


class StartsRandom(TrainingRule, code='WC243', severity=INFO):
    """A network starts random beside one that is loaded.

    Why it matters: a discriminator or a second stage that starts anew pulls the loaded generator
    away from what it knows; often its weights are there and only their option is missing.
    Evidence: own tests.
    False alarms: a network that is meant to start anew; so it is a line of information.
    Source: basicsr 1.4.2 models/srgan_model.py `init_training_settings` (pretrain_network_d).
    """

    words = {
        'title': ('a network starts random', '有网络从随机值开始'),
        'text': ('{network} ({network_type}) starts random beside a network that is loaded.',
                 '{network}（{network_type}）从随机值开始，而另一个网络已加载。'),
        'do': ('Nothing, if that is meant; otherwise name its weights as well.',
               '如果本来如此，无需处理；否则请同样指定它的权重。'),
    }  # fmt: skip
    zh = Chinese(
        '从头开始的判别器或第二阶段网络会把已加载的生成器拉离它已学到的内容；往往权重就在那里，只是缺了选项。',
        '有意重新开始的网络；因此只是一行提示。',
    )

    def look(self, report: CheckReport) -> Finds:
        sources = [one for one in report.sources if one.section]
        loaded = any(one.files for one in sources)  # of a start on nothing WC509 speaks
        tried = {load.step.network for load in report.loads}
        for one in sources if loaded else ():
            idle = not one.files and one.network not in tried
            if idle and any(spec.is_parameter for spec in one.spec.tensors):
                yield Found(one.section, network=one.network, network_type=one.spec.network_type)
