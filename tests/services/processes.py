"""Servers that tests start: in a folder of their own, and gone when the tests are."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from monitor.testing import PATIENCE_SECONDS

START_SECONDS: Final = PATIENCE_SECONDS
"""How long a server may take to answer on a busy machine before the tests give up."""
STOP_SECONDS: Final = 60

_ORDINARY_USERS: Final = ("postgres", "nobody")
"""Who runs a server that refuses to be run by root: the first of them that this machine knows."""


class ServerFolder:
    """A folder of a server's own, with a short path: the name of a socket may not measure more than 107 bytes."""

    def __init__(self, name: str, stopped_by: signal.Signals, *, refuses_root: bool) -> None:
        self._stopped_by = stopped_by
        self.path = Path(tempfile.mkdtemp(prefix=f"kept-{name}-", dir="/tmp"))
        self._user = _ordinary_user() if refuses_root and os.geteuid() == 0 else None
        if self._user is not None:
            os.chown(self.path, self._user.pw_uid, self._user.pw_gid)
        self.log = self.path / "log.txt"

    def command(self, words: Sequence[str | Path]) -> list[str]:
        """The command as the folder's user; it is told to stop when whoever started it dies."""
        spelled = [str(word) for word in words]
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            return spelled
        prefix = [setpriv, "--pdeathsig", self._stopped_by.name.removeprefix("SIG")]
        if self._user is not None:
            prefix += [f"--reuid={self._user.pw_uid}", f"--regid={self._user.pw_gid}", "--clear-groups"]
        return [*prefix, *spelled]

    def run(self, *words: str | Path) -> None:
        """Runs a command to its end; what it says is shown where it fails."""
        done = subprocess.run(
            self.command(words), cwd=self.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        assert done.returncode == 0, f"{words[0]} ended with {done.returncode}: {done.stdout}"

    def start(self, *words: str | Path) -> subprocess.Popen[bytes]:
        """Starts a server; what it says is in the log."""
        with self.log.open("ab") as log:
            return subprocess.Popen(self.command(words), cwd=self.path, stdout=log, stderr=subprocess.STDOUT)

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Stops a server in good order, by force where that takes too long."""
        process.send_signal(self._stopped_by)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def remove(self) -> None:
        """Removes the folder."""
        shutil.rmtree(self.path, ignore_errors=True)


def await_answer(process: subprocess.Popen[bytes], answers: Callable[[], bool], log: Path) -> None:
    """Waits until a server answers; raises AssertionError with the end of its log where it does not."""
    give_up_at = time.monotonic() + START_SECONDS
    while not answers():
        is_alive = process.poll() is None and time.monotonic() < give_up_at
        if not is_alive:
            process.kill()
            process.wait()
        assert is_alive, f"the server does not answer; the end of {log}:\n{_tail(log)}"
        time.sleep(0.05)


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on, all different, and this process's own until it ends.

    The system gives none of them to whoever connects or asks for any port, and no other process of these tests takes one:
    whoever has a port has the lock on a file of its number. So it is still free when a server is started on it, and again.
    """
    found: list[int] = []
    while len(found) < count:
        port = next(_CANDIDATES)
        if _is_ours(port) and _is_free(port):
            found.append(port)
    return found


_LOWEST_PORT: Final = 20_000
_CANDIDATES: Final = iter(range(_LOWEST_PORT, 65_536))
_LOCKS: Final[list[int]] = []
"""Open files, each with the lock of a port."""


def _is_ours(port: int) -> bool:
    """Whether the port is this process's from now on."""
    if port >= _lowest_ephemeral():
        raise AssertionError(f"found no port from {_LOWEST_PORT} on that is free, expected some below {port}")
    folder = Path(tempfile.gettempdir()) / f"kept-ports-{os.geteuid()}"
    folder.mkdir(exist_ok=True)
    lock = os.open(folder / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    _LOCKS.append(lock)
    return True


def _lowest_ephemeral() -> int:
    """The first of the ports that the system gives to whoever asks for any."""
    said = Path("/proc/sys/net/ipv4/ip_local_port_range")
    return int(said.read_text().split()[0]) if said.exists() else 32_768


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _ordinary_user() -> pwd.struct_passwd:
    """Who runs a server in the place of root."""
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in _ORDINARY_USERS if name in known)


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-30:])
