"""Blocking work, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from monitor.adapters.machine.worker import ThreadWorker


@pytest.fixture
def worker() -> Iterator[ThreadWorker]:
    made = ThreadWorker("test")
    yield made
    made.close()


async def test_work_is_done_elsewhere_and_in_order(worker: ThreadWorker) -> None:
    done: list[int] = []
    await asyncio.gather(*(worker.run(lambda number=number: done.append(number)) for number in range(20)))  # type: ignore[misc]
    assert done == list(range(20))
    assert await worker.run(threading.get_ident) != threading.get_ident()


async def test_what_it_raises_is_raised_here(worker: ThreadWorker) -> None:
    with pytest.raises(ZeroDivisionError):
        await worker.run(lambda: 1 // 0)


async def test_work_is_finished_though_nobody_waits_any_more(worker: ThreadWorker) -> None:
    go, done = threading.Event(), threading.Event()

    def work() -> None:
        go.wait(10)
        done.set()

    waiting = asyncio.ensure_future(worker.run(work))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go.set()
    assert done.wait(10)
