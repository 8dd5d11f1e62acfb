"""A real Kafka broker for the tests: one node in KRaft mode, from its JARs, on ports of this machine that were free."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import signal
import socket
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.errors import KafkaError

from tests.services.certificates import make_certificate
from tests.services.network import Way
from tests.services.processes import ServerFolder, await_answer, free_ports

NEEDED: Final = "Java, openssl and the broker's JARs (tests/install-services kafka fetches them)"
PARTITIONS: Final = 4
"""Of a topic that nobody said more about: enough that what must stay together could be torn apart."""

USER: Final = "kept-edge"
PASSWORD: Final = "only-for-tests"
"""Who may log in at the listener that encrypts."""
_LOGIN: Final = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"

_POM: Final = Path(__file__).parent / "kafka-pom.xml"
_DEPLOYED: Final = Path(__file__).resolve().parents[2] / "deploy" / "kafka" / "server.properties"
"""The broker is the one of docker-compose.yml, but for where it is and who may log in."""


def _settings(folder: Path, port: int, controller: int, secure: int, ways: Mapping[int, int]) -> str:
    """What is different here, behind what is deployed: of two lines with one key the last counts.

    `ways`: ports that are reached by other ones, which clients are told in their place."""
    listeners = f"PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:{secure}"
    by_ways = "".join(f",WAY{own}://127.0.0.1:{own}" for own in ways)
    told = "".join(f",WAY{own}://127.0.0.1:{way}" for own, way in ways.items())
    protocols = "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL"
    here = {
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"{listeners}{by_ways},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": listeners + told,
        "listener.security.protocol.map": protocols + "".join(f",WAY{own}:PLAINTEXT" for own in ways),
        "log.dirs": f"{folder}/data",
        "num.partitions": PARTITIONS,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.num.partitions": 4,
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": f"{folder}/broker.pem",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
    }
    return _DEPLOYED.read_text() + "".join(f"{key}={value}\n" for key, value in here.items())


class KafkaBroker:
    """One broker with its data in a folder that goes with it."""

    def __init__(self, java: str, jars: Path, ways: Sequence[Way] = ()) -> None:
        """`ways` lead to it, each to a listener of its own: whoever begins with one stays on it."""
        self._folder = ServerFolder("kafka", signal.SIGTERM, refuses_root=False)
        self._names = count(1)
        self._beside: tuple[str, str] | None = None
        port, controller, secure = free_ports(3)
        self.address = f"127.0.0.1:{port}"
        self.secure_address = f"127.0.0.1:{secure}"
        self.authority = self._folder.path / "certificate.pem"
        key = self._folder.path / "key.pem"
        make_certificate(self._folder, self.authority, key)
        (self._folder.path / "broker.pem").write_bytes(key.read_bytes() + self.authority.read_bytes())
        settings = self._folder.path / "server.properties"
        ports = dict(zip(free_ports(len(ways)), ways, strict=True))
        by_ways = {own: way.port for own, way in ports.items()}
        settings.write_text(_settings(self._folder.path, port, controller, secure, by_ways))
        run = (java, "-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", f"{jars}/*")
        # A name that begins with - would be taken for an option.
        cluster = "k" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
        self._folder.run(
            *run, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", settings, "--add-scram", _LOGIN
        )
        self._start = (*run, "kafka.Kafka", settings)
        self.start()
        for own, way in ports.items():
            way.lead_to(own)

    def start(self) -> None:
        """Starts the broker and waits until it answers."""
        self._process = self._folder.start(*self._start)
        await_answer(self._process, self._answers, self._folder.log)

    def crash(self) -> None:
        """Ends the broker at once."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ends the broker in good order."""
        self._folder.stop(self._process)

    def remove(self) -> None:
        """Ends the broker and removes its data."""
        self.stop()
        self._folder.remove()

    def topic(self, partitions: int = PARTITIONS, name: str = "", **settings: str) -> str:
        """A new topic, by a name of its own if none is given; settings have _ for the dots in their names."""
        made = name or f"test-{next(self._names)}"
        named = {key.replace("_", "."): value for key, value in settings.items()}
        asyncio.run(self._make(NewTopic(made, partitions, 1, topic_configs=named)))
        return made

    def delete(self, topic: str) -> None:
        """Deletes a topic; returns when another one can be made by its name."""
        asyncio.run(self._delete(topic))

    def cut(self, topic: str, below: int = -1) -> None:
        """Removes what is below an offset of each partition, as retention does; all there is, where none is said."""
        asyncio.run(self._cut(topic, below))

    def beside(self) -> tuple[str, str]:
        """Topics of dead letters and of replays, for whoever needs to have some and uses them for nothing."""
        if self._beside is None:
            self._beside = self.topic(1), self.topic(1)
        return self._beside

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address)
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()

    async def _make(self, topic: NewTopic) -> None:
        async with self._admin() as admin:
            await admin.create_topics([topic])

    async def _delete(self, topic: str) -> None:
        async with self._admin() as admin:
            await admin.delete_topics([topic])

    async def _cut(self, topic: str, below: int) -> None:
        cuts = {TopicPartition(topic, number): RecordsToDelete(below) for number in range(PARTITIONS)}
        async with self._admin() as admin:
            await admin.delete_records(cuts)

    def _answers(self) -> bool:
        host, _, port = self.address.partition(":")
        try:
            socket.create_connection((host, int(port))).close()
        except OSError:
            return False
        return asyncio.run(self._is_up())

    async def _is_up(self) -> bool:
        try:
            async with self._admin() as admin:
                return bool((await admin.describe_cluster())["brokers"])
        except KafkaError:
            return False


@pytest.fixture(scope="session")
def kafka() -> Iterator[KafkaBroker]:
    """The broker; a test that asks for it is skipped where Java or the JARs are missing."""
    yield from _broker_or_skip()


@pytest.fixture
def own_kafka() -> Iterator[KafkaBroker]:
    """A broker of one test alone, for topics that have their own names there."""
    yield from _broker_or_skip()


def _broker_or_skip() -> Iterator[KafkaBroker]:
    broker = KafkaBroker(*kafka_or_skip())
    yield broker
    broker.remove()


def kafka_or_skip() -> tuple[str, Path]:
    """Java and the folder with the JARs; a test that asks for them is skipped where they are missing."""
    found = _kafka_here()
    if found is None:
        pytest.skip(f"found no Kafka broker on this machine, expected {NEEDED}")
    return found


def broker_here() -> KafkaBroker | None:
    """A new broker; None where Java or the JARs are missing."""
    found = _kafka_here()
    return KafkaBroker(*found) if found else None


def _kafka_here() -> tuple[str, Path] | None:
    java, jars = shutil.which("java"), _jars()
    return (java, jars) if java and shutil.which("openssl") and jars.is_dir() else None


def _jars() -> Path:
    """The folder that tests/install-services fills."""
    version = re.search(r"<kafka\.version>(.*)</kafka\.version>", _POM.read_text())
    assert version is not None
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "kept" / f"kafka-{version[1]}"
