"""The token that a command shows to a running Kept: from a file or the environment, never from the command line.

What is on a command line can be read by everybody on the machine.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from monitor.errors import ConfigError

VARIABLE: Final = "KEPT_TOKEN"
LONGEST: Final = 4_096
"""Characters; other systems before Kept may ask for tokens of their own, and those are longer."""

TokenFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--token-file", help=f"With --url: the file with the token to show; else {VARIABLE} is looked at."),
]

_BEARER: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What a bearer token may be made of (RFC 6750, 2.1)."""


def read_token(file: Path | None) -> str | None:
    """The token to show; None where none is given. Raises ConfigError, which never says what was in its place."""
    if file is None:
        place, text = VARIABLE, os.environ.get(VARIABLE, "").strip()
        if not text:
            return None
    else:
        place = str(file)
        try:
            with file.open(encoding="ascii") as opened:
                text = opened.read(LONGEST + 2).strip()
        except OSError as error:
            raise _fault(place, error.strerror or str(error)) from error
        except UnicodeDecodeError as error:
            raise _fault(place, "characters that no token has") from error
    if len(text) > LONGEST or _BEARER.fullmatch(text) is None:
        raise _fault(place, "nothing" if not text else "text that is no token")
    return text


def _fault(place: str, found: str) -> ConfigError:
    return ConfigError.of(place, found, "one token as `kept token new` prints it")
