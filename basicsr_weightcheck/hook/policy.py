"""What the user wants the hook to do: `weightcheck:` at the top level of the YAML, or variables.

The section stands at the top level because some dialects hand every unknown option below `path:` to
os.makedirs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Mapping, Tuple

STOP, WARN, OFF = 'stop', 'warn', 'off'
REPORTS = ('log', 'json')  # what is written where nothing is said
KINDS = (*REPORTS, 'html')
SECTION = 'weightcheck'
VARIABLE = 'WEIGHTCHECK_ON_ERROR'


@dataclass(frozen=True)
class Policy:
    """The hook's options.

    Attributes:
        on_error: 'stop' ends the training, 'warn' logs and goes on.
        min_loaded: share of a network's parameters, and of its tensors with more than one
            dimension, 0 to 1, below which a load counts as wrong.
        reports: what is written beside the recommendation: 'log', 'json', 'html'.
        align_ema: give net_g_ema the random tensors of net_g where the file lacks them.
        first_look: what follows where the network spoils the first picture: 'stop', 'warn'; 'off'
            for no look.
        check_values: NaN, Inf, or nothing but zeros in what was loaded counts as wrong.
        repair_imports: start with the import repaired; `run` and `check` read it, not the hook.
    """

    on_error: str = STOP
    min_loaded: float = 0.5
    reports: Tuple[str, ...] = REPORTS
    align_ema: bool = False
    first_look: str = WARN
    check_values: bool = True
    repair_imports: bool = False


def read_policy(
    options: Mapping[str, Any], environment: Mapping[str, str]
) -> Tuple[Policy, Tuple[str, ...]]:
    """Return the policy and what could not be understood (the default holds there).

    The variable WEIGHTCHECK_ON_ERROR wins over the YAML.
    """
    section = options.get(SECTION)
    problems: List[str] = []
    if section is not None and not isinstance(section, Mapping):
        problems.append(f'{SECTION}: is no section')
        section = None
    given: Dict[str, Any] = dict(section or {})
    if environment.get(VARIABLE):
        given['on_error'] = environment[VARIABLE]
    policy = Policy()
    for name, value in given.items():
        read = _READERS.get(str(name))
        try:
            if read is None:
                raise ValueError(f'known are {", ".join(_READERS)}')
            policy = replace(policy, **{str(name): read(value)})
        except (ValueError, TypeError) as error:
            problems.append(f'{SECTION}.{name}: {value!r} ({error})')
    return policy, tuple(problems)


def _on_error(value: Any) -> str:
    if value not in (STOP, WARN):
        raise ValueError(f'{STOP} or {WARN}')
    return str(value)


def _first_look(value: Any) -> str:
    # YAML reads a bare `off` as false.
    if value is False:
        return OFF
    if value not in (STOP, WARN, OFF):
        raise ValueError(f'{STOP}, {WARN} or {OFF}')
    return str(value)


def _share(value: Any) -> float:
    if isinstance(value, bool) or not 0 <= float(value) <= 1:
        raise ValueError('a number from 0 to 1')
    return float(value)


def _reports(value: Any) -> Tuple[str, ...]:
    names = (value,) if isinstance(value, str) else tuple(value or ())
    if not set(names) <= set(KINDS):
        raise ValueError(f'any of {", ".join(KINDS)}')
    return names


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError('true or false')
    return value


_READERS: Dict[str, Callable[[Any], Any]] = {
    'on_error': _on_error,
    'min_loaded': _share,
    'reports': _reports,
    'align_ema': _switch,
    'first_look': _first_look,
    'check_values': _switch,
    'repair_imports': _switch,
}
