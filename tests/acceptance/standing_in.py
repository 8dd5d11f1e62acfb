"""What commands that stand in for `kept` are made with."""

from __future__ import annotations

from types import ModuleType
from typing import Any


def put(owner: ModuleType | type, name: str, value: Any) -> None:
    """Puts a value in the place of a module's or class's own. Where it has none of that name nobody would notice: an error."""
    assert name in vars(owner), f"found no {name} in {owner.__name__}, expected the one it uses"
    setattr(owner, name, value)
