"""What the options of a command say, checked by a model of the wire as a request over HTTP is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from monitor.errors import ConfigError, Fault
from monitor.wire.written.plain_words import describe_error

M = TypeVar("M", bound=BaseModel)


def checked(model: type[M], said: Mapping[str, Any]) -> M:
    """What the options say; raises ConfigError with every fault, by option."""
    try:
        return model.model_validate(said)
    except ValidationError as error:
        raise ConfigError([option_fault(*describe_error(detail)) for detail in error.errors()]) from None


def option_fault(found: str, expected: str, key: str) -> Fault:
    """What is wrong with the option that says `key`."""
    return Fault(f"--{key.replace('_', '-')}", 0, "", found, expected)


def unknown_client(client: str) -> Fault:
    """What is wrong with the option that names a client of whom nothing is known."""
    return option_fault(f"{client!r}, of whom nothing was recorded", "a client that `kept clients` shows", "client")
