"""`kept backup` as its caller sees it."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner, Result

from monitor.commands.backup import backup
from monitor.errors import ConfigError
from monitor.testing import sqlite_store


def run(*words: str | Path) -> Result:
    app = typer.Typer()
    app.command()(backup)
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_backup_says_where_it_is_and_how_large(tmp_path: Path) -> None:
    sqlite_store(tmp_path / "kept.db").close()
    result = run(tmp_path / "copy.db", "--database", tmp_path / "kept.db")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{tmp_path / 'copy.db'}: {(tmp_path / 'copy.db').stat().st_size:,} bytes, checked\n"


def test_a_server_is_backed_up_by_its_own_tool(tmp_path: Path) -> None:
    for url in ("postgresql://kept:secret@db.example/kept", "postgresql+psycopg://kept:secret@db.example/kept"):
        error = run(tmp_path / "copy.db", "--database", url).exception
        assert isinstance(error, ConfigError)
        assert "pg_dump" in str(error)
        assert "secret" not in str(error)
