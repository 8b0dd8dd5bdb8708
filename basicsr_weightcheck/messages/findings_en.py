"""The findings in English."""

from __future__ import annotations

from typing import Dict

from basicsr_weightcheck.messages.sentence import Sentence as S

FINDINGS: Dict[str, S] = {
    'WC101': S(
        'the weight file cannot be read',
        '{path}: {reason}',
        '{advice} Or name another file in {option}.',
    ),
    'WC103': S(
        'the weight file is incomplete',
        '{path}: {cut} Training stops when it loads the file.',
        'Download or copy the file again and compare its size with the source.',
    ),
    'WC104': S(
        'torch refuses the weight file',
        'torch.load refuses {path}: {error}: {reason}',
        '{advice}',
    ),
    'WC105': S(
        'the file would run code',
        '{path} {reason}',
        '{advice}',
    ),
    'WC106': S(
        'safetensors file in a loader that reads torch files only',
        '{path} is a safetensors file; load_network calls torch.load, which cannot read it.',
        'Convert it once; the command is in the recommendation.',
    ),
    'WC109': S(
        'this torch cannot read the zip format',
        '{path} is in the zip format of torch 1.6 and newer; the training has torch {version}, which cannot read it.',
        'Save it again with a newer torch: torch.save(weights, path, _use_new_zipfile_serialization=False); or train with torch 1.6 or newer.',
    ),
    'WC110': S(
        'the file names parts of NumPy 2',
        '{path} names {names}; the training has NumPy {version}, which has none of them: training stops with ModuleNotFoundError.',
        'Save the weights again as plain tensors, in an environment with NumPy 2.',
    ),
    'WC112': S(
        'names could not be checked beforehand',
        '{path}: {reason} torch loads the file; what it did with it is told.',
        'Nothing; read what the networks start on.',
    ),
    'WC201': S(
        'strict_load must be false',
        'With strict loading training stops with {error}: {missing} keys are missing, {unexpected} '
        'are unexpected, {mismatched} have another size. With {option}: false it runs and takes '
        '{parameters_loaded} of {parameters_expected} parameters ({fraction}) from the file; the '
        'rest starts random.',
        '{advice}',
    ),
    'WC202': S(
        'nothing is loaded',
        'The load runs without an error and takes no parameter from {path}: the network starts '
        'random.',
        'See what differs below and follow the recommendation.',
    ),
    'WC203': S(
        'little is loaded',
        '{fraction} of the parameters ({parameters_loaded} of {parameters_expected}) and '
        '{weights_loaded} of {weights_expected} tensors with more than one dimension come from the '
        'file; the rest starts random. Asked for is {asked} of both.',
        'Make sure that this is the checkpoint you mean, and that the options of the network are '
        'those it was trained with. Where so little is meant, write weightcheck: {{min_loaded: 0.1}}.',
    ),
    'WC204': S(
        'a part is loaded',
        '{fraction} of the parameters ({parameters_loaded} of {parameters_expected}) come from the '
        'file; {missing} tensors stay random, {unexpected} of the file are dropped, {mismatched} '
        'have another size and are dropped.',
        'Nothing, if this is what you want.',
    ),
    'WC205': S(
        'the table is not in the file',
        '{network} asks for the table {key}; {path} has {tables}. Training stops with {error}.',
        'Follow the recommendation below.',
    ),
    'WC206': S(
        'another table is read than the one asked for',
        '{network} asks for the table {key}, which {path} does not have; the framework silently '
        'reads {used} instead.',
        'Set {option} to {used}, to say what happens.',
    ),
    'WC207': S(
        'the EMA network starts from params',
        '{path} has no table params_ema; the framework silently reads params for {network}.',
        'Nothing: the EMA network starts as a copy of the same weights.',
    ),
    'WC208': S(
        'the file has averaged weights that are not used',
        '{path} also has the table params_ema, the weights that are usually published and tested; '
        'the training starts from {key}.',
        'To start from them, set {option}: params_ema.',
    ),
    'WC209': S(
        'the names differ by a prefix',
        'In the file {names} of {of} names {how} {prefix}: with it changed {matched} of {expected} names match '
        'by name and shape, without {plain}. strict_load: false does not help: {without_strict}.',
        'Convert the file once; the command is in the recommendation. Tensors that then start random: '
        '{random}.',
    ),
    'WC210': S(
        'net_g and net_g_ema start different',
        '{missing} tensors are not in the file. They start random in {network} too, with other '
        'values than in net_g, and the average needs many iterations to forget them.',
        'Expect validation (which uses the EMA network) to lag behind in the beginning.',
    ),
    'WC211': S(
        'equal names do not prove equal networks',
        '{name} is {value}. With {name}: {other} the network has the same names and shapes, and other '
        'modules ({classes}): a file trained with that loads as well, and computes something else. '
        'Nothing in the file tells which it was.',
        'Make sure that the checkpoint was trained with {name}: {value}.',
    ),
    'WC212': S(
        'the weights belong to another network',
        'Only {matched} of {expected} tensors of {network_type} are in {path} with equal name and '
        'shape ({fraction} of the parameters).',
        'Name a checkpoint of {network_type}, or the network that the checkpoint belongs to.',
    ),
    'WC213': S(
        'the weights lie one level below what is read',
        '{network} reads the root of {path}, which holds no weights but the tables {tables}.',
        'Follow the recommendation below.',
    ),
    'WC214': S(
        'the file has the names of an older code',
        '{path} is a {network_type} under the names of another generation ({rules}): {matched} of '
        '{expected} names match as they are; renamed, the file gives {renamed} of the parameters. '
        'strict_load: false does not help: it loads what is named alike and nothing else.',
        'Convert the file once; the command is in the recommendation. Tensors that then start random: '
        '{random}.',
    ),
    'WC215': S(
        'profiler buffers in the file',
        '{count} names in {path} are counters of a profiler (total_ops, total_params), no weights. '
        '{harmless}',
        'Drop them once; the command stands with the recommendation.',
    ),
    'WC216': S(
        'a conversion uses more of the file',
        'Converted, the file gives {fraction} of the parameters; as it is it gives {plain}. Rehearsed '
        'with: {edits}.',
        'To use it, run the command that stands below the recommendation.',
    ),
    'WC217': S(
        'a training state in the place of weights',
        '{path} holds {what}, no network.',
        '{advice}',
    ),
    'WC218': S(
        'weights are copied by position',
        '{by} puts {count} tensors under other names than the file has them under; first {key}, '
        'which gets {found}. It goes by the order of the tensors, so that a layer more or less '
        'gives every layer the weights of another, without an error.',
        'Load strictly; where the names of the file differ, rename them.',
    ),
    'WC219': S(
        'net_g and net_g_ema read tables that do not belong together',
        '{network} always reads params_ema, or params where {path} has none; here it gets {key}, '
        'and {plain} gets {other}. The two start from different weights.',
        'Save the table that you mean as params, and leave param_key out.',
    ),
    'WC220': S(
        'the names speak of another task',
        'Everything loads. But the name of {path} says {found}, and the training says {expected}. '
        'Weights for different tasks have the same keys and shapes; only names tell.',
        'Make sure that this is the file you mean. This is a hint, not a fault.',
    ),
    'WC221': S(
        'weights that are loaded outside path are unusable',
        '{option} names {value}, which is for {reader}: {problem}.{detail}',
        '{advice}',
    ),
    'WC222': S(
        'a network that nothing loads',
        'No model reads a pretrain option for {section}, and it has no model_path: the network '
        'stays random, and with it what the training aims at.',
        'Name its weights in {section}.model_path, or the latents in {latents}.',
    ),
    'WC223': S(
        'a part of the network is called module',
        '{network_type} has {count} keys such as {key}; load_network takes the beginning for '
        "DataParallel's prefix and strips it from the file. These tensors stay random.",
        'Give the part another name in the class.',
    ),
    'WC224': S(
        'two classes of one name',
        'type: {name} was built as {built}; the registry also has {other}. Which of them a training '
        'gets depends on what its script imports.',
        'Start the training with the train.py of the package whose class you mean.',
    ),
    'WC230': S(
        'the file holds the network more than once',
        'The same names follow several prefixes: {prefixes}. The recommendation takes {chosen}; an '
        'averaged copy (…_ema) is what is usually tested.',
        'To take another, change --strip-prefix in the command.',
    ),
    'WC231': S(
        'an option that the file does not tell',
        '{name} is {value}. With {name}: {other} the network has the same names and shapes ({attributes}): '
        'the file loads with either.',
        'Nothing, if the checkpoint was trained with {name}: {value}.',
    ),
    'WC241': S(
        'the load stops',
        'Loading {path} stops with {error}: {reason}',
        'Look at what the file holds (inspect) and at the options of this load.',
    ),
    'WC242': S(
        'loaded, then lost',
        '{count} of the {loaded} tensors that this load fills are initial again when the model has been built (first: {key}): code after the load writes to them.',
        'Look at what runs after the load: initialise before it, or only what is meant to start anew.',
    ),
    'WC243': S(
        'a network starts random',
        '{network} ({network_type}) starts random beside a network that is loaded.',
        'Nothing, if that is meant; otherwise name its weights as well.',
    ),
    'WC301': S(
        'tensors of another size',
        '{count} tensors have the same name and another shape; first {key}: the network has '
        '{expected}, the file {found}. Strict loading stops; without strict they stay random.',
        'Compare the options of {section} with those that the checkpoint was trained with.',
    ),
    'WC302': S(
        'only buffers are missing',
        'The {count} missing tensors are buffers, not parameters. Buffers that the network computes '
        'itself lose nothing.',
        'Nothing, if they are computed by the network.',
    ),
    'WC303': S(
        'another scale',
        'The file was made for scale {found}, the network is for {expected}. {fraction} of the '
        'parameters fit; {rest}.',
        '{advice}',
    ),
    'WC304': S(
        'only buffers differ that the network computes itself',
        'The {count} tensors that differ, first {key}, are buffers that follow from the image and '
        'window size. Every parameter fits; the network keeps its own buffers, which are right.',
        'Set {option}: false; nothing is lost. Or write what the file was made with ({made}).',
    ),
    'WC305': S(
        'the file was made with other options',
        'The file was made with {found}, the options say {expected} ({section}, line {lines}). As it is '
        '{fraction} of the parameters fit, with the options of the file {then}.',
        '{advice}',
    ),
    'WC306': S(
        'the attention differs',
        'The file has the keys of {found} attention where the network has {expected}: {count} '
        'tensors of the attention start random, everything around it loads.',
        'Right, if this change of the attention is what you want to train; else change attn_types.',
    ),
    'WC307': S(
        'same keys, another network',
        'Every key and shape fits, but {source} says that the file was saved from another network: '
        '{changed}.',
        'Write the options that the file was trained with, or name a file of this network.',
    ),
    'WC308': S(
        'the class has changed since',
        'The source of {now} is not what {then} was when the file was saved ({source}).',
        'Make sure that the change leaves the meaning of the weights alone.',
    ),
    'WC309': S(
        'the file belongs to another class',
        'By its shapes {path} is a {found}; the options ask for a {expected}. {fraction} of the '
        'parameters would fit.',
        '{advice}',
    ),
    'WC310': S(
        'one module makes the difference',
        'All {count} keys that differ belong to the module {module}, which the {where} has and the '
        '{other} has not. {reason}',
        '{advice}',
    ),
    'WC311': S(
        'RRDBNet has no such scale',
        'RRDBNet enlarges by 4; scale: 2 and 1 fold the image first, {scale} does nothing. Weights '
        'load all the same, and the first loss stops: output and target have different sizes.',
        'Use scale 1, 2 or 4 for the network and for the training, or another class.',
    ),
    'WC312': S(
        'the discriminator is made for another patch size',
        'VGGStyleDiscriminator takes images of {size} pixels, and the training cuts patches of '
        '{patch}: the first step stops with AssertionError.',
        'Set network_d.input_size to gt_size (128 or 256), and name a file of that size.',
    ),
    'WC313': S(
        'another normalization',
        'The layers are the same, but the file has {found} and the network {expected}: {count} keys '
        'differ, first {key}. With strict_load false they would stay random.',
        'Build the network with the normalization of the file, or rename the keys by a script.',
    ),
    'WC314': S(
        'the layers are numbered differently',
        'The file has the same tensors in the same order under other numbers, at {count} places: '
        '{pairs}. With strict_load false, layers that share a number get the weights of another.',
        'Rename the keys of the file, or build the network as it was when the file was saved.',
    ),
    'WC315': S(
        'sizes must match even without strict',
        '{by} hands the whole file to load_state_dict: {count} tensors of another size, first {key}, '
        'stop it whatever strict_load is. BasicSR itself would leave them out.',
        'Give the network the options of the file, or take these tensors out of the file.',
    ),
    'WC316': S(
        'the sidecar is of another file',
        '{sidecar} was not written for the file {path} that is there now; it is ignored.',
        'Nothing; delete it, or copy a checkpoint together with its sidecar.',
    ),
    'WC401': S(
        'strict_load reads as false and counts as true',
        '{option} is {value}: a text, and every text counts as true.',
        'Write {option}: {after}, without quotes.',
    ),
    'WC402': S(
        'strict_load is not written as true or false',
        '{option} is {value}, which counts as {effective}.',
        'Write true or false, without quotes.',
    ),
    'WC403': S(
        "the text 'None' is no empty value",
        '{option} is the text {value}, not an empty value.',
        '{write}.',
    ),
    'WC404': S(
        'the option is never read',
        'This framework never reads {option}; it reads {read}.',
        'Write {read} instead.',
    ),
    'WC405': S(
        'unknown option below path',
        'No loader reads {option}.',
        'Did you mean {nearest}?',
    ),
    'WC406': S(
        'option written twice',
        '{option} stands in line {first} and in line {later}; {effect}.',
        'Remove one of the two.',
    ),
    'WC407': S(
        'load option outside path',
        '{option} stands outside path:, where no loader reads it.',
        'Move it below path:.',
    ),
    'WC408': S(
        'strict_load is left blank',
        '{option} has no value, which counts as false: {missing} missing, {unexpected} unexpected '
        'and {mismatched} keys of another size are passed over silently. {parameters_loaded} of '
        '{parameters_expected} parameters ({fraction}) come from the file.',
        'Write {option}: true, or false if this is what you want.',
    ),
    'WC411': S(
        'strict_load could be true',
        'Everything matches: strict loading works. With {option}: false a later change of the '
        'network would go unnoticed.',
        'Set {option}: true, to be told when something stops matching.',
    ),
    'WC412': S(
        'the training cannot decode the YAML',
        'The framework opens the YAML as {encoding}, the encoding of this machine; line {at} cannot be read so: training stops with UnicodeDecodeError.',
        'Start the training with PYTHONUTF8=1, or use ASCII only, in comments too.',
    ),
    'WC413': S(
        '--force_yml sets an option that nothing reads',
        '--force_yml makes the new top-level option {option}; nothing reads it, and what it was meant for stays as it is.',
        'Write {meant}= …: sections end at a colon.',
    ),
    'WC414': S(
        'an option of the network that nothing reads',
        '{option} is taken by the **kwargs of {network_class}, and nothing reads it: the network is built as if it were not there.',
        'Did you mean {nearest}?',
    ),
    'WC415': S(
        'the file decides which table is read',
        '{network} asks for the table {key}, which {path} has; {used} is read all the same: the loader takes the first of its own list that the file has, and looks at {option} only where it has none.',
        'To start on {key}, convert {path} into a file that has this table alone; else take {option} out.',
    ),
    'WC416': S(
        'a setting of this check is not understood',
        '{setting} is {value}: {wanted}. The default holds, in check and hook.',
        'Correct it, or take it out.',
    ),
    'WC431': S(
        'named weights are never loaded',
        '{option} is never loaded by {model} ({file}): {how}. It names {path}, and nothing of that file is in any network when the constructor has ended.',
        'Load it in {model}, train with a class that does, or take the option out.',
    ),
    'WC441': S(
        'strict loading cannot be turned off here',
        '{option} is false, and the parser sets it to true: it looks for {name} below path: only to see whether it is there.',
        'Write "{name}" below path: too, with a folder as its value (it is made); false below train: counts then.',
    ),
    'WC501': S(
        'the file is moved away before it is read',
        'The training renames {folder} before it loads, because its name is taken. {load_path} lies '
        'in it and is gone when it is read: training stops with FileNotFoundError.',
        'Copy the weights to another folder and name the copy; to go on with the run that is there, name its state in resume_state.',
    ),
    'WC502': S(
        'an option below path is taken for a folder',
        'Before the load the training calls os.makedirs on {option} ({value}): {effect}.',
        '{cure}',
    ),
    'WC503': S(
        'a resume replaces the weights',
        'The training resumes from {state}: the weights come from {used}, not from {configured}.',
        'Nothing, if you go on with this training; {configured} is then not read.',
    ),
    'WC504': S(
        'the import of the framework needs a repair',
        '{what}',
        '{fix}',
    ),
    'WC505': S(
        'the framework cannot be imported',
        'No load could be rehearsed: {error}: {reason}',
        'Run the check with the Python of the training, or add --import MODULE.',
    ),
    'WC506': S(
        'two copies of the framework',
        'The check uses {origin} (layout: {layout}); another basicsr is installed in {shadowed}. {which}; the two read other options and build other networks.',
        'Remove the installed copy (pip uninstall basicsr), or start the training with {program} run, which imports the former.',
    ),
    'WC507': S(
        'predicted, not rehearsed',
        'The load was predicted from the header: {reason}',
        'Check where the framework can be imported, without --no-rehearsal.',
    ),
    'WC508': S(
        'a later load is not reached',
        'Training stops at an earlier load; what is said here holds once that one is mended.',
        'Mend the earlier load first.',
    ),
    'WC509': S(
        'no pretrained weights',
        'Nothing below path: names weights: every network starts random, but for what it loads itself.',
        'Nothing, if you train from scratch.',
    ),
    'WC510': S(
        'the recommendation is not proven',
        'The recommended change could not be rehearsed: {reason}',
        'Run the check again with the changed options.',
    ),
    'WC511': S(
        'the training stops before its first step',
        'Reading the options and building the model ends with {error}: {reason} {place}',
        'Mend what the exception names. Where it is only this machine that lacks something (a GPU), check on the one that trains.',
    ),
    'WC512': S(
        'weights named outside path',
        '{option} names the weights {value}; they are for {reader}, and that load is not part of this check.',
        'Look at them with care.',
    ),
    'WC513': S(
        'the state file does not exist',
        'resume_state names {state}, which does not exist. Nearest file: {nearest}',
        'Name a state that is there, or take resume_state out.',
    ),
    'WC514': S(
        'weights are named as a training state',
        'resume_state names {state}, which holds no iteration and no optimizers: training stops with KeyError: iter.',
        'Take resume_state out and name the file in pretrain_network_g:; the optimizer then starts anew.',
    ),
    'WC515': S(
        'the state file cannot be read',
        '{state}: {reason}',
        'Take an earlier state, or take resume_state out and start from the weights.',
    ),
    'WC516': S(
        'the state is of another iteration than its name',
        '{state} holds iteration {iteration}: the resume loads {weights}.',
        'Make sure that this is the state you mean.',
    ),
    'WC517': S(
        'the optimizer in the state is of another network',
        'The optimizer in {state} has {found} parameters, {network} has {expected}: training stops with ValueError when it resumes.',
        'Restore the options of {network}, or take resume_state out and start from the weights under another name:.',
    ),
    'WC518': S(
        'torch refuses the state file',
        '{state} holds {names}, which torch.load refuses since 2.6: training stops when it resumes.',
        'Save the state again in the environment that wrote it, with numpy values as plain numbers; or take resume_state out and start from the weights under another name:.',
    ),
    'WC519': S(
        'the state has another number of optimizers',
        '{state} holds {found} optimizers, {model_type} has {expected}: training stops with AssertionError: Wrong lengths of optimizers.',
        'Take resume_state out and start from the weights under another name:.',
    ),
    'WC520': S(
        'a resume needs a GPU',
        'The training puts the state {state} on a GPU before it does anything else, and there is none here ({count} of its tensors were saved from one): training stops, whatever num_gpu says. The state itself is sound.',
        'Resume on a machine with a GPU; nothing in the options has to change.',
    ),
    'WC521': S(
        'a network to be kept is misnamed',
        'ignore_resume_networks names {written}; this framework compares {read}, so the resume replaces its weights all the same.',
        'Write {read}.',
    ),
    'WC522': S(
        'a resume reads the averaged weights',
        '{option} is params_ema, and this framework keeps it when it resumes: net_g continues from the averaged weights, with an optimizer that belongs to the others.',
        'Set {option}: params while you resume.',
    ),
    'WC523': S(
        'a stray file among the training states',
        'The training takes every name in {folder} for an iteration; {name} is none, and it stops with ValueError.',
        'Move {name} away.',
    ),
    'WC524': S(
        'the states lie elsewhere',
        'The training looks for states below {started}, but they lie in {folder}: it starts from scratch and renames the old experiment.',
        'Start the training in the folder that holds experiments.',
    ),
    'WC525': S(
        'resume_state is not read',
        'With --auto_resume the training does not read resume_state ({state}), and it finds no state of its own: it starts from scratch.',
        'Start the training without --auto_resume.',
    ),
    'WC526': S(
        'the edits are not proven',
        'The edits were tried, and are not proven: {reason}',
        'Make them and run the check again: it then looks at the load itself.',
    ),
    'WC527': S(
        'a plug-in cannot be imported',
        'The package {package} cannot be imported as a whole ({reason}). Its networks were taken from below it; a '
        'training that imports it stops there.',
        'Mend what `python -c "import {package}"` says.',
    ),
    'WC528': S(
        'the training resumes',
        'The training goes on from {state}, with the weights {used}.',
        'Nothing.',
    ),
    'WC529': S(
        'values decide what is loaded',
        'The model makes of the file what a check cannot follow ({what}): what the networks start on is not known.',
        'Look at what is loaded after the start, or start the training with `run`, which verifies the values.',
    ),
    'WC530': S(
        'a package is not installed',
        '{importer} imports {package}, which is not installed here: the training stops there.',
        'pip install {package}, in the environment of the training.',
    ),
    'WC531': S(
        'told by the header alone',
        'The network was not built; by its header {path} is a {network_type} ({options}).',
        'Compare it with the network of the options.',
    ),
    'WC541': S(
        'the option that names the weights is never read',
        '{option} = {written} is never read by {script}: it puts the newest {files} of {folder} in its place, and there is none. {network} starts from scratch.',
        '{advice}',
    ),
    'WC542': S(
        'another file is found and loaded',
        '{script} loads {used}, the newest {files} of {folder}; {option} = {written} is not read.',
        'Nothing, if you go on with this run; for a new one choose another task.',
    ),
    'WC543': S(
        'files of one run were not saved together',
        'The newest of each kind in {folder} are {files}; their numbers differ.',
        'Take the newer ones away, or put their counterparts beside them.',
    ),
    'WC544': S(
        'the training script was assumed',
        'It is taken to be {script}.',
        'Nothing, if it is; else name yours: "weightcheck": {{"script": "main_train_….py"}}',
    ),
    'WC545': S(
        'a script sets the option in another way',
        '{script} sets {option} in a way that is not followed: which file is loaded is not known.',
        'Start it under `run`: the hook sees what is loaded.',
    ),
    'WC546': S(
        'the training goes on by itself',
        '{script} loads {used}, the newest in {folder}.',
        'Nothing; for a new run choose another task.',
    ),
    'WC551': S(
        'the training refuses this Python',
        'train.py ends at once under Python {found}: it asks for {wanted}.',
        'Run the check and the training with Python {wanted}.',
    ),
    'WC552': S(
        'the resume goes on from averages',
        'With EMA the framework saves the averaged weights only: both networks go on from them, with the optimizer of the raw weights.',
        'Nothing, where that is meant.',
    ),
    'WC553': S(
        'the training ends with exit code 0',
        'The training ends here with exit code 0, as if it had succeeded: {place}',
        'Do not trust the exit code of a start that is over at once.',
    ),
    'WC554': S(
        'weights without a network',
        '{option} names weights, and there is no section {section}: the load stops the training.',
        'Add {section}, or take {option} out.',
    ),
    'WC560': S(
        'another version of the framework is asked for',
        '{file} asks for {name} {pinned}; installed is {installed}.',
        'Nothing where the check runs through; otherwise install the version that is asked for.',
    ),
    'WC561': S(
        'the resume takes another file than the one meant',
        'Several files of this iteration are there for {option}. The resume takes the last in its own order, {used}, and not {other}.',
        'If {other} is meant, move {used} out of the folder.',
    ),
    'WC562': S(
        'the averaged weights are overwritten',
        'The file of {option} is loaded, and the first iteration overwrites it with the weights of net_g: a fresh training never uses it.',
        'Take {option} away; to start from that file, name it under path.pretrain_network_g.',
    ),
    'WC563': S(
        'the parser of the framework changes an option',
        '{option}: {before} in the YAML, {after} in the training. The check has used what the parser makes of it; a change of the line may do nothing.',
        'Nothing, if that is what you want; else change the parser, or what it reads.',
    ),
    'WC601': S(
        'the file holds another precision',
        '{count} tensors are {found} in the file and {expected} in the network. They load, rounded '
        'to the precision of the file.',
        'Nothing, if this is the checkpoint you mean.',
    ),
    'WC602': S(
        'the weights hold NaN',
        '{count} tensors of {path} hold NaN ({elements} values; first {first}): the output is NaN from the first step on.',
        'Take an earlier checkpoint: the run that saved this one had diverged.',
    ),
    'WC603': S(
        'the weights hold infinite values',
        '{count} tensors of {path} hold infinite values ({elements}; first {first}).',
        'Take an earlier checkpoint, or the file in full precision.',
    ),
    'WC604': S(
        'all weights are zero',
        'All {count} tensors that {path} gives are zero.',
        'Get the file again, or another checkpoint.',
    ),
    'WC605': S(
        'the bytes of the weights were changed',
        '{count} tensors of {path} do not match the checksum in the file (first {first}); torch loads them all the same.',
        'Copy or download the file again.',
    ),
    'WC606': S(
        'the network spoils the pictures',
        'With these weights the network gives {mine}; doing nothing gives {nothing}.',
        'See that the file was trained with this network, this range of values and this order of channels; check --first-look tries others. Right only if it was made for another degradation.',
    ),
    'WC607': S(
        'another network does better with the same file',
        'With {name} the same file gives {theirs}, as the options have it {mine}, doing nothing {nothing} ({count} pictures).',
        'Find out what the file was trained with: most likely {name}.',
    ),
}
