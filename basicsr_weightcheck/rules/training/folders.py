"""What the training does to files and folders before it loads."""

from __future__ import annotations

from basicsr_weightcheck.records.findings import ERROR, INFO, WARNING
from basicsr_weightcheck.records.plans import PathEffect
from basicsr_weightcheck.records.reports import CheckReport
from basicsr_weightcheck.rules.rule import Chinese, Finds, Found, TrainingRule


class ArchivedBeforeLoad(TrainingRule, code='WC501', severity=ERROR):
    """The weights lie in the experiment folder that the training renames before it loads.

    Why it matters: a fresh start renames experiments/<name> to <name>_archived_<time>; the path in
    the YAML is then gone, and the training stops with FileNotFoundError after the rename.
    Evidence: own tests.
    False alarms: a start that resumes, when the check was not told of --auto_resume; Retinexformer,
    which names the folder after the YAML file and renames it only when its models folder holds
    files.
    What to do: copy the weights to a folder outside of experiments/<name>, or, where the run is
    meant to go on, name its state in resume_state; a new training gets a name: of its own.
    Source: basicsr 1.4.2 train.py `train_pipeline`, utils/misc.py `make_exp_dirs`,
    `mkdir_and_rename`.
    """

    words = {
        'title': ('the file is moved away before it is read', '文件在读取之前被移走'),
        'text': ('The training renames {folder} before it loads, because its name is taken. {load_path} lies in it and is gone when it is read: training stops with FileNotFoundError.',
                 '因为名称已被占用，训练在加载之前会重命名 {folder}。{load_path} 就在其中，读取时已不存在：训练会因 FileNotFoundError 报错退出。'),
        'do': ('Copy the weights to another folder and name the copy; to go on with the run that is there, name its state in resume_state.',
               '请把权重复制到别处并写出副本的路径；要接着那里的训练，请在 resume_state 中写出它的状态文件。'),
    }  # fmt: skip
    zh = Chinese(
        '重新开始训练会把 experiments/<name> 改名为 <name>_archived_<时间>；YAML 中的路径随之失效，训练在改名之后以 FileNotFoundError 报错退出。',
        '实际上会恢复训练，但没有把 --auto_resume 告诉检查；Retinexformer 按 YAML 文件名命名该文件夹，并且只在其中的 models 不为空时才改名。',
        '把权重复制到 experiments/<name> 之外；要接着那次训练，则在 resume_state 中写出它的状态；新的训练用自己的 name:。',
    )

    def look(self, report: CheckReport) -> Finds:
        plan = report.plan
        for option in plan.archived_options:
            load_path = str(plan.options.get(option, ''))
            header = report.headers.get(load_path)
            if header is None or not header.is_training_state:  # WC217 says where a state belongs
                yield Found(option, folder=plan.archived_folder, load_path=load_path)


class StrayPathOption(TrainingRule, code='WC502', severity=WARNING):
    """An option below path: is taken for a folder: os.makedirs is called on every one that is not
    exempt.

    Why it matters: an empty value ends the training with TypeError, the path of a file with
    FileExistsError, another text becomes a folder; all of it before any load. Restormer, NAFNet and
    CodeFormer do not exempt param_key.
    Evidence: https://github.com/XPixelGroup/BasicSR/issues/64 (pretrain_model_G), own tests.
    False alarms: a folder that you want to have made; the folder ./params_ema that `param_key:
    params_ema` makes in Restormer is harmless, and only mentioned.
    What to do: remove the option, or spell it as the framework does; leave an option that chooses
    the table. A file without tables must be converted where `param_key: ~` ends the training.
    Source: basicsr 1.4.2 utils/misc.py `make_exp_dirs`; Restormer, NAFNet and CodeFormer
    utils/misc.py `make_exp_dirs`.
    """

    words = {
        'title': ('an option below path is taken for a folder', 'path 下的选项被当作文件夹'),
        'text': ('Before the load the training calls os.makedirs on {option} ({value}): {effect}.',
                 '加载之前训练会对 {option}（{value}）调用 os.makedirs：{effect}。'),
        'do': ('{cure}', '{cure}'),
        'stray-remove': ('Remove the option.', '删除该选项。'),
        'stray-follow': ('Follow the recommendation below.', '请按下面的建议处理。'),
        'stray-exempt': ('Let your model read it under a name with pretrain_network in it: such options are left alone.',
                         '请让你的模型改用名字中含 pretrain_network 的选项：这类选项不会被当作文件夹。'),
        'stray-leave': ('Leave it: the option chooses the table, and an empty folder does no harm.',
                        '保留它：该选项用来选择权重表，多一个空文件夹没有坏处。'),
        'is-file': ('it is a file, and training stops with FileExistsError',
                    '它是一个文件，训练会因 FileExistsError 报错退出'),
        'not-text': ('it is no text, and training stops with TypeError',
                     '它不是文本，训练会因 TypeError 报错退出'),
        'makes-directory': ('a folder of that name is made', '会建立一个同名文件夹'),
    }  # fmt: skip
    zh = Chinese(
        '空值使训练以 TypeError 报错退出，文件的路径使训练以 FileExistsError 报错退出，其他文本会变成文件夹；这些都发生在加载之前。Restormer、NAFNet 和 CodeFormer 没有排除 param_key。',
        '确实想建立的文件夹；在 Restormer 中 `param_key: params_ema` 建立的 ./params_ema 没有害处。',
        '删除该选项，或按框架的写法改正；如果 `param_key: ~` 会使训练报错退出，没有权重表的文件就必须转换。',
        finds='path: 下的某个选项被当作文件夹：凡未被排除的选项都会交给 os.makedirs。',
    )

    def look(self, report: CheckReport) -> Finds:
        for effect in report.plan.path_effects:
            cure = _cure(effect)
            yield Found(
                effect.option,
                ERROR if effect.is_fatal else INFO if cure == 'leave' else '',
                option=effect.option,
                value=effect.value,
                effect=f'label:{effect.effect}',
                cure=f'label:stray-{cure}',
            )


def _cure(effect: PathEffect) -> str:
    if not effect.is_read:
        return 'remove'
    if not effect.is_fatal:
        return 'leave'
    return 'follow' if 'param_key' in effect.option else 'exempt'
