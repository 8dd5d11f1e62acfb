"""What `make test` tests is what is shipped: the wheel's content, of this source, with the whole domain compiled."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any, Final

import pytest

import monitor
from monitor.testing import eventually, kept

ROOT: Final = Path(__file__).resolve().parents[2]
TESTED: Final = Path(monitor.__file__).parent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _is_shipped() -> None:
    if os.environ.get("KEPT_TESTED") != "shipped":
        pytest.skip("these tests run on the source, not by `make test`")
    asked = (ROOT / "deploy" / "compile", "--lacks")
    lacking = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    if lacking:
        pytest.skip(f"found nothing that compiles the domain, expected {lacking}: these tests run on the source")


def _files(package: Path) -> dict[Path, bytes]:
    """What a package has but binaries, by its place in it."""
    return {
        path.relative_to(package): path.read_bytes()
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".so" and "__pycache__" not in path.parts
    }


def test_it_is_made_of_this_source() -> None:
    assert TESTED.parent == ROOT / "build" / "compiled"
    assert _files(TESTED) == _files(ROOT / "monitor")


def _modules() -> Iterator[str]:
    """The modules of the domain, as the source has them; what only says that a folder is a package has nothing to compile."""
    for path in sorted((ROOT / "monitor" / "domain").rglob("*.py")):
        if path.stem != "__init__":
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_every_module_of_the_domain_is_compiled() -> None:
    files = {name: str(import_module(name).__file__) for name in _modules()}
    assert len(files) > 50
    assert [name for name, file in files.items() if not file.endswith(tuple(EXTENSION_SUFFIXES))] == []


@pytest.mark.parametrize("how", [{}, {"stdin": subprocess.DEVNULL}], ids=["a copy", "a process of its own"])
def test_so_it_is_in_a_process_that_a_test_starts(how: dict[str, Any], tmp_path: Path) -> None:
    process = kept(
        "run", "--book", ROOT / "deploy/examples/book.yaml", "--database", tmp_path / "k.db", "--port=0", **how
    )
    assert process.stdout is not None
    eventually(lambda: "/v1/events" in process.stdout.readline(), "Kept listens")  # type: ignore[union-attr]
    mapped = Path(f"/proc/{process.pid}/maps").read_text()
    engine = TESTED / "domain" / "cases" / "engine"
    assert f"{engine}." in mapped


def test_no_binary_lies_beside_the_source() -> None:
    """It would be taken in its place, whatever became of the source since."""
    assert [*(ROOT / "monitor").rglob("*.so"), *ROOT.glob("*.so")] == []
