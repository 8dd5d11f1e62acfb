"""Programs that tests run and that may not be on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

Program: TypeAlias = Callable[[str], str]
"""Where a program is, by its name."""


@pytest.fixture(scope="session")
def program() -> Program:
    """Where a program is; a test that asks for one that is not here is skipped, and says so."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"found no {name} on this machine; on Debian tests/install-services installs it")
        return found

    return find


def run_clean(*words: str | Path) -> str:
    """Runs a program that must find nothing wrong; returns what it printed.

    One that is written in Go, as promtool, may use memory in the place of time: it spends a fifth of it on tidying up.
    """
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, "GOGC": "800"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
