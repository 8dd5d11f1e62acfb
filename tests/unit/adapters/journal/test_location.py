"""Where a database is, as it is written and as it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.adapters.journal.location import Location
from monitor.errors import ConfigError


def test_what_is_no_address_is_a_file() -> None:
    assert Location.parse("build/kept.db") == Location(Path("build/kept.db"))
    assert str(Location.parse("build/kept.db")) == "build/kept.db"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_the_address_of_a_server_is_read_as_libpq_reads_it(scheme: str) -> None:
    location = Location.parse(f"{scheme}://ann:pass%40word@db.example:5433/kept?sslmode=verify-full&connect_timeout=9")
    assert location.file is None
    assert location.parameters == {
        "user": "ann",
        "password": "pass@word",
        "host": "db.example",
        "port": "5433",
        "dbname": "kept",
        "sslmode": "verify-full",
        "connect_timeout": "9",
    }


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://ann:secret@db.example:5433/kept", "postgresql://ann@db.example:5433/kept"),
        ("postgresql://ann@db.example/kept?password=secret", "postgresql://ann@db.example/kept"),
        ("postgresql://db/kept?sslpassword=secret&sslkey=k", "postgresql://db/kept"),
        ("postgresql://ann:secret@one:1,two:2/kept", "postgresql://ann@one:1,two:2/kept"),
        ("postgresql://ann:secret@[::1]:5433/kept", "postgresql://ann@[::1]:5433/kept"),
        ("postgresql://ann:secret@/kept?host=/run/postgresql", "postgresql://ann@/kept?host=/run/postgresql"),
        ("postgresql://a%20b:secret@db/k%2Ft", "postgresql://a%20b@db/k/t"),
    ],
)
def test_no_password_is_ever_shown(address: str, shown: str) -> None:
    location = Location.parse(address)
    assert str(location) == shown
    assert repr(location) == f"Location({shown!r})"
    assert "secret" not in f"{location} {location!r}"


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("mysql://ann:secret@db/kept", "an address of mysql"),
        ("postgresql://ann:hid@den@db/kept", "a second @"),
        ("postgresql://ann:secret@db/kept?sslmod=require", "an address that can't be read,"),
        ("postgresql://db/kept?sslmod=require", 'invalid URI query parameter: "sslmod"'),
        ("postgresql://db/kept?password=%zz", "an address that can't be read,"),
    ],
)
def test_an_address_that_can_not_be_used_is_refused_without_its_password(address: str, found: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Location.parse(address)
    assert found in str(caught.value)
    assert "--database" in str(caught.value)
    assert not any(secret in str(caught.value) for secret in ("secret", "hid", "den", "zz"))
