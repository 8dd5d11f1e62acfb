"""The command `kept`: what each word calls, and how errors reach people."""

from __future__ import annotations

import errno
import importlib
import sys
from contextlib import suppress
from typing import Any, Final

import typer

from monitor.errors import ConfigError, KeptError

COMMANDS: Final[dict[str, str]] = {
    "judge": "monitor.commands.judge:judge",
    "explain": "monitor.commands.explain:explain",
    "hours": "monitor.commands.hours:app",
    "check": "monitor.commands.check:check",
    "convert": "monitor.commands.convert:convert",
    "run": "monitor.commands.run:run",
    "serve": "monitor.commands.serve:serve",
    "import": "monitor.commands.import_:import_events",
    "clients": "monitor.commands.questions:clients",
    "cases": "monitor.commands.questions:cases",
    "obligations": "monitor.commands.questions:obligations",
    "verdicts": "monitor.commands.questions:verdicts",
    "shares": "monitor.commands.questions:shares",
    "numbers": "monitor.commands.questions:numbers",
    "report": "monitor.commands.report:report",
    "reports": "monitor.commands.questions:reports",
    "decisions": "monitor.commands.questions:decisions",
    "history": "monitor.commands.questions:history",
    "people": "monitor.commands.questions:people",
    "touches": "monitor.commands.questions:touches",
    "ledger": "monitor.commands.questions:ledger",
    "calls": "monitor.commands.questions:calls",
    "perception": "monitor.commands.questions:perception",
    "relations": "monitor.commands.questions:relations",
    "risk": "monitor.commands.risk:app",
    "breach": "monitor.commands.breach:app",
    "attainable": "monitor.commands.attainable:attainable",
    "fit": "monitor.commands.fit:fit",
    "proposals": "monitor.commands.questions:proposals",
    "register": "monitor.commands.questions:register",
    "deadletters": "monitor.commands.deadletters:app",
    "book": "monitor.commands.book:app",
    "restate": "monitor.commands.book:restate",
    "notices": "monitor.commands.notices:app",
    "backup": "monitor.commands.backup:backup",
    "move": "monitor.commands.move:move",
    "retention": "monitor.commands.retention:retention",
    "token": "monitor.commands.tokens:app",
    "simulate": "monitor.commands.simulate:simulate",
    "topics": "monitor.commands.topics:topics",
    "edge": "monitor.commands.edge:edge",
    "notify": "monitor.commands.notify:notify",
    "publish": "monitor.commands.publish:publish",
    "worker": "monitor.commands.worker:worker",
    "schemas": "monitor.commands.schemas:schemas",
}
"""Each command with where it lives. Only the one that is called is imported: `kept hours` must not wait for a web server."""

_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""A full disk is nobody's mistake: it needs a line, and no traceback."""


def build(names: list[str]) -> typer.Typer:
    """The application with these commands."""
    app = typer.Typer(
        name="kept",
        help="Watches the promises a firm made to its clients while there is still time to keep them.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_about)
    for name in names:
        module, _, attribute = COMMANDS[name].partition(":")
        target = getattr(importlib.import_module(module), attribute)
        if isinstance(target, typer.Typer):
            app.add_typer(target, name=name)
        else:
            app.command(name=name)(target)
    return app


def _about() -> None:
    """Watches the promises a firm made to its clients while there is still time to keep them."""


def main(arguments: list[str] | None = None) -> None:
    """Runs one command. A mistake of whoever called it is a line on standard error and exit code 2, never a traceback."""
    words = sys.argv[1:] if arguments is None else arguments
    wanted = [words[0]] if words and words[0] in COMMANDS else list(COMMANDS)
    try:
        build(wanted)(words, prog_name="kept")
    except ConfigError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        sys.exit(2)
    except KeptError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        print(f"{error.filename or 'the output'}: found {error.strerror}, expected room to write it", file=sys.stderr)
        _close_quietly(sys.stdout)
        sys.exit(1)
    except SystemExit as end:
        # typer ends with 1 where the output is a closed pipe.
        if not isinstance(end.__context__, BrokenPipeError):
            raise
        # Whoever read the output has seen enough, as `kept judge ... | head` does.
        _close_quietly(sys.stdout)
        sys.exit(0)


def _close_quietly(stream: Any) -> None:
    """Ends it here: at the end of the process what is still in it would be tried again, and told again."""
    with suppress(OSError):
        stream.close()
