"""An office served by `yichuang serve` in processes of its own, which a test may kill."""

from __future__ import annotations

import http.client
import json
import os
import time
from pathlib import Path

from engine import Office
from tests.programs import Program
from tests.serving import held_port


class Served:
    """A server on a free port of this machine, in a folder of its own.

    :param database: URL of a database with the demonstration office.
    """

    def __init__(self, database: str, folder: Path, *, workers: int = 2) -> None:
        self.database = database
        self.keyring = f"sqlite:///{folder}/keyring.db"
        self.folder = folder
        self.environment = {
            **os.environ,
            "YICHUANG_DATABASE_URL": database,
            "YICHUANG_KEYRING_URL": self.keyring,
            "YICHUANG_LOG_LEVEL": "warning",
        }
        # Held as long as this object is: a server that was killed comes back to the same port.
        self._held, self.port = held_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._workers = workers
        self._program: Program | None = None
        self._log = folder / "server.log"
        office = self.office()
        office.upgrade()
        office.close()

    def start(self) -> None:
        """Start it, without waiting for it."""
        arguments = ["serve", "--port", str(self.port), "--workers", str(self._workers)]
        self._program = Program(arguments, folder=self.folder, environment=self.environment, log=self._log)

    def wait(self, seconds: float = 180) -> None:
        """Wait until it answers."""
        given_up = time.monotonic() + seconds
        while time.monotonic() < given_up:
            assert self._program is not None
            assert self._program.poll() is None, f"the server has ended:\n{self.log()}"
            if self.is_ready():
                return
            time.sleep(0.05)
        raise AssertionError(f"the server does not answer:\n{self.log()}")

    def is_ready(self) -> bool:
        """Whether it answers that it can work."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """Kill it with all its processes: no handler runs, nothing is flushed."""
        if self._program is not None:
            self._program.kill()

    def close(self) -> None:
        """Kill it, and give its port back."""
        self.kill()
        self._held.close()

    def stop(self) -> None:
        """Stop it as an operator would."""
        if self._program is not None:
            self._program.terminate()

    def log(self) -> str:
        """What it has said so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def office(self) -> Office:
        """The same office, opened from here."""
        return Office(self.database, keyring=self.keyring)

    def tokens(self) -> Path:
        """A file of tokens for everybody who handles cases."""
        office = self.office()
        roles = {"clerk", "leader"}
        names = [p["username"] for p in office.people.list() if {place["role"] for place in p["units"]} <= roles]
        tokens = {name: office.people.new_token(name, days=1)["token"] for name in names}
        office.close()
        file = self.folder / "tokens.json"
        file.write_text(json.dumps(tokens), encoding="utf-8")
        return file
