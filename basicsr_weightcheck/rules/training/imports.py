"""The import of the framework and of its plug-ins."""

from __future__ import annotations

from typing import Set

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.reports import CheckReport, Rehearsal
from basicsr_weightcheck.rules.facts import short_reason
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, TrainingRule

NAMESPACE = 'namespace-package'  # two copies of the framework: WC506 says it
SECOND_TRY = 'second-try'  # no repair was used, and yet the second import did not fail


class ImportRepaired(TrainingRule, code='WC504', severity=ERROR):
    """The framework is imported only with a repair, which the finding names.

    Why it matters: a plain start of the training makes no such repair and stops. functional-tensor:
    torchvision 0.17 removed a module that basicsr 1.4.2 imports; torchvision-operators: torchvision
    does not fit torch; version-file: setup.py was never run.
    Evidence: https://github.com/XPixelGroup/BasicSR/issues/663,
    https://github.com/xinntao/Real-ESRGAN/issues/783,
    https://github.com/TencentARC/GFPGAN/issues/506.
    False alarms: the check runs in another environment than the training. Only a note where the
    training is started with the repair and the check was told so.
    What to do: make the same repair in your environment; or start with `basicsr-weightcheck run
    --repair-imports`, which makes it, and check with --repair-imports (in the YAML: `weightcheck:
    {repair_imports: true}`).
    Source: basicsr 1.4.2 data/degradations.py; basicsr_weightcheck/rehearsal/import_fixes.py,
    stage.py `Stage.rehearse` (the import is tried without a repair first).
    """

    words = {
        'title': ('the import of the framework needs a repair', '框架的导入需要修补'),
        'text': ('{what}', '{what}'),
        'do': ('{fix}', '{fix}'),
        'fix-functional-tensor': ('Since torchvision 0.17 basicsr/data/degradations.py has to read: from torchvision.transforms.functional import rgb_to_grayscale. Or start the training with {program} run --repair-imports, and check with --repair-imports too.',
                                  '自 torchvision 0.17 起，basicsr/data/degradations.py 需改为：from torchvision.transforms.functional import rgb_to_grayscale。或者用 {program} run --repair-imports 启动训练，检查时也加上 --repair-imports。'),
        'fix-torchvision-operators': ('Install the torchvision that belongs to this torch. Or start the training with {program} run --repair-imports, and check with --repair-imports too.',
                                      '请安装与这个 torch 配套的 torchvision。或者用 {program} run --repair-imports 启动训练，检查时也加上 --repair-imports。'),
        'fix-version-file': ('Run python setup.py develop once: it writes version.py.',
                             '请运行一次 python setup.py develop：它会写出 version.py。'),
        'fix-second-try': ('The import failed once and then worked: run it by itself until you know why.',
                           '导入失败过一次，随后又成功：请单独运行该导入，查明原因。'),
        'start-repaired': ('Start it so: {program} run --repair-imports, or scripts/train.py. A plain start stops at the import.',
                           '请这样启动：{program} run --repair-imports，或 scripts/train.py。直接启动会停在导入处。'),
        'import-stops': ('The framework imports here only with a repair ({repair}). Without repairs the import, and the training with it, ends with {error}',
                         '框架在这里只有经过修补（{repair}）才能导入。不经修补，导入（训练也随之）会以此结束：{error}'),
        'import-is-repaired': ('The import was repaired ({repair}), as it is when the training is started so.',
                               '导入经过了修补（{repair}），训练这样启动时也是如此。'),
    }  # fmt: skip
    zh = Chinese(
        '直接启动训练没有这样的修补，会报错退出。functional-tensor：torchvision 0.17 删除了 basicsr 1.4.2 要导入的模块；torchvision-operators：torchvision 与 torch 不匹配；version-file：没有运行过 setup.py。',
        '检查与训练不在同一个环境中。训练启动时带有修补、并且检查已知道这一点时，只是说明。',
        '在你的环境中做同样的修补；或用 `basicsr-weightcheck run --repair-imports` 启动，并用 --repair-imports 检查（YAML 中写 `weightcheck: {repair_imports: true}`）。',
        finds='框架只有经过修补才能导入，该条发现会说明修补了什么。',
    )

    def look(self, report: CheckReport) -> Finds:
        rehearsal = report.rehearsal
        error = rehearsal.import_error
        repairs = [one for one in rehearsal.import_repairs if one != NAMESPACE]
        if not error and repairs:
            names = ', '.join(repairs)
            what = self.phrase('import-is-repaired', repair=names)
            yield Found('', INFO, repair=names, error='', what=what, fix='label:start-repaired')
            return
        if error and not repairs and rehearsal.failure != 'import':
            repairs = [SECOND_TRY]
        for repair in repairs:
            what = self.phrase('import-stops', repair=repair, error=error)
            yield Found(repair=repair, error=error, what=what, fix=f'label:fix-{repair}')


