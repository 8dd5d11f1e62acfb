"""The table of tokens: written by commands while a Kept may be running on the same database, read by that Kept."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, Engine, insert, or_, select, update

from monitor.adapters.journal.driver_errors import translated
from monitor.adapters.journal.patient_writing import PatientWriter
from monitor.adapters.journal.tables import TOKENS
from monitor.domain.hours.instant import InstantUs
from monitor.errors import ConfigError
from monitor.service.doors.tokens import TokenRecord

_LIVE: Final = TOKENS.c.revoked.is_(None)


class TokenTable:
    """All tokens ever made; every method raises TransientError where the database does not work."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = PatientWriter(engine)

    def records(self) -> list[TokenRecord]:
        """Every token, the oldest first."""
        with translated(), self._engine.connect() as connection:
            rows = connection.execute(select(TOKENS).order_by(TOKENS.c.created, TOKENS.c.id)).all()
        return [TokenRecord._make(row) for row in rows]

    def add(self, record: TokenRecord) -> None:
        """Keeps a new token; raises ConfigError where a token of that name is in use."""

        def write(connection: Connection) -> None:
            namesake = select(TOKENS.c.id).where(_LIVE, TOKENS.c.name == record.name)
            if (known := connection.scalar(namesake)) is not None:
                raise _fault(
                    record.name, f"a token of that name ({known})", "another name, or that token revoked first"
                )
            connection.execute(insert(TOKENS).values(record._asdict()))

        self._writer.write(write)

    def revoke(self, name: str, now: InstantUs) -> TokenRecord:
        """Ends the token of this name or id; raises ConfigError where none, or more than one, is meant."""

        def write(connection: Connection) -> TokenRecord:
            meant = select(TOKENS).where(_LIVE, or_(TOKENS.c.name == name, TOKENS.c.id == name))
            record = _the_one(name, [TokenRecord._make(row) for row in connection.execute(meant)])
            connection.execute(update(TOKENS).where(TOKENS.c.id == record.id).values(revoked=now))
            return record._replace(revoked=now)

        return self._writer.write(write)


def _the_one(name: str, records: list[TokenRecord]) -> TokenRecord:
    if not records:
        raise _fault(name, "no such token in use", "a name or an id that `kept token list` shows")
    if len(records) > 1:
        ids = ", ".join(record.id for record in records)
        raise _fault(name, f"the name of one token and the id of another ({ids})", "a name or id of one only")
    return records[0]


def _fault(name: str, found: str, expected: str) -> ConfigError:
    return ConfigError.of(f"token {name}", found, expected)
