"""Options of a network that its constructor takes by `**kwargs` and that nothing reads."""

from __future__ import annotations

import difflib
import dis
import inspect
from types import CodeType
from typing import Any, Iterator, List, Mapping, Optional, Tuple

LOOKS_AT_ALL = ('locals', 'vars', 'inspect', 'eval')  # names with which code may read anything


def swallowed(
    builder: Any, network: Any, section: Mapping[str, Any], type_key: str
) -> Tuple[Tuple[str, str], ...]:
    """(option, the parameter that was probably meant or '') of options without any effect.

    Args:
        builder: what the framework knows under the section's type: a class, or a function that
            hands its keywords on to one; None where that is not known.
        network: that was built.
        section: it was built from.
        type_key: the option that names the type.
    """
    chain = [inspect.unwrap(type(network).__init__)]
    if not inspect.isclass(builder):
        chain.append(builder)
    if not _is_blind(chain[0]) or not all(map(_takes_any, chain[1:])):
        return ()  # a builder that is not understood may do anything with an option
    known = [name for function in chain for name in _named(function)]
    seen = {type_key, *known, *(text for one in chain for text in _texts(one.__code__))}
    return tuple((one, _nearest(one, known)) for one in map(str, section) if one not in seen)


def _takes_any(function: Any) -> bool:
    return inspect.isfunction(function) and _keywords(function) is not None


def _is_blind(function: Any) -> bool:
    """It takes any keyword and never looks at those that it does not name."""
    name = _keywords(function)
    code = getattr(function, '__code__', None)
    if name is None or code is None or set(code.co_names) & set(LOOKS_AT_ALL):
        return False
    return not any(name in _loaded(one) for one in dis.get_instructions(code))


def _loaded(instruction: Any) -> Tuple[Any, ...]:
    """Names of variables that an instruction reads, or hands to an inner function."""
    if not instruction.opname.startswith('LOAD'):
        return ()
    value = instruction.argval
    return value if isinstance(value, tuple) else (value,)


def _keywords(function: Any) -> Optional[str]:
    """Name of the `**kwargs` of a function, None without one."""
    for one in _parameters(function):
        if one.kind is inspect.Parameter.VAR_KEYWORD:
            return one.name
    return None


def _named(function: Any) -> List[str]:
    return [
        one.name
        for one in _parameters(function)
        if one.kind not in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    ]


def _parameters(function: Any) -> List[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def _texts(code: CodeType) -> Iterator[str]:
    """Texts that stand in code: `kwargs.pop('name')` has the name of an option."""
    for value in code.co_consts:
        if isinstance(value, str):
            yield value
        elif isinstance(value, CodeType):
            yield from _texts(value)


def _nearest(option: str, known: List[str]) -> str:
    near = difflib.get_close_matches(option, [name for name in known if name != 'self'], 1, 0.6)
    return near[0] if near else ''
