"""What the operator decides for a run, checked before anything is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from monitor.adapters.journal.location import Location
from monitor.errors import ConfigError
from monitor.service.commits.retention import Policy
from monitor.service.doors.admission import is_own_machine

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8321


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """On what, and to whom, a Kept opens its doors. Port 0 takes any that is free.

    `is_open` allows addresses other than this machine's own though no token was made; `has_open_metrics` shows the metrics
    to whoever asks. `has_canary` sends the canary's events along.
    """

    database: Location
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    is_open: bool = False
    has_open_metrics: bool = False
    has_canary: bool = False

    @property
    def is_own(self) -> bool:
        """Whether only this machine can reach what listens."""
        return is_own_machine(self.host)

    def check(self) -> None:
        """Raises ConfigError where Kept must not, or can't, start like this."""
        check_place(self.database)

    def check_door(self, *, has_tokens: bool) -> None:
        """Raises ConfigError where others could reach Kept and nobody would be asked for a token."""
        if not (has_tokens or self.is_open or self.is_own):
            made = f"`kept token new --database {self.database} ...`"
            expected = f"a token made before by {made}; --allow-open listens here all the same and asks nobody"
            raise ConfigError.of("--host", f"{self.host}, which others can reach, and no token", expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings(DoorSettings):
    """How `kept run` runs. Without a book it is the one in the database that counts.

    `keep` is how long matters that are over stay on record, None for ever; `notices` is the file with the settings of
    notices, None where nobody is told.
    """

    book: Path | None
    keep: Policy | None = None
    notices: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """How `kept worker` runs. Without a book it is the one in the database that counts.

    `dead_letters` and `replays` are the topics beside that of events, `gap_after_seconds` how long the trace of a record may
    take; `instance` is a name of its own in the group, by which a worker that comes back soon gets its partitions again;
    `keep` is how long matters that are over stay on record, None for ever; `has_open_metrics` allows metrics to be served
    where others can reach them; `accepts_loss` goes on where the log no
    longer has what was to be read.
    """

    book: Path | None
    database: Location
    topic: str
    dead_letters: str
    replays: str
    group: str
    instance: str | None
    session_seconds: int
    gap_after_seconds: int
    metrics_host: str
    metrics_port: int
    has_open_metrics: bool = False
    accepts_loss: bool = False
    keep: Policy | None = None

    def check(self) -> None:
        """Raises ConfigError where a worker must not start like this."""
        refuse_strangers("--metrics", self.metrics_host, is_open=self.has_open_metrics)


def refuse_strangers(option: str, host: str, *, is_open: bool) -> None:
    """Raises ConfigError where others could reach metrics that nobody is asked a token for, and that was not allowed."""
    if not (is_open or is_own_machine(host)):
        expected = "an address of this machine alone, or --open-metrics, for nobody is asked there"
        raise ConfigError.of(option, f"{host}, which others can reach", expected)


def check_place(database: Location) -> None:
    """Raises ConfigError where no database can be."""
    file = database.file
    if file is not None and not file.parent.is_dir():
        raise ConfigError.of(file, f"no folder {file.parent}", "a folder that is there")
    if file is not None and file.is_dir():
        raise ConfigError.of(file, "a folder", "a file")
