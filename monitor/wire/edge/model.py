"""The file that says what an edge does, as it is written: which topics, by which mappings, and how Kafka is reached."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from monitor.conventions.topics import DEAD_LETTERS_TOPIC, EDGE_GROUP, EVENTS_TOPIC, REPLAYS_TOPIC
from monitor.wire.book.faults import shown
from monitor.wire.book.values import Entry, Name, Words
from monitor.wire.edge.intake import Keying

_SERVERS: Final = re.compile(r"[^\s,:/@]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}")
_TOPIC: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")
DEFAULT_METRICS: Final = "127.0.0.1:8322"


def server_list(text: str) -> str:
    """Bootstrap servers, HOST:PORT with commas between them; raises ValueError."""
    servers = [part.strip() for part in text.split(",")]
    for server in servers:
        if not _SERVERS.fullmatch(server) or not 0 < int(server.rpartition(":")[2]) < 65_536:
            raise ValueError(f"found {shown(text)}, expected HOST:PORT, several with commas between them")
    return ",".join(servers)


def topic_name(text: str) -> str:
    """A name that Kafka takes for a topic; raises ValueError."""
    if not _TOPIC.fullmatch(text) or text in {".", ".."}:
        raise ValueError(f"found {shown(text)}, expected letters, digits, dots, _ and -, at most 249")
    return text


def listener(text: str) -> str:
    """An address to listen on, HOST:PORT; raises ValueError."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or int(port) > 65_535:
        raise ValueError(f"found {shown(text)}, expected HOST:PORT, e.g. {DEFAULT_METRICS}")
    return text


Topic = Annotated[str, AfterValidator(topic_name)]


class Tls(Entry):
    """An encrypted connection; the broker's name is always held against its certificate."""

    authority: Path | None = Field(None, description="Certificates (PEM) to trust; the machine's own if left out.")
    certificate: Path | None = Field(None, description="The certificate (PEM) to show the broker.")
    key: Path | None = Field(None, description="The key (PEM) of that certificate.")

    @model_validator(mode="after")
    def _key_with_certificate(self) -> Tls:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("found one of `certificate` and `key`, expected both or none")
        return self


class Sasl(Entry):
    """Who logs in at the broker, by SCRAM-SHA-512."""

    user: Name = Field(description="The name.")
    password_file: Path = Field(description="The file with the password on its first line.")


class Kafka(Entry):
    """How the brokers are reached."""

    servers: Annotated[str, AfterValidator(server_list)] = Field(
        description="Brokers to begin with, HOST:PORT, several with commas between them."
    )
    tls: Tls | None = Field(None, description="Encryption; left out, nothing is encrypted.")
    sasl: Sasl | None = Field(None, description="Who logs in.")

    @model_validator(mode="after")
    def _nobody_in_the_clear(self) -> Kafka:
        if self.sasl is not None and self.tls is None:
            raise ValueError("found `sasl` without `tls`, expected both: whoever listens could go on in its place")
        return self


def _topic_alone(value: object) -> object:
    """A plain word is a topic with canonical events."""
    return {"topic": value} if isinstance(value, str) else value


class SourceEntry(Entry):
    """A topic of the firm's."""

    topic: Topic = Field(description="The topic.")
    mapping: Path | None = Field(
        None, description="The mapping file for its JSON objects; left out, its records are CloudEvents."
    )


ShortSource = Annotated[SourceEntry, BeforeValidator(_topic_alone, json_schema_input_type=str | SourceEntry)]


class EdgeEntry(Entry):
    """The whole file."""

    edge: Words = Field(description="What this edge is for.")
    book: Path = Field(description="The promise book, whose contacts say whose an address is.")
    kafka: Kafka = Field(description="How the brokers are reached.")
    group: Name = Field(EDGE_GROUP, description="The consumer group: edges of one group share the partitions.")
    key: Keying = Field(Keying.CASE, description="What keeps events in one partition: case, or client.")
    session_seconds: Annotated[int, Field(ge=6, le=300)] = Field(
        20, description="An edge that is not heard of for so long loses its partitions to the others."
    )
    sources: Annotated[tuple[ShortSource, ...], Field(min_length=1)] = Field(description="The topics to read.")
    events: Topic = Field(EVENTS_TOPIC, description="The topic that events go to.")
    dead_letters: Topic = Field(DEAD_LETTERS_TOPIC, description="The topic that everything else goes to.")
    replays: Topic = Field(
        REPLAYS_TOPIC, description="The topic in which workers ask for records to be read again, and are answered."
    )
    metrics: Annotated[str, AfterValidator(listener)] = Field(
        DEFAULT_METRICS, description="Where metrics are served, HOST:PORT; port 0 takes any that is free."
    )

    @model_validator(mode="after")
    def _topics_once(self) -> EdgeEntry:
        topics = [self.events, self.dead_letters, self.replays, *(source.topic for source in self.sources)]
        twice = next((topic for topic in topics if topics.count(topic) > 1), None)
        if twice is not None:
            raise ValueError(
                f"found the topic {shown(twice)} twice, expected each once: what goes out must not come back"
            )
        return self
