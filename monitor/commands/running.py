"""A Kept that runs, as a command asks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from monitor.adapters.web.remote import RemoteKept
from monitor.commands.credentials import read_token
from monitor.commands.place_options import Where


@contextmanager
def running(where: Where) -> Iterator[RemoteKept]:
    """The Kept at the address that is named, which is shown the token."""
    with closing(RemoteKept(str(where.url), token=read_token(where.token_file))) as kept:
        yield kept
