"""The board, the page of a report, and the sheet whether a client fits, in a browser: it looks as it says, prints, and its own rules refuse nothing of it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from monitor.adapters.answers.board import board
from monitor.adapters.answers.fit import fit
from monitor.adapters.answers.reports import drafted
from monitor.adapters.journal.location import Location
from monitor.domain.hours.instant import DAY_US
from monitor.testing import PATIENCE_SECONDS, cloud_event
from monitor.wire.questions.fit_rows import FitParameters
from monitor.wire.report.board import board_of
from monitor.wire.report.page import page_of
from monitor.wire.report.sheet import sheet_of
from tests.contract.test_numbers import JULY, Journal

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (Debian: the package of that name)")


@pytest.fixture(params=["report", "sheet", "board"])
def page(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The page of a report, the sheet whether client and firm fit, or the board."""
    journal = Journal(Location(tmp_path / "kept.db"))
    for minutes in (10, 50, 90):
        journal.case("acme", JULY, minutes)
    rated = cloud_event("satisfaction.recorded", "acme-3", JULY + DAY_US, "r", score=2, scale="1-5", words="Too slow.")
    journal.take(rated, at=JULY + 2 * DAY_US)
    with journal.store._engine.connect() as connection:
        if request.param == "report":
            written = page_of(drafted(connection, "acme", "2026-07", as_of=None, now=journal.now))
        elif request.param == "board":
            written = board_of(board(connection, journal.now))
        else:
            written = sheet_of(fit(connection, FitParameters(client="acme")))
    journal.store.close()
    return written


def _opened(folder: Path, page: str, *options: str) -> str:
    """What the browser says while it opens a page."""
    file = folder / "report.html"
    file.write_text(page)
    usual = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        f"--user-data-dir={folder}/profile",
    )
    done = subprocess.run(
        [str(CHROMIUM), *usual, *options, file.as_uri()],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    return done.stderr


def test_the_page_prints_and_its_policy_refuses_nothing_of_it(page: str, tmp_path: Path) -> None:
    printed = tmp_path / "report.pdf"
    said = _opened(tmp_path, page, "--no-pdf-header-footer", f"--print-to-pdf={printed}")
    assert printed.read_bytes().startswith(b"%PDF-")
    assert "Content Security Policy" not in said


def test_the_policy_refuses_a_style_and_a_script_that_are_not_the_pages_own(page: str, tmp_path: Path) -> None:
    changed = page.replace("</style>", "p { color: red }</style><script>document.title = 'run'</script>")
    said = _opened(tmp_path, changed, f"--print-to-pdf={tmp_path / 'changed.pdf'}")
    assert said.count("Content Security Policy") >= 2
