"""The senders that the settings of notices name, with their secrets read from files."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

from monitor.adapters.outbound.alertmanager import Alertmanager
from monitor.adapters.outbound.egress import Egress
from monitor.adapters.outbound.webhooks import Webhook, read_secret
from monitor.errors import ConfigError, Fault
from monitor.wire.notices.model import NoticesEntry, ReceiverEntry, receiver_of

AnySender: TypeAlias = Alertmanager | Webhook

LONGEST_SECRET: Final = 4_096
"""Characters of a file with a secret."""


def senders_of(settings: NoticesEntry) -> list[AnySender]:
    """A sender for each receiver; raises ConfigError with every file that can't be used."""
    texts, faults = _secret_texts(settings)
    if faults:
        raise ConfigError(faults)
    egress = Egress(settings.origins, settings.private, authorities=_authorities(settings))
    return [_sender(entry, settings, egress, texts) for entry in settings.receivers]


def _sender(entry: ReceiverEntry, settings: NoticesEntry, egress: Egress, texts: dict[str, str]) -> AnySender:
    receiver = receiver_of(entry)
    if entry.webhook is not None:
        secrets = [read_secret(texts[file]) for file in entry.secret_files]
        return Webhook(receiver, entry.webhook, secrets, egress, settings.linked)
    token = None if entry.token_file is None else texts[entry.token_file]
    return Alertmanager(receiver, str(entry.alertmanager), egress, settings.linked, token=token)


def _secret_texts(settings: NoticesEntry) -> tuple[dict[str, str], list[Fault]]:
    """What stands in each file of the settings, and which can't be used. Faults never repeat what was found."""
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    for file, is_secret in _files(settings):
        try:
            texts[file] = _text(Path(file))
            if is_secret:
                read_secret(texts[file])
            elif not texts[file].isascii() or not texts[file].isprintable() or not texts[file]:
                raise ValueError("found no token, expected one on a line")
        except (OSError, UnicodeDecodeError, ValueError) as error:
            faults.append(_fault(file, error))
    return texts, faults


def _files(settings: NoticesEntry) -> Iterator[tuple[str, bool]]:
    for entry in settings.receivers:
        yield from ((file, True) for file in entry.secret_files)
        if entry.token_file is not None:
            yield entry.token_file, False


def _text(path: Path) -> str:
    with path.open(encoding="ascii") as file:
        return file.read(LONGEST_SECRET).strip()


def _authorities(settings: NoticesEntry) -> Path | None:
    if settings.authorities is None:
        return None
    try:
        ssl.create_default_context(cafile=settings.authorities)
    except OSError as error:  # ssl.SSLError is one
        raise ConfigError([_fault(settings.authorities, error, "certificates in PEM")]) from error
    return Path(settings.authorities)


def _fault(file: str, error: Exception, expected: str = "a file with one secret that can be read") -> Fault:
    if isinstance(error, OSError):
        return Fault(file, 0, "", error.strerror or type(error).__name__, expected)
    if isinstance(error, UnicodeDecodeError):
        return Fault(file, 0, "", "characters that no secret has", expected)
    found, _, wanted = str(error).partition(", expected ")
    return Fault(file, 0, "", found.removeprefix("found "), wanted or expected)
