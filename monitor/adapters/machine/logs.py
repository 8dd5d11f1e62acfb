"""The log, on standard error: a line for people, or a JSON object for programs."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from enum import StrEnum

import orjson

from monitor.wire.shown.printable import printable


class LogFormat(StrEnum):
    """How lines of the log are written."""

    CONSOLE = "console"
    JSON = "json"


class _ConsoleFormatter(logging.Formatter):
    """`2026-03-02T09:00:00.123Z WARNING what happened`; the lines of a traceback are indented, so that none can be forged."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{_stamp(record)} {record.levelname} {printable(record.getMessage())}"
        if not record.exc_info:
            return line
        traceback = self.formatException(record.exc_info).splitlines()
        return "\n".join([line, *(f"    {printable(each)}" for each in traceback)])


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _stamp(record),
            "level": record.levelname.casefold(),
            "logger": record.name,
            "message": _whole(record.getMessage()),
        }
        if record.exc_info:
            line["exception"] = _whole(self.formatException(record.exc_info))
        return orjson.dumps(line).decode()


def _stamp(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _whole(text: str) -> str:
    """A text without halves of characters, which JSON can't say."""
    return text.encode(errors="backslashreplace").decode()


def set_up_logging(log_format: LogFormat) -> None:
    """Everything from information upwards; of libraries only what is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if log_format is LogFormat.JSON else _ConsoleFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("monitor").setLevel(logging.INFO)
    # What a sender does wrong is answered; told here, line by line, it would let strangers fill a disk.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
