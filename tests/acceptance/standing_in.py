"""What commands that stand in for `kept` are made with."""

from __future__ import annotations

from types import ModuleType
from typing import Any


def put(module: ModuleType, name: str, value: Any) -> None:
    """Puts a value in the place of a module's own. Where the module has none of that name nobody would notice it: an error."""
    assert name in vars(module), f"found no {name} in {module.__name__}, expected the one it uses"
    vars(module)[name] = value
