"""Names that differ by a prefix."""

from __future__ import annotations

from typing import Sequence, Set, Tuple

from basicsr_weightcheck.records.findings import ERROR, INFO, Recipe
from basicsr_weightcheck.records.reports import CheckReport, LoadReport
from basicsr_weightcheck.records.tensors import Difference, TensorSpec
from basicsr_weightcheck.rules.facts import SYMPTOMS, conversion_of, known, left_random
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule


class PrefixDiffers(LoadRule, code='WC209', severity=ERROR):
    """Names of the file differ from those of the network by a prefix that one of them has; without
    it more tensors match by name and shape.

    Why it matters: strict loading stops, and with strict false such a file loads nothing.
    DataParallel, torch.compile, Lightning and wrapper modules add prefixes; load_network strips a
    single `module.`.
    Evidence: https://github.com/pytorch/pytorch/issues/101107,
    https://github.com/karpathy/nanoGPT/issues/325,
    https://github.com/open-mmlab/mmagic/issues/1439,
    https://github.com/caiyuanhao1998/Retinexformer/issues/3.
    False alarms: a file of two equal families, such as `generator.` and `generator_ema.`, does not
    say which is meant: the prefix with more matches is taken, of equals the first in the alphabet.
    What to do: convert the file once; the command is in the recommendation. strict_load false is no
    cure.
    Source: basicsr 1.4.2 models/base_model.py `load_network`; torch/_dynamo/eval_frame.py
    `OptimizedModule` (`_orig_mod.`).
    """

    explains = ('WC201',)
    words = {
        'title': ('the names differ by a prefix', '键名相差一个前缀'),
        'text': ('In the file {names} of {of} names {how} {prefix}: with it changed {matched} of {expected} names match by name and shape, without {plain}. strict_load: false does not help: {without_strict}.',
                 '文件的 {of} 个键名中有 {names} 个{how}前缀 {prefix}：处理后 {expected} 个键名中有 {matched} 个键名与形状一致，不处理只有 {plain} 个。strict_load: false 没有用：{without_strict}。'),
        'do': ('Convert the file once; the command is in the recommendation. Tensors that then start random: {random}.',
               '请转换一次文件，命令见建议。之后仍为随机的张量：{random}。'),
        'begins-with': ('begin with', '带有'),
        'lacks': ('lack', '缺少'),
        'strict-loads-nothing': ('it loads nothing', '什么也不会加载'),
        'strict-loads-few': ('it loads only what has no prefix', '它只加载不带前缀的部分'),
        'strict-copies': ('it copies by position, whatever the names are',
                          '会不看键名而按位置复制'),
    }  # fmt: skip
    zh = Chinese(
        '严格加载会报错退出，strict false 则什么也加载不到。DataParallel、torch.compile、Lightning 和各种外层模块都会加前缀，而 load_network 只去掉一层 `module.`。',
        '文件里若有两组同样的权重，例如 `generator.` 和 `generator_ema.`，无法判断想用哪一组：取一致数量较多的前缀，数量相同时按字母顺序取第一个。',
        '把文件转换一次，命令见建议。strict_load false 不是办法。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        difference = known(load.difference)
        recipe = load.recommendation.conversion.recipe
        if not (recipe.strip or recipe.add) or not (difference.renames or recipe.keep_others):
            return
        named = known(load.header).tables[difference.table].tensors
        prefix, strips, matched = _change(difference, recipe, named)
        begin = sum(one.key.startswith(prefix) for one in named)
        yield Found(
            load.step.path_option,
            how='label:begins-with' if strips else 'label:lacks',
            prefix=prefix,
            names=begin if strips else len(named) - begin,
            of=len(named),
            matched=matched,
            expected=difference.coverage.tensors_expected,
            plain=len(difference.matched),
            random=left_random(load),
            without_strict=_without_strict(load),
        )


def _without_strict(load: LoadReport) -> str:
    outcome = load.strict_false
    if not outcome.loaded:
        return 'label:strict-loads-nothing'
    return 'label:strict-copies' if outcome.origins else 'label:strict-loads-few'


def _change(
    difference: Difference, recipe: Recipe, named: Sequence[TensorSpec]
) -> Tuple[str, bool, int]:
    """(the prefix, whether it is the file that has it, tensors that match without it)."""
    if not recipe.keep_others:
        best = difference.renames[0]
        strips = best.kind == 'prefix-strip'
        return best.found if strips else best.expected, strips, best.matched
    more = _renamed(named, recipe) & set(difference.missing)
    prefix = ''.join(recipe.strip) or recipe.add
    return prefix, bool(recipe.strip), len(difference.matched) + len(more)


def _renamed(named: Sequence[TensorSpec], recipe: Recipe) -> Set[str]:
    """New names of the tensors whose prefix is changed."""
    prefix, keys = ''.join(recipe.strip), [one.key for one in named]
    if prefix:
        return {key[len(prefix) :] for key in keys if key.startswith(prefix)}
    return {recipe.add + key for key in keys if not key.startswith(recipe.add)}


MODULE = 'module.'  # load_network takes it off every name, as if DataParallel had put it there


class ModuleIsAName(LoadRule, code='WC223', severity=ERROR):
    """The network has a part called `module`, which the loader takes for DataParallel's prefix.

    Why it matters: load_network strips a leading 'module.' from every key of the file; for such a
    network the right keys are the ones with it. What the network itself saved does not load again.
    Evidence: own tests.
    False alarms: none: the loader itself was run.
    What to do: give the part another name, or save the file's keys with one more 'module.'.
    Source: basicsr 1.4.2 models/base_model.py `load_network`.
    """

    explains = (*SYMPTOMS, 'WC209')
    words = {
        'title': ('a part of the network is called module', '网络的一个子模块名为 module'),
        'text': ("{network_type} has {count} keys such as {key}; load_network takes the beginning for DataParallel's prefix and strips it from the file. These tensors stay random.",
                 '{network_type} 有 {count} 个形如 {key} 的键；load_network 把开头当成 DataParallel 的前缀，并从文件的键名中去掉。这些张量保持随机初始化。'),
        'do': ('Give the part another name in the class.', '请在类中给该子模块换一个名字。'),
    }  # fmt: skip
    zh = Chinese(
        'load_network 会去掉文件中每个键名开头的 module.；对这样的网络，带有它的键名才是正确的。网络自己保存的文件也无法再加载。',
        '没有：加载器本身被执行过。',
        '给该子模块换名，或让文件的键名再多一个 module.。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        outcome, network = load.configured, known(load.network)
        stripped = [
            key
            for key in outcome.missing
            if key.startswith(MODULE) and key[len(MODULE) :] in outcome.unexpected
        ]
        if stripped:
            count, key, kind = len(stripped), stripped[0], network.network_type
            yield Found(load.step.network_option, count=count, key=key, network_type=kind)


class SeveralNetworksFit(LoadRule, code='WC230', severity=INFO):
    """The file holds the same network more than once, under different prefixes.

    Why it matters: generator_ema. is the average that is usually tested, generator. what was
    trained; names and shapes cannot tell which is wanted.
    Evidence: https://github.com/open-mmlab/mmagic/issues/1439.
    False alarms: none known.
    Source: the names of the file.
    """

    words = {
        'title': ('the file holds the network more than once', '文件中有多份同样的网络'),
        'text': ('The same names follow several prefixes: {prefixes}. The recommendation takes {chosen}; an averaged copy (…_ema) is what is usually tested.',
                 '同样的键名出现在多个前缀之后：{prefixes}。建议采用 {chosen}；通常用于测试的是滑动平均的那一份（…_ema）。'),
        'do': ('To take another, change --strip-prefix in the command.',
               '如要采用另一份，请修改命令中的 --strip-prefix。'),
    }  # fmt: skip
    zh = Chinese(
        'generator_ema. 是通常用于测试的滑动平均，generator. 是训练得到的权重；键名和形状无法说明要的是哪一份。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        renames, recipe = known(load.difference).renames, conversion_of(load).recipe
        best = [one for one in renames if one.matched == renames[0].matched]
        found = tuple(one.found for one in best if one.kind == 'prefix-strip')
        if recipe.strip and len(found) > 1:
            yield Found(load.step.path_option, prefixes=found, chosen=recipe.strip[0])
