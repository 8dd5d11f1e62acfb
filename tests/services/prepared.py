"""A process that has imported what Kept imports, and becomes a command of Kept once for each time it is asked: by a copy of itself.

Whoever starts it sends, over the socket that its first argument names, the words of a command with where and in which
environment to run it, and four open files: its standard input, output and errors, and where to write how it ended.
The answer is the process's number.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import Any, Final

import monitor.bootstrap.serving
import monitor.bootstrap.worker
import monitor.cli

FILES: Final = 4
LENGTH_BYTES: Final = 4


def main() -> None:
    """Serves until the socket is closed; in a copy, becomes the command."""
    monitor.cli.build(list(monitor.cli.COMMANDS))
    assert threading.active_count() == 1, "a copy has only the thread that made it"
    gc.freeze()  # a collection in a copy would write to what it shares
    request = _serve(socket.socket(fileno=int(sys.argv[1])))
    if request is not None:
        _become(*request)


def _serve(asked: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Makes a copy for each request; returns in the copy with what it is to become, and with nothing when all is over."""
    with asked:
        while (request := _next(asked)) is not None:
            if os.fork() == 0:
                return request if _is_the_copy(asked, request[1]) else None
            for file in request[1]:
                os.close(file)
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
    return None


def _next(asked: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next request with its files; nothing when there will be none."""
    head, files, _, _ = socket.recv_fds(asked, LENGTH_BYTES, FILES)
    if not head:
        return None
    left, parts = int.from_bytes(head), []
    while left:
        parts.append(asked.recv(left))
        left -= len(parts[-1])
    return json.loads(b"".join(parts)), files


def _is_the_copy(asked: socket.socket, files: list[int]) -> bool:
    """Makes another process and stays to tell how it ends; returns in that one only."""
    process = os.fork()
    if process == 0:
        return True
    *standard, ended = files
    for file in standard:
        os.close(file)
    asked.sendall(process.to_bytes(LENGTH_BYTES))
    asked.close()
    _, status = os.waitpid(process, 0)
    with suppress(BrokenPipeError):
        os.write(ended, os.waitstatus_to_exitcode(status).to_bytes(LENGTH_BYTES, signed=True))
    os._exit(0)


def _become(words: dict[str, Any], files: list[int]) -> None:
    """Goes on as the command would that was started for itself."""
    *standard, ended = files
    os.close(ended)
    for number, file in enumerate(standard):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(words["environment"])
    time.tzset()
    os.chdir(words["folder"])
    if not sys.flags.safe_path:
        sys.path[0] = words["folder"]
    sys.argv = ["", *words["arguments"]]
    runpy.run_module(words["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
