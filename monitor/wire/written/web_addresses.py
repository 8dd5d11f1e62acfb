"""Addresses of the web as people write them in settings: where they lead, before anything is asked of a name."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import urlsplit

PORTS: Final = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Where a URL leads: scheme, host and port."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def origin_of(url: str) -> Origin:
    """Raises ValueError, which says what was expected, where a URL is none that something can be sent to."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    is_plain = parts.username is None and not parts.fragment and url.isprintable() and " " not in url
    if parts.scheme not in PORTS or not parts.hostname or not is_plain or port == 0:
        raise ValueError("expected an address such as https://hooks.example/kept, without a user or a password")
    return Origin(parts.scheme, parts.hostname, port or PORTS[parts.scheme])
