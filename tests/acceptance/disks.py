"""Disks that fill up, files that can't be written: real ones where this process may mount, else the kernel's own limits."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

DISK_BYTES: Final = 16 * 2**20
_BLOCK: Final = b"\0" * 4_096


class Disk(Protocol):
    """A folder on which there is room, or not. `process` is who writes there."""

    folder: Path

    def fill(self, process: int) -> None: ...

    def free(self, process: int) -> None: ...


class SmallDisk:
    """A file system of a few megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, process: int) -> None:
        del process
        with self._filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(_BLOCK)
            except OSError:
                return

    def free(self, process: int) -> None:
        del process
        self._filler.unlink()


class LimitedDisk:
    """A folder in which no file may grow: the process gets an error for every byte beyond a file's length."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, process: int) -> None:
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (0, hard))

    def free(self, process: int) -> None:
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def mounted(folder: Path, options: str = f"size={DISK_BYTES}") -> Iterator[Path]:
    """A file system in memory on this folder."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(folder)], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _can_mount() -> bool:
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        try:
            with mounted(Path(folder)):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


KINDS: Final = ["limit", "mount"] if _can_mount() else ["limit"]


@contextmanager
def disk_of(kind: str, folder: Path) -> Iterator[Disk]:
    """A disk of one of `KINDS`."""
    if kind == "limit":
        yield LimitedDisk(folder)
        return
    with mounted(folder):
        yield SmallDisk(folder)


_PR_CAPBSET_DROP: Final = 24
_CAP_DAC_OVERRIDE: Final = 1


def heeding_modes() -> Callable[[], None]:
    """For `preexec_fn`: a process that may not write what its mode forbids, also where it is root's."""
    libc = ctypes.CDLL(None)
    is_root = os.geteuid() == 0

    def heed() -> None:
        if is_root:
            libc.prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0)

    return heed
