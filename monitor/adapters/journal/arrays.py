"""Many values as one parameter of PostgreSQL: its text form of an array, written by the JSON library.

The driver writes an array value by value in Python, which took a tenth of a worker's time. JSON writes a list as
PostgreSQL reads an array, but for the brackets and for control characters: PostgreSQL takes what follows a backslash as
it is, so `\\"` and `\\\\` mean the same to both, and `\\n` does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import orjson
from sqlalchemy import Dialect
from sqlalchemy.types import UserDefinedType

_ESCAPE: Final = b"\\"


def array_text(values: Iterable[str | int | bool | None]) -> str:
    """The values as PostgreSQL reads them where an array is expected."""
    listed = list(values)
    written = orjson.dumps(listed)
    if _ESCAPE in written:
        return "{" + ",".join(map(_element, listed)) + "}"
    return "{" + written[1:-1].decode() + "}"


def _element(value: str | int | bool | None) -> str:
    """One value, whatever is in it."""
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return orjson.dumps(value).decode()


class TextArray(UserDefinedType[Iterable[str]]):
    """The type of a parameter that is many texts."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **_options: Any) -> str:
        """How PostgreSQL calls it."""
        return "TEXT[]"

    def bind_processor(self, dialect: Dialect) -> Callable[[Iterable[str] | None], str]:  # noqa: ARG002  it is the same for all
        """How a value reaches the driver."""
        return lambda values: array_text(values or ())
