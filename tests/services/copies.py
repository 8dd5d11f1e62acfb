"""Commands of Kept in processes of their own that need not import first: copies of one process that did.

Most of the time of a short command goes into imports, and tests start very many. What is started elsewhere, by a script or
by a test of the start itself, is started as anybody would.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from monitor.testing import processes
from tests.services.prepared import LENGTH_BYTES

_ROOT: Final = Path(__file__).resolve().parents[2]


class Prepared:
    """The process that copies are made of; started when the first one is wanted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, module: str, arguments: Sequence[str], environment: Mapping[str, str], files: list[int]) -> int:
        """Makes a copy that becomes a module with arguments; `files` are its standard ones, and where to write how it ended."""
        said = {
            "module": module,
            "arguments": list(arguments),
            "environment": dict(environment),
            "folder": str(_ROOT),
        }
        content = json.dumps(said).encode()
        with self._lock:
            asked = self._asked()
            socket.send_fds(asked, [len(content).to_bytes(LENGTH_BYTES)], files)
            asked.sendall(content)
            answer = asked.recv(LENGTH_BYTES)
        assert len(answer) == LENGTH_BYTES, "the process that copies are made of has ended"
        return int.from_bytes(answer)

    def _asked(self) -> socket.socket:
        if self._socket is None:
            self._socket, other = socket.socketpair()
            with other:
                self._process = subprocess.Popen(
                    [sys.executable, "-W", "error", "-m", "tests.services.prepared", str(other.fileno())],
                    cwd=_ROOT,
                    env=processes.environment(),
                    pass_fds=[other.fileno()],
                )
        return self._socket

    def end(self) -> None:
        """Ends it; what was made of it stays."""
        if self._socket is not None and self._process is not None:
            self._socket.close()
            self._process.wait()


class Copy(subprocess.Popen[str]):
    """A copy, told of as any process is: only how it is started and how its end is waited for is done otherwise."""

    def __init__(self, prepared: Prepared, module: str, arguments: Sequence[str], **options: Any) -> None:
        self._prepared = prepared
        self._module = module
        self._how_it_ends, self._tells = os.pipe()
        weakref.finalize(self, os.close, self._how_it_ends)
        try:
            super().__init__(list(arguments), **options)
        finally:
            os.close(self._tells)

    def _execute_child(self, *given: Any) -> None:
        """Starts it with the pipes that were made for it."""
        arguments, environment, pipes = given[0], given[6], given[10:16]
        from_here, _, _, to_here, _, errors = pipes
        standard = [number if file == -1 else file for number, file in enumerate((from_here, to_here, errors))]
        self.pid = self._prepared.start(self._module, arguments, environment, [*standard, self._tells])
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        return self._look(0)

    def _wait(self, timeout: float | None) -> int:
        code = self._look(timeout)
        if code is None:
            assert timeout is not None
            raise subprocess.TimeoutExpired(self.args, timeout)
        return code

    def _look(self, seconds: float | None) -> int | None:
        """How it ended, where it has by then; one thread may wait while another one looks."""
        if self.returncode is None and select.select([self._how_it_ends], [], [], seconds)[0]:
            with self._waitpid_lock:  # type: ignore[attr-defined]
                if self.returncode is None:
                    self.returncode = int.from_bytes(os.read(self._how_it_ends, LENGTH_BYTES), signed=True)
        return self.returncode


@pytest.fixture(scope="session", autouse=True)
def _copies() -> Iterator[None]:
    prepared = Prepared()

    def start(module: str, arguments: Sequence[str], **options: Any) -> subprocess.Popen[str]:
        return Copy(prepared, module, arguments, **options)

    with processes.starting_by(start):
        yield
    prepared.end()


# What was started and left, as it is where something fails, is ended: the next test must not hear of it.


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup() -> Generator[None, object, object]:
    """What a fixture has started it ends itself, unless it fails before it could."""
    before = len(processes.STARTED)
    try:
        made = yield
    except BaseException:
        processes.end_started(before)
        raise
    del processes.STARTED[before:]
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    """What the test itself has started is ended when its fixtures are done."""
    try:
        return (yield)
    finally:
        processes.end_started()
