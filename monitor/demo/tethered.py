"""Becomes another program, which ends when whoever started this one does, however that ends.

Linux tells a process when its parent has died, if the process asks for it (prctl, PR_SET_PDEATHSIG); the wish outlives
becoming another program. Elsewhere nothing can be asked for, and the program runs on after a `kill -9` of its parent.

    python -m monitor.demo.tethered PARENT PROGRAM [ARGUMENT...]
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def main(parent: int, words: list[str]) -> None:
    """Becomes the program; `parent` is the process that it must not outlive."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        # It may have ended before the wish was heard.
        if os.getppid() != parent:
            return
    os.execv(words[0], words)  # noqa: S606  the programs of the demonstration


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