class FrameworkNotImportable(TrainingRule, code='WC505', severity=ERROR):
    """No basicsr was found, or its import fails.

    Why it matters: no load can be rehearsed, and the training stops at the same import if it runs
    in this environment.
    Evidence: https://github.com/swz30/Restormer/issues/97,
    https://github.com/megvii-research/NAFNet/issues/88.
    False alarms: the check runs in another environment than the training.
    What to do: run the check with the Python of the training, from its folder; --import MODULE
    brings in a module of your own.
    Source: basicsr_weightcheck/rehearsal/import_framework.py `import_framework`.
    """

    words = {
        'title': ('the framework, or a plug-in of it, cannot be imported', '框架或其插件无法导入'),
        'text': ('No load could be rehearsed: {error}: {reason}',
                 '无法试加载任何权重：{error}：{reason}'),
        'do': ('Run the check with the Python of the training, or add --import MODULE.',
               '请用训练所用的 Python 运行检查，或加上 --import MODULE。'),
    }  # fmt: skip
    zh = Chinese(
        '无法试加载任何权重；如果训练也在这个环境中运行，会停在同一个导入处。',
        '检查与训练不在同一个环境中。',
        '在训练的文件夹里用训练所用的 Python 运行检查；--import MODULE 可以导入自己的模块。',
        finds='没有找到 basicsr，或者导入失败。',
    )

    def look(self, report: CheckReport) -> Finds:
        rehearsal = report.rehearsal
        if rehearsal.failure == 'import':
            error = rehearsal.failure_error or 'ImportError'
            reason = short_reason(rehearsal.failure_message)
            place = dict(rehearsal.failure_facts).get('place')  # a file of it, or of a plug-in
            reason = f'{reason} ({place})' if place else reason
            yield Found('', WARNING if _is_predicted(report) else '', error=error, reason=reason)


class ShadowedFramework(TrainingRule, code='WC506', severity=WARNING):
    """A copy of basicsr lies above the YAML or the working directory, and another one is installed.

    Why it matters: which of them a script imports depends on how it is started. A copy without
    __init__.py (Restormer, NAFNet) always loses against an installed one, and the two read other
    options.
    Evidence: https://github.com/zhengchen1999/DAT/issues/66,
    https://github.com/swz30/Restormer/issues/97.
    False alarms: a training that is started so that the copy is imported, for example with
    PYTHONPATH, where the copy has an __init__.py. Only a note where it is started by
    `basicsr-weightcheck run`, which imports the copy, and the check was told so with
    --repair-imports.
    What to do: uninstall the other copy (pip uninstall basicsr), or use an environment for each
    repository.
    Source: CPython Lib/importlib/_bootstrap_external.py `PathFinder`.
    """

    words = {
        'title': ('two copies of the framework', '框架有两份'),
        'text': ('The check uses {origin} (layout: {layout}); another basicsr is installed in {shadowed}. {which}; the two read other options and build other networks.',
                 '检查使用的是 {origin}（布局：{layout}）；另一份 basicsr 安装在 {shadowed}。{which}；两者读取的选项和构建的网络都不同。'),
        'do': ('Remove the installed copy (pip uninstall basicsr), or start the training with {program} run, which imports the former.',
               '请卸载已安装的那一份（pip uninstall basicsr），或用 {program} run 启动训练，它导入前者。'),
        'installed-wins': ('The former has no __init__.py, so Python imports the installed one',
                           '前者没有 __init__.py，因此 Python 导入的是已安装的那一份'),
        'copy-wins': ('The training imports the former, because it is started with {program} run',
                      '训练用 {program} run 启动，导入的是前者'),
        'either-wins': ('Which of them a script imports depends on the folder that it lies in',
                        '脚本导入哪一份取决于它所在的文件夹'),
    }  # fmt: skip
    zh = Chinese(
        '脚本导入哪一份取决于启动方式。没有 __init__.py 的那份（Restormer、NAFNet）总是让位于已安装的那份，而两者读取的选项并不相同。',
        '那份有 __init__.py，而且启动方式保证导入它，例如设置了 PYTHONPATH。训练由 `basicsr-weightcheck run` 启动（它导入那一份）、并且用 --repair-imports 告诉了检查时，只是说明。',
        '卸载另一份（pip uninstall basicsr），或为每个仓库使用单独的环境。',
    )

    def look(self, report: CheckReport) -> Finds:
        plan = report.plan
        framework = plan.framework
        if not framework.shadowed_origin:
            return
        severity, which = WARNING, 'label:either-wins'
        if plan.policy.repair_imports:
            severity, which = INFO, 'label:copy-wins'
        elif framework.is_namespace:
            severity, which = ERROR, 'label:installed-wins'
        yield Found(
            '',
            severity,
            origin=framework.origin,
            shadowed=framework.shadowed_origin,
            which=which,
            layout=framework.layout,
        )


