"""One call of a method that loads a file into a network."""

from __future__ import annotations

import inspect
import os
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from basicsr_weightcheck.rehearsal.recorder import NETWORK_NAMES


class Call(NamedTuple):
    """A call that is about to be made.

    Attributes:
        function: the method, unbound.
        model: the framework's model object.
        bound: its arguments, the model first, defaults applied.
        network_name: name of the argument that is the network.
        path_name: of the argument that is the path of the file.
    """

    function: Callable[..., Any]
    model: Any
    bound: inspect.BoundArguments
    network_name: str
    path_name: str

    @classmethod
    def of(
        cls, wrapped: Callable[..., Any], model: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]
    ) -> Optional[Call]:
        """The call of a bound method; None where it is given no network or no path."""
        function = getattr(wrapped, '__func__', wrapped)
        try:
            bound = inspect.signature(function).bind(model, *args, **kwargs)
        except (TypeError, ValueError):
            return None  # the call itself will say what is wrong with it
        bound.apply_defaults()
        names = bound.arguments
        # By name and kind: forks have these two in either order.
        network = next((name for name in NETWORK_NAMES if hasattr(names.get(name), 'modules')), '')
        named = ((n, v) for n, v in names.items() if n.endswith('path'))
        path = next((n for n, v in named if isinstance(v, (str, os.PathLike))), '')
        return cls(function, model, bound, network, path) if network and path else None

    @property
    def arguments(self) -> Dict[str, Any]:
        """By name."""
        return self.bound.arguments

    @property
    def network(self) -> Any:
        """As the training has it, possibly wrapped."""
        return self.bound.arguments[self.network_name]

    @property
    def path(self) -> str:
        """Of the file."""
        path: str = os.fspath(self.bound.arguments[self.path_name])
        return path
