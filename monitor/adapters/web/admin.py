"""What changes Kept over HTTP: the promise book, restatements, dead letters. Nothing here is undone, all of it is on record.

What writes runs on the commit worker, between two commits. A preview judges everything anew and takes its time: one at a
time, on a thread of its own.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from monitor.adapters.answers.letters import Letter, letter_of, newest_edition
from monitor.adapters.answers.reader import Reader
from monitor.adapters.journal.recorded import standing
from monitor.adapters.journal.row_shapes import edition_row
from monitor.adapters.web.byte_budget import ByteBudget
from monitor.adapters.web.media import chosen_media
from monitor.adapters.web.parameters import body_of, parameters_of
from monitor.adapters.web.problems import Problem, json_response
from monitor.adapters.web.ways import Answer
from monitor.conventions.media_types import JSON, OCTETS
from monitor.domain.hours.instant import InstantUs
from monitor.domain.promises.editions import FROM_THE_BEGINNING
from monitor.errors import ConfigError
from monitor.service.commits.book_changes import listed
from monitor.service.commits.preview import preview
from monitor.service.doors.arrivals import Arrival, Rejection
from monitor.service.doors.desk import Changes, Takes
from monitor.service.editions.shelf import BookText, Offer
from monitor.service.ports.journal import Store
from monitor.service.ports.machine import Clock, Worker
from monitor.service.ports.readers import Decoder
from monitor.service.ports.records import EditionRecord, LetterEnding, LetterState
from monitor.wire.acts.requests import BookOffer, LetterDrop, LetterRetry, PreviewRequest, RestatementRequest
from monitor.wire.answers.change_rows import preview_body
from monitor.wire.questions.parameters import AsOf, NoParameters
from monitor.wire.questions.values import LARGEST

T = TypeVar("T")

_BOOK = "book"
"""What faults call a text that came over HTTP."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What changes are made with."""

    commit_point: Changes
    worker: Worker
    pipeline: Takes
    store: Store
    decode: Decoder
    clock: Clock
    budget: ByteBudget = field(default_factory=ByteBudget)
    """What the bodies of all requests under way may measure together."""


class Book:
    """Answers about the promise book, and changes it."""

    def __init__(self, hands: Hands, reader: Reader) -> None:
        self._hands = hands
        self._reader = reader
        self._previewing = asyncio.Lock()

    def answers(self) -> dict[str, Answer]:
        """What answers each operation."""
        return {
            "book": self.show,
            "apply_book": self.apply,
            "preview_book": self.preview,
            "restate": self.restate,
        }

    async def show(self, request: Request) -> Response:
        """The newest edition with its text."""
        as_of = parameters_of(request, AsOf, self._hands.clock.now()).as_of
        edition = await self._reader.ask(lambda connection: newest_edition(connection, standing(connection, as_of)))
        if edition is None:
            raise Problem(404, "Not found", "found no promise book recorded by then, expected one")
        return json_response({"edition": edition_row(edition), "text": edition.text})

    async def apply(self, request: Request) -> Response:
        """Makes a text the new edition."""
        offer = await body_of(request, BookOffer, self._hands.budget)
        edition = await self._applied(offer, None)
        return json_response({"edition": edition_row(edition)})

    async def preview(self, request: Request) -> Response:
        """What a text would change."""
        return json_response(await self._previewed(await body_of(request, PreviewRequest, self._hands.budget)))

    async def restate(self, request: Request) -> Response:
        """Judges what is over by a text, or says what that would change."""
        asked = await body_of(request, RestatementRequest, self._hands.budget)
        if asked.dry_run:
            return json_response({"edition": None, "preview": await self._previewed(asked)})
        edition = await self._applied(asked, _since(asked))
        return json_response({"edition": edition_row(edition), "preview": None})

    async def _applied(self, asked: BookOffer | RestatementRequest, since: InstantUs | None) -> EditionRecord:
        point, clock = self._hands.commit_point, self._hands.clock
        offer = Offer(BookText(asked.text, _BOOK), asked.author, asked.reason, since)
        return await _judged_by_its_faults(self._hands.worker.run(lambda: point.apply(offer, clock.now())))

    async def _previewed(self, asked: PreviewRequest) -> dict[str, Any]:
        point, offered, now = self._hands.commit_point, BookText(asked.text, _BOOK), self._hands.clock.now()

        def judge() -> dict[str, Any]:
            book = point.shelf.book_with(offered, _since(asked))
            return preview_body(listed(preview(self._hands.store, book, self._hands.decode, now), asked.limit))

        async with self._previewing:
            return await _judged_by_its_faults(asyncio.to_thread(judge))


