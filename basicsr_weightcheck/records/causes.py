"""Why a file does not fit a network. Frozen data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from basicsr_weightcheck.records.findings import Conversion, OptionEdit
from basicsr_weightcheck.records.inspections import Identity, OptionValue


@dataclass(frozen=True)
class OptionDifference:
    """An option of a network that the file was made with another value of.

    Attributes:
        name: of the option ('dim').
        found: the value that the file's shapes tell.
        expected: the value that the network was built with.
        is_default: the YAML does not write it; `expected` is the class's default.
    """

    name: str
    found: OptionValue
    expected: OptionValue
    is_default: bool = False


@dataclass(frozen=True)
class Cause:
    """What explains that the table of a load and its network differ.

    Attributes:
        options: the options that explain it; () when none do.
        edits: changes of the YAML that give the network the file's options, in file order.
        prefix: that every name of the file has to lose first, for the options to explain it.
        fraction: share of the parameters that the file gives with these edits, 0 to 1.
        exact: with these edits every key and shape fits.
        scale_only: the options are the scale, and nothing else.
        transfer: '' or why the difference looks intended: 'loader' (the training's own method fills
            what differs in part), 'strict-false' (the YAML loads without
            strict and most fits), 'names' (the YAML is for one scale and the names say the other).
        file_network: what the shapes of the file belong to, where that is another class than the
            network's; None when it is not known or the same.
        only_buffers: every key that differs is a buffer, which the network computes itself.
        buffer_options: the options that these buffers follow; () when the shapes do not tell.
        module: name of the one module that explains every missing or unexpected key, '' if none.
        module_in_file: the file has that module, and the network does not.
        converted_by: rules that made the file's keys beside that module, and have nothing to make
            it of ('mdta-to-hta'); '' where none did.
        needs_gpu: the class builds what differs where torch sees a GPU; the file then fits wholly.
        shifts: (beginning found, beginning expected) of renumbered modules, in file order.
        norm_form: the normalization of the file against that of the network, '' when equal:
            'spectral', 'parametrized', 'weight', 'plain' or 'statistics', as 'found/expected'.
    """

    options: Tuple[OptionDifference, ...] = ()
    edits: Tuple[OptionEdit, ...] = ()
    prefix: str = ''
    fraction: float = 0.0
    exact: bool = False
    scale_only: bool = False
    transfer: str = ''
    file_network: Optional[Identity] = None
    only_buffers: bool = False
    buffer_options: Tuple[OptionDifference, ...] = ()
    module: str = ''
    module_in_file: bool = False
    converted_by: str = ''
    needs_gpu: bool = False
    shifts: Tuple[Tuple[str, str], ...] = ()
    norm_form: str = ''


@dataclass(frozen=True)
class SilentOption:
    """An option whose other value gives another network with the same names and shapes.

    Attributes:
        name: of the option ('attn_types').
        value: as the YAML has it.
        other: the value that was built beside it.
        is_default: `other` is the default of the class.
        classes: (class, class with the other value) of modules whose class changes, each pair
            once; '' where there is no such module. What only acts in training is left out.
        attributes: (name, value, value with the other one) of plain attributes that change.
    """

    name: str
    value: OptionValue
    other: OptionValue
    is_default: bool = False
    classes: Tuple[Tuple[str, str], ...] = ()
    attributes: Tuple[Tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class NestedWeights:
    """Weights that a network or a loss loads itself.

    Attributes:
        option: dotted place in the YAML.
        value: the path as the YAML has it.
        problem: '' or 'missing' (no such file), 'address' (nothing is downloaded), 'tilde' (`~` is
            not expanded there), 'unreadable', 'unsafe' (it names code), 'table' (the table that is
            read is not in it), 'keys' (they do not fit the part of the network that they are for).
        needed: tables of which one is read; () where that is not known.
        tables: of the file.
        odd_keys: keys that one side has and the other has not, or with another shape.
        conversion: what makes a file of it that loads; None where nothing is known to.
    """

    option: str
    value: str
    problem: str = ''
    needed: Tuple[str, ...] = ()
    tables: Tuple[str, ...] = ()
    odd_keys: Tuple[str, ...] = ()
    conversion: Optional[Conversion] = None
