"""Elements of a page, built and then written: every text is escaped on its way out, because there is no other way out."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final, NamedTuple, TypeAlias

from monitor.wire.shown.printable import printable

Child: TypeAlias = "Element | str | None"


class Element(NamedTuple):
    """One element with its attributes and children; a child that is None is left out."""

    name: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Child, ...]


def element(name: str, /, *children: Child, **attributes: str | float | None) -> Element:
    """An element. Attributes that are None are left out; `class_` is written `class`, other `_` as `-`."""
    said = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value is not None}
    return Element(name, tuple((key, str(value)) for key, value in said.items()), children)


def written(root: Element) -> str:
    """The page in HTML."""
    return "<!DOCTYPE html>\n" + "".join(_parts(root)) + "\n"


_VOID: Final = frozenset({"col", "meta"})
"""Elements that have no end."""
_VERBATIM: Final = frozenset({"style"})
"""Elements whose text keeps its line breaks."""


def _parts(each: Element) -> Iterator[str]:
    attributes = "".join(f' {name}="{escape(printable(value))}"' for name, value in each.attributes)
    yield f"<{each.name}{attributes}>"
    for child in each.children:
        if isinstance(child, Element):
            yield from _parts(child)
        elif child is not None:
            yield escape(child if each.name in _VERBATIM else printable(child), quote=False)
    if each.name not in _VOID:
        yield f"</{each.name}>"
