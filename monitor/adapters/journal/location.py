"""Where a database is: a file of SQLite, or a database of a PostgreSQL server.

The address of a server is read by libpq, PostgreSQL's own client: what its documentation says of connection URIs (several
hosts, `sslmode`, `sslrootcert`, `passfile`, `service` ...) holds. A password belongs into a password file (PGPASSFILE) or
into PGPASSWORD, for anybody on the machine can read a command line; where it is in the address all the same, it is never
shown: a location is shown by its user, host, port and database, and by nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from monitor.errors import ConfigError

_EXPECTED: Final = "a file, or postgresql://USER@HOST/DATABASE"

_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*)://")
_SCHEMES: Final = ("postgresql", "postgres", "postgresql+psycopg")
_MAY_HOLD_A_SECRET: Final = re.compile(r"//[^/?]*:[^/?]*@|password")


@dataclass(frozen=True, slots=True, repr=False)
class Location:
    """Either `file` is there, or `parameters`: what libpq is to connect with, by its own names."""

    file: Path | None = None
    parameters: Mapping[str, str] | None = None

    @staticmethod
    def parse(text: str) -> Location:
        """The location in a text; raises ConfigError where it is neither a file nor the address of a server."""
        scheme = _SCHEME.match(text)
        if scheme is None:
            return Location(Path(text))
        if scheme[1] not in _SCHEMES:
            raise _fault(f"an address of {scheme[1]}", _EXPECTED)
        return Location(parameters=_parameters(f"postgresql://{text[scheme.end() :]}"))

    def __str__(self) -> str:
        if self.parameters is None:
            return str(self.file)
        user = f"{quote(self.parameters['user'])}@" if "user" in self.parameters else ""
        database = quote(self.parameters.get("dbname", ""))
        host = self.parameters.get("host", "")
        if host.startswith("/"):
            return f"postgresql://{user}/{database}?host={host}"
        return f"postgresql://{user}{_hosts(host, self.parameters.get('port', ''))}/{database}"

    def __repr__(self) -> str:
        return f"Location({str(self)!r})"


def _hosts(hosts: str, ports: str) -> str:
    """`hosts` and `ports` as an address has them; one port may stand for all."""
    names = [f"[{name}]" if ":" in name else name for name in hosts.split(",")]
    if not ports:
        return ",".join(names)
    numbers = ports.split(",") if "," in ports else [ports] * len(names)
    return ",".join(f"{name}:{number}" for name, number in zip(names, numbers, strict=False))


def _parameters(address: str) -> dict[str, str]:
    try:
        found = {name: str(value) for name, value in conninfo_to_dict(address).items() if value is not None}
    except ProgrammingError as error:
        # What libpq says may repeat a part of the address.
        reason = "" if _MAY_HOLD_A_SECRET.search(address) else f" ({' '.join(str(error).split())})"
        raise _fault(f"an address that can't be read{reason}", _EXPECTED) from None
    if "@" in found.get("host", ""):
        raise _fault("a second @ in the address", "%40 in the place of an @ in a name or password")
    return found


def _fault(found: str, expected: str) -> ConfigError:
    return ConfigError.of("--database", found, expected)
