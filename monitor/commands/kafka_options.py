"""How Kafka is reached, as options of a command: the same words as in an edge's file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer
from pydantic import ValidationError

from monitor.errors import ConfigError
from monitor.wire.book.faults import shown
from monitor.wire.edge.model import Kafka

if TYPE_CHECKING:  # its driver takes long to import
    from monitor.adapters.kafka.access import KafkaAccess

PANEL = "Security of --kafka"

UserOption: TypeAlias = Annotated[
    str | None, typer.Option("--kafka-user", help="Who logs in, by SCRAM-SHA-512.", rich_help_panel=PANEL)
]
PasswordOption: TypeAlias = Annotated[
    Path | None, typer.Option("--kafka-password-file", help="The file with the password.", rich_help_panel=PANEL)
]
TlsOption: TypeAlias = Annotated[
    bool, typer.Option("--kafka-tls", help="Encrypt, and trust whom this machine trusts.", rich_help_panel=PANEL)
]
AuthorityOption: TypeAlias = Annotated[
    Path | None, typer.Option("--kafka-ca", help="Encrypt, and trust these certificates.", rich_help_panel=PANEL)
]


def access_of(
    servers: str, *, user: str | None, password_file: Path | None, tls: bool, authority: Path | None
) -> KafkaAccess:
    """How Kafka is reached by these options; raises ConfigError."""
    from monitor.adapters.kafka.access import open_access  # noqa: PLC0415  only who goes to a broker needs its driver

    said: dict[str, Any] = {"servers": servers}
    if tls or authority is not None:
        said["tls"] = {"authority": authority}
    if user is not None or password_file is not None:
        if user is None or password_file is None:
            raise _fault("one of --kafka-user and --kafka-password-file", "both or none")
        said["sasl"] = {"user": user, "password_file": password_file}
    try:
        return open_access(Kafka.model_validate(said))
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        if found["loc"] == ("servers",):
            raise _fault(shown(servers), "HOST:PORT, e.g. 127.0.0.1:9092, several with commas between them") from error
        raise _fault("a user without --kafka-tls or --kafka-ca", "encryption, too") from error


def _fault(found: str, expected: str) -> ConfigError:
    return ConfigError.of("--kafka", found, expected)
