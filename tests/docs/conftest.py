"""The commands of `kept` as they are, for tests that hold documents against them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer


@pytest.fixture(scope="session")
def commands() -> dict[str, frozenset[str]]:
    """The options of every command of `kept`, by the command's name, e.g. `run`; groups join names by a space."""
    from monitor.cli import COMMANDS, build

    return dict(_walk(typer.main.get_command(build(list(COMMANDS))), ""))


def _walk(command: Any, name: str) -> Iterator[tuple[str, frozenset[str]]]:
    children = getattr(command, "commands", {})
    for child_name, child in children.items():
        yield from _walk(child, f"{name} {child_name}".strip())
    if not children:
        spelled = (word for parameter in command.params for word in (*parameter.opts, *parameter.secondary_opts))
        yield name, frozenset({"--help", *(word for word in spelled if word.startswith("-"))})
