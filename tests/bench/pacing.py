"""Sends new events to a port of this machine at a steady rate until the time is over, and prints how many were acknowledged.

    pacing.py PORT EVENTS_A_SECOND SECONDS BATCH CASES

Half of them open a case of their own; the others are work on one of the cases `case0` to `case<CASES - 1>` of `stock.py`,
any of them: most have to be made again from the journal.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from random import Random
from time import monotonic
from typing import Final

import orjson
from sending import requests  # type: ignore[import-not-found]  # the folder of a script is importable

CONNECTIONS: Final = 16
SEED: Final = 3


def events(cases: int) -> Iterator[bytes]:
    dice = Random(SEED)
    for number in count():
        is_new = number % 2 == 0
        event = {
            "specversion": "1.0",
            "id": f"p{number}",
            "source": "/pacing",
            "type": "ticket.opened" if is_new else "work.logged",
            "time": datetime.now(UTC).isoformat(),
            "subject": f"new{number}" if is_new else f"case{dice.randrange(cases)}",
            "client": f"client{number % 500}",
            "data": {"by": "staff"} if is_new else {"person": "Ann", "seconds": 60},
        }
        yield orjson.dumps(event)


async def main(port: int, rate: float, seconds: float, batch: int, cases: int) -> int:
    stream = events(cases)
    began, sent = monotonic(), count()
    acknowledged = 0

    async def send() -> None:
        nonlocal acknowledged
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (turn := next(sent)) * batch < rate * seconds:
            await asyncio.sleep(max(0.0, began + turn * batch / rate - monotonic()))
            (request,) = requests([next(stream) for _ in range(batch)], batch)
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0]))
            acknowledged += batch if head.startswith(b"HTTP/1.1 200") else 0
        writer.close()

    await asyncio.gather(*(send() for _ in range(CONNECTIONS)))
    return acknowledged


if __name__ == "__main__":
    port, rate, seconds, batch, cases = sys.argv[1:]
    print(asyncio.run(main(int(port), float(rate), float(seconds), int(batch), int(cases))))
