"""Which matters an event of which says a name: looked for in the bytes of the events, without reading them.

JSON may write any character of a name as an escape (`\\u0041` for A), and must do so with a few. So a matter is left out
only where its events neither have the bytes of the name nor any escape by number; and for a name that can be written in
yet another way none is left out.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from sqlalchemy import ColumnElement, LargeBinary, bindparam, exists, func, literal, literal_column, or_

from monitor.adapters.journal import tables as t
from monitor.adapters.journal.lookups import Lookup

_BY_NUMBER: Final = b"\\u"
_ESCAPED_OTHERWISE: Final = frozenset('"\\/')


def is_said_plainly(name: str) -> bool:
    """Whether JSON writes each character of a name as itself or by its number."""
    return name.isprintable() and _ESCAPED_OTHERWISE.isdisjoint(name)


@cache
def matters_saying(dialect_name: str) -> Lookup:
    """The matters that may say the bytes given as `said`."""
    said = bindparam("said", type_=LargeBinary)
    found = or_(_is_in(said, dialect_name), _is_in(literal(_BY_NUMBER, LargeBinary), dialect_name))
    of_case = exists().where(t.EVENTS.c.case_id == t.CASES.c.id, found)
    return Lookup(t.CASES.c.matter, [t.CASES.c.matter], of_case)


def _is_in(said: ColumnElement[bytes], dialect_name: str) -> ColumnElement[bool]:
    content = t.EVENTS.c.content
    place = func.instr if dialect_name == "sqlite" else func.pg_catalog.position
    return place(content, said) > literal_column("0")