def _since(asked: PreviewRequest) -> InstantUs:
    return FROM_THE_BEGINNING if asked.since is None else asked.since


async def _judged_by_its_faults(work: Awaitable[T]) -> T:
    """What the work gives; raises Problem with every fault of a book that can't be used."""
    try:
        return await work
    except ConfigError as error:
        faults = [
            {"file": each.file, "line": each.line, "key": each.key, "found": each.found, "expected": each.expected}
            for each in error.faults
        ]
        raise Problem(422, "A book with faults", str(error), faults=faults) from None


class Letters:
    """Answers about one dead letter, and puts an end to it."""

    def __init__(self, hands: Hands, reader: Reader) -> None:
        self._hands = hands
        self._reader = reader

    def answers(self) -> dict[str, Answer]:
        """What answers each operation."""
        return {"deadletter": self.show, "retry_deadletter": self.retry, "drop_deadletter": self.drop}

    async def show(self, request: Request) -> Response:
        """The letter with its bytes, or its bytes alone."""
        form = chosen_media(request.headers.get("accept", ""), (JSON, OCTETS))
        parameters_of(request, NoParameters, self._hands.clock.now())
        letter = await self._letter(request)
        if form == OCTETS:
            return Response(letter.content, media_type=OCTETS)
        return json_response(
            {
                "letter": letter.row,
                "content": _text(letter.content),
                "content_base64": base64.b64encode(letter.content).decode(),
            }
        )

    async def retry(self, request: Request) -> Response:
        """Sends the bytes through the pipeline; where they are taken, or known by now, the letter is done."""
        asked = await body_of(request, LetterRetry, self._hands.budget)
        letter = await self._open_letter(request)
        origin = f"dead letter {letter.row['letter']}"
        (outcome,) = await self._hands.pipeline.submit([Arrival(letter.content, origin)])
        if isinstance(outcome, Rejection):
            where = f"{outcome.key}: " if outcome.key else ""
            raise Problem(422, "Still unreadable", f"{where}found {outcome.found}, expected {outcome.expected}")
        return await self._end(request, LetterState.RETRIED, asked.author, asked.reason)

    async def drop(self, request: Request) -> Response:
        """Drops the letter."""
        asked = await body_of(request, LetterDrop, self._hands.budget)
        await self._open_letter(request)
        return await self._end(request, LetterState.DROPPED, asked.author, asked.reason)

    async def _end(self, request: Request, state: str, author: str, reason: str) -> Response:
        point, number = self._hands.commit_point, request.path_params["letter"]
        ending = LetterEnding(number, self._hands.clock.now(), state, author, reason)
        if not await self._hands.worker.run(lambda: point.end_letter(ending)):
            raise _ended(number)
        return json_response((await self._letter(request)).row)

    async def _open_letter(self, request: Request) -> Letter:
        letter = await self._letter(request)
        if not letter.is_open:
            raise _ended(request.path_params["letter"])
        return letter

    async def _letter(self, request: Request) -> Letter:
        number: int = request.path_params["letter"]
        read: Callable[[Connection], Letter | None] = lambda connection: letter_of(connection, number)  # noqa: E731
        letter = await self._reader.ask(read) if number <= LARGEST else None
        if letter is None:
            raise Problem(404, "Not found", f"found no dead letter {number}, expected the number of one")
        return letter


def _ended(number: int) -> Problem:
    return Problem(409, "Ended already", f"found dead letter {number} ended already, expected one that is open")


def _text(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
