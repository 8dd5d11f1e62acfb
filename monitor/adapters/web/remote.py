"""A running Kept, seen by a command: events sent to it, questions asked of it, changes told to it."""

from __future__ import annotations

import base64
import http.client
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import orjson

from monitor.conventions.media_types import JSON, JSON_LINES
from monitor.domain.hours.instant import InstantUs, format_instant
from monitor.errors import ConfigError, Fault, TransientError
from monitor.service.doors.arrivals import Outcome, Rejection
from monitor.service.ports.counts import Intake
from monitor.wire.events.cloud_events import LONGEST_EVENT_BYTES
from monitor.wire.questions import Question

TRIES: Final = 30
QUESTION_TRIES: Final = 3
"""A question that takes too long takes as long again."""
LONGEST_WAIT_SECONDS: Final = 5
_TIMEOUT_SECONDS: Final = 60
_REFUSALS: Final = (http.client.UNAUTHORIZED, http.client.FORBIDDEN)


class RemoteKept:
    """One connection, made anew where it breaks. What was sent twice is told apart over there."""

    def __init__(self, url: str, rest: Callable[[float], None] = time.sleep, *, token: str | None = None) -> None:
        """Raises ConfigError where `url` is no address; `rest` waits for so many seconds; `token` is shown with each request."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = None
            parts = parts._replace(scheme="")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError.of("--url", url or "nothing", "e.g. http://127.0.0.1:8321")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._url = url
        self._rest = rest
        self._path = parts.path.rstrip("/")
        self._headers = {} if token is None else {"authorization": f"Bearer {token}"}
        self._connection = kind(parts.hostname, port, timeout=_TIMEOUT_SECONDS)

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def send(self, lines: Sequence[bytes]) -> list[Outcome]:
        """Sends events of the past and says what became of each, in order; raises TransientError after many tries."""
        outcomes: list[Outcome] = [_too_long(line) or Intake.ACCEPTED for line in lines]
        sent = [index for index, outcome in enumerate(outcomes) if outcome == Intake.ACCEPTED]
        body = b"\n".join(lines[index] for index in sent)
        status, receipt = self._ask("POST", "/v1/events?catching_up=true", body)
        if "rejected" not in receipt:
            raise TransientError(
                f"{self._url}: found status {status} ({receipt.get('detail', '')}), expected a receipt"
            )
        for row in receipt["rejected"]:
            outcomes[sent[row["index"]]] = Rejection(row["found"], row["expected"], row["key"])
        return _with_duplicates(outcomes, int(receipt["duplicates"]))

    def end_catching_up(self) -> None:
        """Tells that the past is there."""
        self._ask("POST", "/v1/caught-up", b"")

    def rows(self, question: Question, said: Mapping[str, Any], subject: str | None = None) -> Iterator[dict[str, Any]]:
        """The rows of an answer, up to `limit` of what is said, page after page; raises ConfigError where it is refused."""
        path = question.path if subject is None else question.path.partition("{")[0] + quote(subject, safe="")
        left = said.get("limit")
        asked: dict[str, Any] = {**said, "limit": question.portion if left is None else left}
        while True:
            body = self.ask(path, asked) or {}
            yield from body.get(question.rows, [])
            if left is not None or body.get("next") is None:
                return
            asked["cursor"] = body["next"]

    def explanation(self, case: str, as_of: InstantUs | None) -> dict[str, Any] | None:
        """A case explained; None where nothing names it."""
        said = {} if as_of is None else {"as_of": format_instant(as_of)}
        return self.ask(f"/v1/explanations/{quote(case, safe='')}", said)

    def ask(self, path: str, said: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """What is answered; None where there is no such thing. Raises ConfigError where the question is refused."""
        query = f"?{urlencode(said)}" if said else ""
        status, body = self._ask("GET", path + query, b"", tries=QUESTION_TRIES)
        return None if status == http.client.NOT_FOUND else self._taken(status, body)

    def octets(self, path: str) -> bytes:
        """The bytes that are answered; raises ConfigError where there are none."""
        body = self.ask(path)
        if body is None:
            raise ConfigError.of(self._url, f"no {path}", "one that is there")
        return base64.b64decode(body["content_base64"])

    def tell(self, path: str, said: Mapping[str, Any]) -> dict[str, Any]:
        """What is answered to something to be done; raises ConfigError where it is refused."""
        # Not twice: whether it was done before a connection broke is for the caller to look up.
        status, body = self._ask("POST", path, orjson.dumps(said), JSON, tries=1)
        return self._taken(status, body)

    def _taken(self, status: int, body: dict[str, Any]) -> dict[str, Any]:
        """The answer, if it is no problem."""
        if status < http.client.BAD_REQUEST:
            return body
        faults = [Fault(**fault) for fault in body.get("faults", [])]
        found = f"status {status} ({body.get('detail', 'no problem was told')})"
        raise ConfigError(faults or [Fault(self._url, 0, "", found, "an answer")])

    def _ask(
        self, method: str, path: str, body: bytes, content_type: str = JSON_LINES[0], *, tries: int = TRIES
    ) -> tuple[int, dict[str, Any]]:
        """The status and the JSON of an answer; waits and asks again where Kept says "not now" or does not answer.

        Raises ConfigError where Kept does not let it in.
        """
        reason: object = ""
        for tried in range(tries):
            if tried:
                self._rest(min(tried, LONGEST_WAIT_SECONDS))
            try:
                headers = {**self._headers, "content-type": content_type}
                self._connection.request(method, self._path + path, body, headers)
                answer = self._connection.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                reason = error
                continue
            if answer.status in _REFUSALS:
                raise self._refused(answer.status, _object(text))
            if answer.status != http.client.SERVICE_UNAVAILABLE:
                return answer.status, _object(text)
            reason = f"status 503 ({_object(text).get('detail', '')})"
        raise TransientError(f"{self._url}: found {reason} after {tries} tries, expected a running Kept")

    def _refused(self, status: int, problem: dict[str, Any]) -> ConfigError:
        found = f"status {status} ({problem.get('detail', '')})"
        return ConfigError.of(self._url, found, "a token that is let in: --token-file FILE, or KEPT_TOKEN")


def _too_long(line: bytes) -> Rejection | None:
    """Why a line is not even sent."""
    if len(line) <= LONGEST_EVENT_BYTES:
        return None
    return Rejection(f"{len(line)} bytes", f"at most {LONGEST_EVENT_BYTES} bytes an event", "")


def _object(text: bytes) -> dict[str, Any]:
    """The JSON object in an answer; an empty one where there is none."""
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _with_duplicates(outcomes: list[Outcome], duplicates: int) -> list[Outcome]:
    """The answer counts duplicates without saying which they are: the first taken ones stand for them."""
    for index, outcome in enumerate(outcomes):
        if duplicates and outcome == Intake.ACCEPTED:
            outcomes[index] = Intake.DUPLICATE
            duplicates -= 1
    return outcomes
