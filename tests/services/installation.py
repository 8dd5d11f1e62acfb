"""What docker-compose.yml starts, from the programs of this machine: the same commands with the same files.

The commands are read from docker-compose.yml, and only where things are is put in the place of what it says: addresses of
this machine for names of its network, a folder of its own for the one in the containers, ports that are free.
`deploy/run-here` runs it, and a test.
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from monitor.demo.onlookers import alertmanager_address, onlookers
from monitor.testing import Daemon, run_kept
from tests.services.kafka_broker import NEEDED as KAFKA_NEEDED
from tests.services.kafka_broker import KafkaBroker, broker_here
from tests.services.postgres import NEEDED as POSTGRES_NEEDED
from tests.services.postgres import PostgresServer, programs_here

ROOT: Final = Path(__file__).resolve().parents[2]
COMPOSE: Final = ROOT / "docker-compose.yml"
STARTED: Final = ("edge", "worker-1", "worker-2", "publish", "notify", "serve")
"""The services that stay, in an order in which each finds what it needs."""
NOBODY: Final = "127.0.0.1:9"


class Started(Daemon):
    """A service in a process of its own; it says where it is by the address of its metrics or of its questions."""

    health = "/healthz"

    def __init__(self, words: list[str], log: Path, module: str) -> None:
        announced = r"(?:metrics|questions) +(http://\S+?)/(?:metrics|v1/)"
        with log.open("w") as errors:
            self._start(tuple(words), announced, {"stderr": errors, "module": module})


class Installation:
    """All of it on a broker and a server; as a context manager it ends what it started, the last first."""

    def __init__(
        self, folder: Path, broker: KafkaBroker, postgres: PostgresServer, book: Path, *, alertmanager: str = NOBODY
    ) -> None:
        """`alertmanager` is where there is one that is told of breaches."""
        self._services: Any = YAML(typ="safe", pure=True).load(COMPOSE.read_text(encoding="utf-8"))["services"]
        self.folder = folder
        self._broker = broker
        self.database = postgres.empty_database()
        self._places: list[tuple[str, str]] = [
            ("postgresql://kept@postgres/kept", self.database),
            ("kafka:9092", broker.address),
            ("alertmanager:9093", alertmanager),
            ("172.16.0.0/12", "127.0.0.0/8"),
            ("/etc/kept/", f"{folder}/"),
        ]
        self._bring_files(book)
        self.running: dict[str, Started] = {}

    def _bring_files(self, book: Path) -> None:
        """Puts the files that services mount into the folder, with addresses of this machine."""
        mounted = [volume for service in STARTED for volume in self._services[service].get("volumes", [])]
        for volume in mounted:
            source = book if volume["source"].startswith("${KEPT_BOOK") else ROOT / volume["source"]
            (self.folder / Path(volume["target"]).name).write_text(self._here(source.read_text(encoding="utf-8")))

    def _here(self, text: str) -> str:
        for there, here in self._places:
            text = text.replace(there, here)
        return re.sub(r"0\.0\.0\.0:\d+", "127.0.0.1:0", text)

    def words(self, service: str) -> list[str]:
        """The command of a service, as it is here."""
        on_this_machine = {"--host=0.0.0.0": "--host=127.0.0.1", "--port=8321": "--port=0"}
        return [self._here(on_this_machine.get(word, word)) for word in self._services[service]["command"]]

    def start(self, module: str = "monitor") -> None:
        """Makes the topics, and starts the services that stay, or a module that stands in for the command."""
        for topic in re.search(r"for topic in ([\w. -]+);", self._services["firm-topics"]["command"][0])[1].split():  # type: ignore[index]
            self._broker.topic(name=topic)
        code, _, err = run_kept(*self.words("topics"))
        assert code == 0, err
        for service in STARTED:
            self.running[service] = Started(self.words(service), self.folder / f"{service}.log", module)

    def stop(self) -> dict[str, int]:
        """Ends what runs, the last first; returns the exit codes."""
        return {service: self.running[service].stop() for service in reversed(self.running)}


def main(arguments: list[str]) -> None:
    """Runs all of it until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="deploy/run-here", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--book", type=Path, default=ROOT / "deploy" / "examples" / "book.yaml", help="the promise book"
    )
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "here", help="for logs and files; made anew")
    asked = parser.parse_args(arguments)
    broker, programs = broker_here(), programs_here()
    if broker is None or programs is None:
        sys.exit(f"found no Kafka or no PostgreSQL on this machine, expected {KAFKA_NEEDED}, and {POSTGRES_NEEDED}")
    shutil.rmtree(asked.folder, ignore_errors=True)
    asked.folder.mkdir(parents=True)
    with ExitStack() as ends:
        ends.callback(broker.remove)
        postgres = PostgresServer(programs)
        ends.callback(postgres.remove)
        told = alertmanager_address()
        installation = Installation(asked.folder, broker, postgres, asked.book.resolve(), alertmanager=told)
        ends.callback(installation.stop)
        installation.start()
        watched = [started.url.removeprefix("http://") for started in installation.running.values()]
        lines = ends.enter_context(onlookers(watched, asked.folder, alertmanager=told))
        _announce(installation, broker, lines)
        ending = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ending.set())
        ending.wait()


def _announce(installation: Installation, broker: KafkaBroker, lines: list[str]) -> None:
    served = installation.running["serve"].url
    print(
        f"Kept runs behind Kafka, until Ctrl-C. What it says is in {installation.folder}\n"
        f"  Kafka        {broker.address}: the firm's topics are firm.tickets and firm.events\n"
        f"  database     {installation.database}\n"
        f"  events       POST {served}/v1/events\n"
        f"  questions    {served}/v1/openapi.json",
        *(f"  {name:12} {started.url}/metrics" for name, started in installation.running.items()),
        *lines,
        sep="\n",
        flush=True,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
