"""The only way out: POST to addresses that the operator allows, and to nowhere else.

A settings file, and whoever may write one, must not make Kept a tool for reaching what only Kept can reach. So a URL's
scheme, host and port must be on a list; every address the host's name has is looked at, and one that is not public is
refused unless its network is allowed; the connection goes to an address that was looked at, not to the name again, which
might mean another by then (DNS rebinding). Redirects are not followed, answers are read up to a limit, and all of it has a
limit in time.

The standard library does it: an HTTP client would add its own name resolution, proxies and redirects, all of which would
have to be switched off one by one.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from threading import Timer
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from monitor.errors import TransientError
from monitor.wire.shown.printable import printable
from monitor.wire.written.web_addresses import Origin, origin_of

Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str, int], Iterable[str]]
"""The addresses of a host; raises OSError."""

STEP_SECONDS: Final = 5.0
"""How long connecting, or a pause in an answer, may take."""
WHOLE_SECONDS: Final = 10.0
"""How long a request may take in all: an answer that drips must not hold a thread."""
LONGEST_ANSWER: Final = 65_536
LONGEST_BODY: Final = 4 * 1_048_576
_SHOWN: Final = 200


class Answer(NamedTuple):
    """What was said to a request; `text` is no longer than is worth showing."""

    status: int
    text: str

    @property
    def is_taken(self) -> bool:
        """Whether what was sent was taken."""
        return 200 <= self.status < 300

    def __str__(self) -> str:
        return f"status {self.status} {self.text}".rstrip()


def system_addresses(host: str, port: int) -> list[str]:
    """What the system's resolver says."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Egress:
    """Posts to allowed addresses; may be used by several threads at once."""

    def __init__(
        self,
        origins: Iterable[Origin],
        networks: Iterable[Network] = (),
        *,
        authorities: Path | None = None,
        resolve: Resolve = system_addresses,
    ) -> None:
        """`networks` are those that are not public and allowed all the same, `authorities` a file of certificates to trust."""
        self._origins = frozenset(origins)
        self._networks = tuple(networks)
        self._resolve = resolve
        self._tls = ssl.create_default_context(cafile=authorities)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Raises TransientError where there is no answer, or nothing may be sent there."""
        origin = origin_of(url)
        if origin not in self._origins:
            raise TransientError(f"{origin} is not on the list of allowed addresses")
        if len(body) > LONGEST_BODY:
            raise TransientError(f"found {len(body)} bytes to send, expected at most {LONGEST_BODY}")
        try:
            return self._post(self._connection(origin), url, body, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise TransientError(f"{origin} does not answer: {_words(error)}") from error

    def _connection(self, origin: Origin) -> _Pinned:
        address = self._allowed_address(origin)
        return _Pinned(origin, address, self._tls if origin.scheme == "https" else None)

    def _allowed_address(self, origin: Origin) -> str:
        """One of a host's addresses, all of which may be talked to. Raises TransientError, or OSError where it has none."""
        found = list(dict.fromkeys(self._resolve(origin.host, origin.port)))
        for text in found:
            if not self._is_allowed(ip_address(text.partition("%")[0])):
                raise TransientError(
                    f"{origin} has the address {text}, which is not public and not allowed by `private`"
                )
        if not found:
            raise OSError("no address")
        return found[0]

    def _is_allowed(self, address: Address) -> bool:
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        meant = mapped or address
        if any(meant in network for network in self._networks):
            return True
        return meant.is_global and not meant.is_multicast

    @staticmethod
    def _post(connection: _Pinned, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        limit = Timer(WHOLE_SECONDS, connection.abort)
        limit.daemon = True
        with closing(connection):
            limit.start()
            try:
                connection.request("POST", target, body, dict(headers))
                answer = connection.getresponse()
                text = answer.read(LONGEST_ANSWER)
            finally:
                limit.cancel()
        return Answer(answer.status, printable(text[:_SHOWN].decode(errors="replace")))


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever the host's name may mean by now."""

    def __init__(self, origin: Origin, address: str, tls: ssl.SSLContext | None) -> None:
        super().__init__(origin.host, origin.port, timeout=STEP_SECONDS)
        # What http.client leaves out of the Host header where it is the scheme's own.
        self.default_port = 443 if tls is not None else 80
        self._address = address
        self._tls = tls

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = plain if self._tls is None else self._tls.wrap_socket(plain, server_hostname=self.host)

    def abort(self) -> None:
        """Ends it from another thread: whoever waits for it is told that it broke."""
        connected: Any = self.sock
        if connected is not None:
            with suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)


def _words(error: BaseException) -> str:
    return printable(str(error) or type(error).__name__)[:_SHOWN]
