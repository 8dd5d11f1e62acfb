"""What of a file could not be used: the first ones told, all counted, all kept where somebody asks for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final, Self

import orjson

from monitor.domain.number import grouped, number_of
from monitor.errors import ConfigError, Fault, TransientError

SHOWN: Final = 20
"""Faults printed one by one; the rest is counted, and kept whole in the file."""


class Rejects:
    """Lines or rows set aside while a command goes on; at the end of the block it is said how many these were."""

    def __init__(self, what: str, path: Path | None) -> None:
        """`what` each is, e.g. line; they are kept in `path` as JSON Lines."""
        self.count = 0
        self.total: int | None = None
        """How many there were in all, where somebody counts them."""
        self._what = what
        self._path = path
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        if self._path is not None:
            try:
                self._file = self._path.open("wb")
            except OSError as error:
                found = error.strerror or str(error)
                raise ConfigError.of(self._path, found, "a file that can be written") from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            with self._writing():
                self._file.close()
        if self.count > SHOWN:
            print(f"... and {grouped(self.count - SHOWN)} more", file=sys.stderr)
        if self.count:
            whole = "" if self.total is None else f"{grouped(self.count)} of "
            kept = "" if self._path is None else f", kept in {self._path}"
            print(f"{whole}{number_of(self.total or self.count, self._what)} rejected{kept}", file=sys.stderr)

    def add(self, fault: Fault, content: Mapping[str, Any]) -> None:
        """Sets one aside, with what is wrong and what it said."""
        self.count += 1
        if self.count <= SHOWN:
            print(fault, file=sys.stderr)
        if self._file is not None:
            with self._writing():
                self._file.write(orjson.dumps({**asdict(fault), **content}, option=orjson.OPT_APPEND_NEWLINE))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Raises TransientError where there is no room for them any more: what can't be kept must not be passed over."""
        try:
            yield
        except OSError as error:
            found = error.strerror or str(error)
            raise TransientError(f"{self._path}: found {found}, expected a file that can be written") from error
