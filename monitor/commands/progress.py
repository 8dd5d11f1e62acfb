"""A bar on the terminal's error stream, for work that takes its time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from monitor.adapters.journal.backup import Report


@contextmanager
def progress(what: str) -> Iterator[Report]:
    """Takes how much is done and how much there is; shows nothing where there is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    # rich takes longer to import than a small database takes to copy, and is for terminals only.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
