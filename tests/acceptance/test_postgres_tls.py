"""A database reached over TLS, its server's name held against its certificate, the password by file."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from monitor.testing import Daemon, cloud_event, run_kept
from tests.services.certificates import make_certificate
from tests.services.postgres import SecurePostgresServer
from tests.services.processes import ServerFolder
from tests.services.serving import ServeProcess

pytestmark = pytest.mark.slow


@pytest.fixture
def password_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What PGPASSFILE names."""
    file = tmp_path / "pgpass"
    file.write_text(f"*:*:*:kept:{SecurePostgresServer.password}\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    return file


def test_over_tls_it_is_written_and_asked(
    secure_postgres: SecurePostgresServer, password_file: Path, book: Path
) -> None:
    database = secure_postgres.empty_database()
    url = secure_postgres.secure_url(database)
    daemon = Daemon(book, url)
    assert daemon.post(cloud_event("ticket.opened", "A", 1_770_000_000_000_000, "1", client="acme"))["accepted"] == 1
    served = ServeProcess(url)
    assert served.ask("/v1/cases") == daemon.ask("/v1/cases")
    sessions = (
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name ~ '^kept on'"
    )
    assert secure_postgres.execute(sessions) == [(True,)]
    assert (served.stop(), daemon.stop()) == (0, 0)


def test_a_name_the_certificate_has_not_is_refused(
    secure_postgres: SecurePostgresServer, password_file: Path, book: Path
) -> None:
    url = secure_postgres.secure_url(secure_postgres.empty_database(), host="localhost")
    code, _, err = run_kept("run", "--book", book, "--database", url, "--port", "0")
    assert (code, len(err.splitlines())) == (2, 1), err
    assert 'does not match host name "localhost"' in err


def test_an_authority_that_did_not_sign_is_refused(
    secure_postgres: SecurePostgresServer, password_file: Path, book: Path
) -> None:
    stranger = ServerFolder("stranger", signal.SIGTERM, refuses_root=False)
    try:
        authority = stranger.path / "certificate.pem"
        make_certificate(stranger, authority, stranger.path / "key.pem")
        url = secure_postgres.secure_url(secure_postgres.empty_database(), authority=authority)
        code, _, err = run_kept("run", "--book", book, "--database", url, "--port", "0")
    finally:
        stranger.remove()
    assert (code, len(err.splitlines())) == (2, 1), err
    assert "certificate verify failed" in err


def test_without_the_password_nobody_is_let_in(secure_postgres: SecurePostgresServer, book: Path) -> None:
    url = secure_postgres.secure_url(secure_postgres.empty_database())
    code, _, err = run_kept("run", "--book", book, "--database", url, "--port", "0")
    assert (code, "no password supplied" in err) == (2, True)
