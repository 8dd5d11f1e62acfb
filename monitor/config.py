"""What the operator decides for a run, checked before anything is opened."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from monitor.adapters.location import Location
from monitor.errors import ConfigError, Fault

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8321


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """How `kept run` runs. Port 0 takes any that is free. `is_open` allows addresses other than this machine's own."""

    book: Path
    database: Location
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    is_open: bool = False

    def check(self) -> None:
        """Raises ConfigError where Kept must not, or can't, start like this."""
        faults = [] if self.is_open or is_own_machine(self.host) else [_open_door(self.host)]
        if self.database.file is not None:
            faults += _file_faults(self.database.file)
        if faults:
            raise ConfigError(faults)


def _file_faults(file: Path) -> list[Fault]:
    """What keeps a database from being made at a place."""
    if not file.parent.is_dir():
        return [Fault(str(file), 0, "", f"no folder {file.parent}", "a folder that is there")]
    return [Fault(str(file), 0, "", "a folder", "a file")] if file.is_dir() else []


def is_own_machine(host: str) -> bool:
    """Whether only this machine can reach a listener on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _open_door(host: str) -> Fault:
    expected = "127.0.0.1, localhost or ::1: nobody is asked who they are; --allow-open listens here all the same"
    return Fault("--host", 0, "", host, expected)
