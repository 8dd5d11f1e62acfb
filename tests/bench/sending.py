"""Sends a file of events to a port of this machine over 64 connections and prints how many seconds that took.

    sending.py PORT FILE BATCH

Written on bare sockets, for a client that costs as much as the server would be what is measured.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Final

CONNECTIONS: Final = 64
SINGLE: Final = "application/cloudevents+json"
LINES: Final = "application/x-ndjson"


def requests(lines: list[bytes], batch: int) -> list[bytes]:
    """Whole requests, ready to be sent."""
    content_type = SINGLE if batch == 1 else LINES
    bodies = (b"\n".join(lines[start : start + batch]) for start in range(0, len(lines), batch))
    head = f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\nContent-Length: "
    return [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]


async def send(port: int, left: Iterator[bytes]) -> None:
    """One connection: a request, its answer, the next."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in left:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"found {head!r}, expected status 200")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
        await reader.readexactly(length)
    writer.close()


async def main(port: int, lines: list[bytes], batch: int) -> None:
    left = iter(requests(lines, batch))
    began = perf_counter()
    await asyncio.gather(*(send(port, left) for _ in range(CONNECTIONS)))
    print(perf_counter() - began)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]).read_bytes().splitlines(), int(sys.argv[3])))
