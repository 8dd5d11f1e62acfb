"""Bars on the terminal's error stream, for work that takes its time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

STEPS_A_REPORT: Final = 2_000
"""Lines or rows between two movements of a bar: drawing costs more than reading."""


class Bars(Protocol):
    """Takes how much of something is done, and how much there is where that is known; each thing has a bar of its own."""

    def __call__(self, what: str, done: int, total: int | None, /, *, said: str = "") -> None:
        """`said` stands beside the bar."""


@contextmanager
def bars(*, are_wanted: bool = True) -> Iterator[Bars]:
    """Shows nothing where there is no terminal, or where it would be in the way."""
    if not are_wanted or not sys.stderr.isatty():
        yield _shown_nowhere
        return
    # rich takes longer to import than a small file takes to judge, and is for terminals only.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    told = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
    )
    with Progress(*told, console=Console(stderr=True), transient=True) as shown:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int | None, *, said: str = "") -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(what, said="")
            shown.update(tasks[what], completed=done, total=total, said=said)

        yield report


def _shown_nowhere(_what: str, _done: int, _total: int | None, *, said: str = "") -> None:
    del said


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """One bar; takes how much is done and how much there is."""
    with bars() as report:
        yield lambda done, total: report(what, done, total)
