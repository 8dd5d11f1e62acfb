"""What the operator decides for a run, checked before anything is opened."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from monitor.errors import ConfigError, Fault

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8321


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """How `kept run` runs. Without a book it is the one in the database that counts. Port 0 takes any that is free.
    `is_open` allows addresses other than this machine's own."""

    book: Path | None
    database: Path
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    is_open: bool = False

    def check(self) -> None:
        """Raises ConfigError where Kept must not, or can't, start like this."""
        faults = [] if self.is_open or is_own_machine(self.host) else [_open_door(self.host)]
        if not self.database.parent.is_dir():
            faults.append(
                Fault(str(self.database), 0, "", f"no folder {self.database.parent}", "a folder that is there")
            )
        elif self.database.is_dir():
            faults.append(Fault(str(self.database), 0, "", "a folder", "a file"))
        if faults:
            raise ConfigError(faults)


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
