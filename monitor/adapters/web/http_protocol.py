"""HTTP on one connection, as uvicorn speaks it, with limits that uvicorn leaves to a proxy: Kept has none in front of it.

A sender that is slow with its head, sends one without end, or goes on with a body that nobody reads any more, is cut off,
and so is who takes nothing of an answer.
Where too many are connected, more are told to come back. What a body may measure and how long it may take is the
application's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from monitor.adapters.web.headers import SECURITY_HEADERS, SecurityHeaders
from monitor.adapters.web.problems import Problem, not_now

CONNECTIONS: Final = 512
"""Connections at once; more are told to come back."""
HEAD_SECONDS: Final = 10
"""From the connection, or from the first byte of a further request, to the end of the request's head."""
LONGEST_HEAD_BYTES: Final = 65_536
"""As much as nginx and Apache take by default, or more."""
REST_SECONDS: Final = 5
"""How long the rest of a body may still come after the answer: closing at once could take the answer away from its sender."""

UNREAD_SECONDS: Final = 20
LEAST_READ_BYTES: Final = 65_536
"""Whoever takes less of an answer in so long is hung up on: until it is taken, all of it is held here."""
SPARE_CONNECTIONS: Final = 64
"""So many more are heard out and told to come back; the next ones are not even heard."""

_TOO_MANY: Final = not_now(f"{CONNECTIONS} connections are open already")
_CROWDED: Final = SecurityHeaders(_TOO_MANY.response())


class BoundedProtocol(HttpToolsProtocol):
    """One connection. A deadline runs while something is owed by the other side that the application does not wait for."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._application = self.app
        self._deadline: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        """When it is looked next whether somebody takes the answer that waits for them."""
        self._answered: RequestResponseCycle | None = None
        """The request that is being answered, or was last."""
        self._is_in_head = True
        """Between requests too: what comes next is a head."""
        self._head_bytes = 0
        self._has_crossed = False
        """Whether a head or a request ended within the bytes that came last."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # it is a Transport
        self._expect(HEAD_SECONDS, self._give_up_on_head)
        if len(self.connections) > CONNECTIONS + SPARE_CONNECTIONS:
            self._refuse(_TOO_MANY)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        self._watch_no_reading()
        # Of several requests in a row uvicorn tells only the last one that nobody is there any more.
        self.pipeline.clear()
        if self._answered is not None:
            self._answered.disconnected = True
            self._answered.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._has_crossed = False
        super().data_received(data)
        if self._is_in_head and not self._has_crossed and not self.transport.is_closing():
            self._count_head(len(data))

    def _count_head(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > LONGEST_HEAD_BYTES:
            found = f"found a head of {self._head_bytes} bytes or more"
            self._refuse(Problem(431, "Head too long", f"{found}, expected at most {LONGEST_HEAD_BYTES}"))
        elif self._deadline is None:
            self._expect(HEAD_SECONDS, self._give_up_on_head)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:
            self._expect(HEAD_SECONDS, self._give_up_on_head)

    def on_headers_complete(self) -> None:
        self._expect_nothing()
        self._is_in_head, self._head_bytes, self._has_crossed = False, 0, True
        self.app = _CROWDED if len(self.connections) > CONNECTIONS else self._application
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._expect_nothing()
        self._is_in_head, self._has_crossed = True, True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        # With another request in the queue it is that one whose body is still coming.
        is_rest_due = not self._is_in_head and not self.pipeline
        super().on_response_complete()
        if is_rest_due:
            self._expect(REST_SECONDS, self._hang_up)

    def pause_writing(self) -> None:
        """More of an answer waits here than the other side takes at once."""
        super().pause_writing()
        self._watch_reading(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._watch_no_reading()

    def _watch_reading(self, waiting: int) -> None:
        self._watch_no_reading()
        self._reading = self.loop.call_later(UNREAD_SECONDS, self._give_up_on_reader, waiting)

    def _watch_no_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _give_up_on_reader(self, waiting: int) -> None:
        """Hangs up on whoever has taken next to nothing; who reads slowly may go on."""
        left = self.transport.get_write_buffer_size()
        if left > waiting - LEAST_READ_BYTES:
            self.transport.abort()
        else:
            self._watch_reading(left)

    def send_400_response(self, msg: str) -> None:
        """What can't be parsed; said as every other problem is."""
        self._refuse(Problem(400, "No HTTP", f"found {msg[:200]!r}, expected a request as RFC 9112 has it"))

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._hang_up()

    def _hang_up(self) -> None:
        """Closes once all is sent, and at once where nobody takes it for so long."""
        self.transport.close()
        self._expect(UNREAD_SECONDS, self.transport.abort)

    def _give_up_on_head(self) -> None:
        if not self._head_bytes:
            self._hang_up()
            return
        self._refuse(Problem(408, "Too slow", f"found no whole head within {HEAD_SECONDS} s"))

    def _refuse(self, problem: Problem) -> None:
        """Answers without the application, and hangs up."""
        answer = problem.response()
        headers = [*answer.raw_headers, *SECURITY_HEADERS, (b"connection", b"close")]
        lines = [name + b": " + value + b"\r\n" for name, value in headers]
        self.transport.write(b"".join([STATUS_LINE[problem.status], *lines, b"\r\n", bytes(answer.body)]))
        self._hang_up()

    def _expect(self, seconds: int, otherwise: Callable[[], None]) -> None:
        self._expect_nothing()
        self._deadline = self.loop.call_later(seconds, otherwise)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
