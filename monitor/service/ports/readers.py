"""How bytes and texts become what the domain knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from monitor.domain.facts.events import Event
from monitor.domain.promises.promise import Book

Decoder: TypeAlias = Callable[[bytes], Event]
"""The event in one CloudEvent in structured JSON; raises UnreadableEvent."""

BookReader: TypeAlias = Callable[[str, str], Book]
"""The promise book in a text, under the name of its file; raises ConfigError with every fault."""
