"""Threads for calls to the outside, which may hang: nobody waits for one when Kept ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Lock, Thread
from typing import Any, TypeVar

T = TypeVar("T")
Item = TypeVar("Item")


class DaemonWorker:
    """The worker port with a thread for each piece of work: whoever asks has one piece under way at a time."""

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def call(settle: Callable[[Any], None], value: Any) -> None:
            with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
                loop.call_soon_threadsafe(lambda: None if done.done() else settle(value))

        def do() -> None:
            try:
                value = work()
            except BaseException as error:  # noqa: BLE001  whoever waits gets it
                call(done.set_exception, error)
            else:
                call(done.set_result, value)

        Thread(target=do, name="kept-outbound", daemon=True).start()
        return await done


def in_parallel(work: Callable[[Item], T], items: Iterable[Item], most: int) -> list[T]:
    """What `work` makes of each item, in their order, at most so many at a time. `work` must not raise."""
    listed = list(items)
    results: dict[int, T] = {}
    waiting, lock = iter(range(len(listed))), Lock()

    def take() -> int | None:
        with lock:
            return next(waiting, None)

    def do() -> None:
        while (index := take()) is not None:
            results[index] = work(listed[index])

    threads = [Thread(target=do, name="kept-message", daemon=True) for _ in range(min(most, len(listed)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[index] for index in range(len(listed))]
