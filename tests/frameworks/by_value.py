"""Whose values stand in a network: told by comparing them with every tensor of the files.

The tensors of a case's files are made of random numbers, so that equal values mean one origin.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Tuple

Origin = Tuple[str, str, str]  # file name, table ('' for the root), key


def tensors_in(content: Any, table: str = '') -> Iterator[Tuple[str, str, Any]]:
    """(table, key, tensor) of everything in the content of a file; tables are joined by dots."""
    import torch

    if not isinstance(content, dict):
        return
    for name, value in content.items():
        if isinstance(value, torch.Tensor):
            yield table, str(name), value
        else:
            yield from tensors_in(value, f'{table}.{name}' if table else str(name))


class Origins:
    """Knows the tensors of files."""

    def __init__(self) -> None:
        self._known: Dict[int, List[Tuple[Any, Origin]]] = {}

    def add(self, file: str, content: Any) -> None:
        """Remember what a file holds."""
        for table, key, tensor in tensors_in(content):
            self._known.setdefault(tensor.numel(), []).append((tensor, (file, table, key)))

    def of(self, tensor: Any) -> List[Origin]:
        """The tensors of files that this one is equal to, after the cast that a copy makes."""
        import torch

        return [
            name
            for known, name in self._known.get(tensor.numel(), ())
            if torch.equal(known.reshape(-1).to(tensor.dtype), tensor.detach().reshape(-1))
        ]


def read_networks(networks: Dict[str, Any], origins: Origins) -> Dict[str, List[Origin]]:
    """{'net_g.conv.weight': where its values stand in files, [] for a network's own}."""
    return {
        f'{name}.{key}': origins.of(value)
        for name, network in networks.items()
        for key, value in network.state_dict().items()
    }