class PluginNotImportable(TrainingRule, code='WC527', severity=WARNING):
    """A plug-in package beside the YAML cannot be imported as a whole; what could be imported of it
    was taken.

    Why it matters: a training that imports the package, or anything in it, stops there; often it is
    its data sets that do not fit the installed basicsr, or a version.py that setup.py has not
    written yet. An error where the network or the model of this training comes from that package.
    Evidence: own tests; own runs of HAT with basicsr 1.4.2.
    False alarms: a package that happens to lie there and is not used by this training.
    Source: XPixelGroup/HAT hat/__init__.py, xinntao/Real-ESRGAN realesrgan/__init__.py.
    """

    words = {
        'title': ('a plug-in cannot be imported', '插件包无法导入'),
        'text': ('The package {package} cannot be imported as a whole ({reason}). What could be imported of it was taken; a training that imports it stops there.',
                 '包 {package} 无法整体导入（{reason}）。检查时取用了其中能导入的部分；而导入该包的训练会在此处报错退出。'),
        'do': ('Mend what `python -c "import {package}"` says.',
               '请先解决 `python -c "import {package}"` 报出的问题。'),
    }  # fmt: skip
    zh = Chinese(
        '导入该包（或其中任何模块）的训练会在此处报错退出；常见原因是其数据集代码与所装的 basicsr 不合，或 setup.py 还没有写出 version.py。这次训练的网络或模型来自该包时是错误。',
        '恰好在那里、而这次训练并不使用的包。',
    )

    def look(self, report: CheckReport) -> Finds:
        rehearsal = report.rehearsal
        used = _packages(rehearsal)
        for package, reason in rehearsal.broken_plugins:
            is_used = package.split('.')[0] in used
            yield Found('', ERROR if is_used else '', package=package, reason=reason)


def _packages(rehearsal: Rehearsal) -> Set[str]:
    """Packages that the networks and the load calls of this training come from."""
    names = [network.class_name for _, network in rehearsal.networks]
    names += [load.configured.by for load in rehearsal.loads]
    return {name.split('.')[0] for name in names}


def _is_predicted(report: CheckReport) -> bool:
    """What the loads do is told without the framework."""
    return all(load.configured.was_tried for load in report.loads)


class PackageMissing(TrainingRule, code='WC530', severity=ERROR):
    """A package that the framework or a network imports is not installed.

    Why it matters: the training stops at this import in this environment, and the check can run
    nothing; networks of forks often need packages that their requirements do not name.
    Evidence: https://github.com/megvii-research/NAFNet/issues/88.
    False alarms: the check runs in another environment than the training.
    What to do: install the package; where it needs a GPU to be built, check on the machine that
    trains.
    Source: CPython Lib/importlib/_bootstrap.py `_find_and_load_unlocked` (ModuleNotFoundError).
    """

    words = {
        'title': ('a package is not installed', '缺少一个包'),
        'text': ('{importer} imports {package}, which is not installed here: the training stops there.',
                 '{importer} 导入 {package}，而这里没有安装：训练会在此处报错退出。'),
        'do': ('pip install {package}, in the environment of the training.',
               '在训练所用的环境中执行 pip install {package}。'),
    }  # fmt: skip
    zh = Chinese(
        '在这个环境中，训练会停在这个导入处，检查也无法运行任何内容；各分支的网络常常需要其依赖清单没有列出的包。',
        '检查与训练所用的环境不同。',
        '安装该包；需要 GPU 才能编译时，在训练的机器上检查。',
        finds='框架或网络导入的一个包没有安装。',
    )

    def look(self, report: CheckReport) -> Finds:
        rehearsal = report.rehearsal
        # Of a plug-in that is imported in part, or beside what can be predicted, other rules say more.
        severity = '' if rehearsal.failure == 'import' and not _is_predicted(report) else WARNING
        for package, importer in rehearsal.missing:
            yield Found('', severity, package=package, importer=importer)
