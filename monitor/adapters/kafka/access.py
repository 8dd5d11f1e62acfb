"""How Kafka's clients connect: addresses, encryption, and who logs in; and what they raise, as Kept's own errors."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from aiokafka.errors import KafkaError

from monitor.errors import ConfigError, TransientError
from monitor.wire.edge.model import Kafka, Sasl, Tls

MECHANISM: Final = "SCRAM-SHA-512"

# What goes wrong is told once, by whoever asked; the clients say it again at every try, thirty lines a second.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


class KafkaAccess(NamedTuple):
    """What every client needs; the password is read once, at the start."""

    servers: str
    tls: ssl.SSLContext | None
    user: str | None
    password: str | None

    def parameters(self) -> dict[str, Any]:
        """The parameters of aiokafka's clients."""
        found: dict[str, Any] = {"bootstrap_servers": self.servers}
        if self.tls is not None:
            found |= {"security_protocol": "SSL", "ssl_context": self.tls}
        if self.user is not None:
            found |= {
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": MECHANISM,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        return found

    def __repr__(self) -> str:
        return f"KafkaAccess({self.servers})"


def open_access(kafka: Kafka) -> KafkaAccess:
    """Reads certificates and password; raises ConfigError where a file can't be used."""
    tls = None if kafka.tls is None else _context(kafka.tls)
    if kafka.sasl is None:
        return KafkaAccess(kafka.servers, tls, None, None)
    return KafkaAccess(kafka.servers, tls, kafka.sasl.user, _password(kafka.sasl))


@contextmanager
def reaching(access: KafkaAccess) -> Iterator[None]:
    """Raises TransientError in the place of what Kafka's clients raise."""
    try:
        yield
    except KafkaError as error:
        raise not_working(access, error) from error


def not_working(access: KafkaAccess, error: BaseException) -> TransientError:
    """What to say of an error of Kafka's clients: one line."""
    found = " ".join(str(error).split()) or type(error).__name__
    return TransientError(f"{access.servers}: found {found}, expected a Kafka broker that works")


def _context(tls: Tls) -> ssl.SSLContext:
    """Certificates are checked, names too: `create_default_context` sees to both."""
    for file in (tls.authority, tls.certificate, tls.key):
        if file is not None:
            _read(file, "a file in PEM that can be read")
    try:
        context = ssl.create_default_context(cafile=tls.authority)
    except ssl.SSLError as error:
        raise ConfigError.of(tls.authority, _reason(error), "certificates in PEM") from error
    if tls.certificate is not None:
        try:
            context.load_cert_chain(tls.certificate, tls.key)
        except ssl.SSLError as error:
            raise ConfigError.of(tls.certificate, _reason(error), "a certificate in PEM and its key") from error
    return context


def _password(sasl: Sasl) -> str:
    lines = _read(sasl.password_file, "a file with a password").splitlines()
    try:
        password = lines[0].decode() if lines else ""
    except UnicodeDecodeError:
        raise ConfigError.of(sasl.password_file, "bytes that are not UTF-8", "a password") from None
    if not password:
        raise ConfigError.of(sasl.password_file, "an empty first line", "a password")
    return password


def _read(file: Path, expected: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError.of(file, error.strerror or type(error).__name__, expected) from error


def _reason(error: ssl.SSLError) -> str:
    return error.reason or "what is no PEM"
