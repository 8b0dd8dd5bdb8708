"""Names that agree, and prove less than they seem to."""

from __future__ import annotations

from typing import Iterator, Tuple

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.reports import CheckReport, LoadReport, SilentOption
from basicsr_weightcheck.records.sources import shown_value
from basicsr_weightcheck.rules.facts import SYMPTOMS, known
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, LoadRule

CLASSES = 4  # pairs that are shown


class EqualKeysProveLittle(LoadRule, code='WC211', severity=WARNING):
    """With another value of an option the network has the same names and shapes, and other classes
    of modules.

    Why it matters: a strict load runs and every weight is in place, but a file that was trained
    with the other value then computes something else: another attention, another activation.
    Evidence: https://github.com/HzFrancesca/Restormer_LLIE (HTA and WTA have the keys of MDTA).
    False alarms: a file that was trained with this value: the keys do not tell it from the others.
    Quiet where a sidecar, a YAML or a log beside the file says what it was trained with (WC307),
    and where the option has its default or a look at pictures tells that it is right (check
    --first-look).
    Source: basicsr_weightcheck/workflow/checking/silent_options.py.
    """

    words = {
        'title': ('equal names do not prove equal networks', '键名相同不代表网络相同'),
        'text': ('{name} is {value}. With {name}: {other} the network has the same names and shapes, and other modules ({classes}): a file trained with that loads as well, and computes something else. Nothing in the file tells which it was.',
                 '{name} 为 {value}。若为 {name}: {other}，网络的键名与形状完全相同，而模块不同（{classes}）：用它训练的文件同样能加载，算出的却是别的结果。文件本身无法说明它是哪一种。'),
        'do': ('Make sure that the checkpoint was trained with {name}: {value}.',
               '请确认该权重是用 {name}: {value} 训练的。'),
    }  # fmt: skip
    zh = Chinese(
        '严格加载可以运行，每个权重都就位；但用另一个值训练的文件会算出别的结果：另一种注意力、另一种激活函数。',
        '文件正是用这个值训练的：键名无法区分。若文件旁的 sidecar、YAML 或日志说明了训练时的值（WC307），或该选项为默认值，则不提示。',
        finds='某个选项取另一个值时，网络的键名与形状不变，而模块的类不同。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        for silent in _unsettled_options(load):
            if silent.classes:
                yield Found(
                    f'{load.step.network_option}.{silent.name}',
                    name=silent.name,
                    value=shown_value(silent.value),
                    other=shown_value(silent.other),
                    classes=tuple(_shown(*pair) for pair in silent.classes[:CLASSES]),
                )


def _shown(own: str, other: str) -> str:
    """'HTA / MDTA', in full where only the modules that define them differ."""
    short, other_short = own.rpartition('.')[2], other.rpartition('.')[2]
    if short == other_short:
        short, other_short = own, other
    return f'{short or "-"} / {other_short or "-"}'


class CopiedByPosition(LoadRule, code='WC218', severity=ERROR):
    """The loader puts weights under other names than the file has them under.

    Why it matters: KAIR without strict copies the file's tensors to the network's one after the
    other, whatever their names; one layer more in front gives every layer the weights of another,
    and no error says so.
    Evidence: https://github.com/cszn/KAIR/issues/18
    False alarms: a loader that renames on purpose where beginning and end of a name both change;
    where the network has none of the file's names, the order may be right, and it is a warning.
    Source: cszn/KAIR models/model_base.py `load_network` (fc1732f); the loader itself was run.
    """

    explains = SYMPTOMS
    words = {
        'title': ('weights are copied by position', '按位置复制权重'),
        'text': ('{by} puts {count} tensors under other names than the file has them under; first {key}, which gets {found}. It goes by the order of the tensors, so that a layer more or less gives every layer the weights of another, without an error.',
                 '{by} 把 {count} 个张量放到了与文件中不同的键名下；第一个是 {key}，得到的是 {found}。它只看张量的先后顺序，多一层或少一层，就会让每一层拿到别的层的权重，且不报错。'),
        'do': ('Load strictly; where the names of the file differ, rename them.',
               '请严格加载；若文件中的键名不同，请先改名。'),
    }  # fmt: skip
    zh = Chinese(
        'KAIR 在不严格时会把文件中的张量按先后顺序复制到网络，不看键名；前面多一层，每一层就会拿到别的层的权重，且不报错。',
        '有意改名的加载器，且键名首尾都改变；若网络中没有文件里的键名，顺序可能是对的，只作警告。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        outcome = load.configured
        pairs = [pair for pair in outcome.renamed if _is_other(pair)]
        if pairs:
            key, found = pairs[0]
            yield Found(
                load.step.path_option,
                '' if _shares_names(load) else WARNING,
                count=len(pairs),
                key=key,
                found=found,
                by=outcome.by,
            )


def _shares_names(load: LoadReport) -> bool:
    """The file has names of the network: foreign ones say nothing against its order."""
    own = {spec.key for spec in load.network.tensors} if load.network is not None else set()
    tables = load.header.tables if load.header is not None else {}
    return any(spec.key in own for table in tables.values() for spec in table.tensors)


def _is_other(pair: Tuple[str, str]) -> bool:
    """Not the same name with a prefix more or less."""
    key, found = pair
    return not (key.endswith(f'.{found}') or found.endswith(f'.{key}'))


class ClassFromElsewhere(LoadRule, code='WC224', severity=INFO):
    """Two classes are registered under the network's name.

    Why it matters: Real-ESRGAN and HAT register UNetDiscriminatorSN and SRVGGNetCompact too. Which
    copy `type:` means depends on what was imported; the copies may differ.
    Evidence: own tests; loads of Real-ESRGAN and HAT with the installed basicsr.
    False alarms: copies that are the same.
    Source: basicsr 1.4.2 utils/registry.py `Registry.get`, which tries '<name>_basicsr' last.
    """

    words = {
        'title': ('two classes of one name', '两个类同名'),
        'text': ('type: {name} was built as {built}; the registry also has {other}. Which of them a training gets depends on what its script imports.',
                 'type: {name} 构建的是 {built}；注册表中还有 {other}。训练得到哪一个，取决于启动脚本导入了什么。'),
        'do': ('Start the training with the train.py of the package whose class you mean.',
               '请用所需类所在包的 train.py 启动训练。'),
    }  # fmt: skip
    zh = Chinese(
        'Real-ESRGAN 和 HAT 也注册了 UNetDiscriminatorSN 与 SRVGGNetCompact。type: 指的是哪一个取决于导入了什么；两份代码可能不同。',
        '两份代码相同。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        network = known(load.network)
        if network.namesake:
            yield Found(
                f'{load.step.network_option}.type',
                name=network.network_type,
                built=network.class_name,
                other=network.namesake,
            )


ATTRIBUTES = 4  # that are shown


class OptionLeavesNoTrace(LoadRule, code='WC231', severity=INFO):
    """With another value of an option the network has the same names, shapes and classes, and other
    plain attributes: a residual scale, a range of the image, a shift of windows.

    Why it matters: no file tells the value that it was trained with, and the load is complete with
    any.
    Evidence: https://github.com/sanghyun-son/EDSR-PyTorch/issues/195 (res_scale),
    https://github.com/hongyuanyu/SPAN/issues/6 (img_range),
    https://github.com/chaiNNer-org/spandrel/issues/145.
    False alarms: an attribute that the forward pass does not look at. Quiet where the option has
    its default, where a sidecar, a YAML or a log beside the file says what it was trained with
    (WC307), and where a look at pictures tells that it is right (check --first-look).
    Source: basicsr 1.4.2 archs/edsr_arch.py `EDSR` (res_scale, img_range);
    basicsr_weightcheck/workflow/checking/silent_options.py.
    """

    words = {
        'title': ('an option that the file does not tell', '文件无法说明的选项'),
        'text': ('{name} is {value}. With {name}: {other} the network has the same names and shapes ({attributes}): the file loads with either.',
                 '{name} 为 {value}。若为 {name}: {other}，网络的键名与形状完全相同（{attributes}）：文件都能加载。'),
        'do': ('Nothing, if the checkpoint was trained with {name}: {value}.',
               '如果该权重是用 {name}: {value} 训练的，无需处理。'),
    }  # fmt: skip
    zh = Chinese(
        '文件说不出训练时的值，而用任何值都能完整加载。',
        '前向计算并不使用的属性。若该选项为默认值，或文件旁的 sidecar、YAML 或日志说明了训练时的值（WC307），则不提示。',
        finds='某个选项取另一个值时，网络的键名、形状和类都不变，只有普通属性不同：残差缩放、图像取值范围、窗口位移。',
    )

    def look(self, load: LoadReport, report: CheckReport) -> Finds:
        for silent in _unsettled_options(load):
            if not silent.classes:
                yield Found(
                    f'{load.step.network_option}.{silent.name}',
                    name=silent.name,
                    value=shown_value(silent.value),
                    other=shown_value(silent.other),
                    attributes=tuple(
                        f'{name}: {own} / {other}'
                        for name, own, other in silent.attributes[:ATTRIBUTES]
                    ),
                )


def _unsettled_options(load: LoadReport) -> Iterator[SilentOption]:
    """Options that the file does not tell, and that no look at pictures has decided."""
    for silent in load.silent_options:
        if load.look is None or not load.look.settles(silent.name):
            yield silent
