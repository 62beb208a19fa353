"""`yichuang` as a process of its own that a test may kill, forked off one that has loaded the program already.

A test that starts the program fifty times would otherwise wait for fifty times its loading.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["api.application", "api.shell.server", "api.shell.worker", "engine.worker.worker"])


class Program:
    """A running `yichuang` with its arguments, leader of a process group of its own.

    :param log: the file to whose end goes what it writes.
    """

    def __init__(self, arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], log: Path) -> None:
        self._process = _forks.Process(target=_run, args=(list(arguments), str(folder), dict(environment), str(log)))
        self._process.start()

    def poll(self) -> int | None:
        """Its exit status, negative where a signal ended it; None while it runs."""
        return self._process.exitcode

    def terminate(self, seconds: float = 60) -> None:
        """End it as an operator would; kill it where it does not end in time."""
        self._process.terminate()
        self._process.join(seconds)
        self.kill()

    def kill(self) -> None:
        """Kill it and all that it has started: no handler runs, nothing is flushed."""
        assert self._process.pid is not None
        # The group is there as soon as the process runs by itself.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.join(20)


def _run(arguments: list[str], folder: str, environment: dict[str, str], log: str) -> None:
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for standard in (1, 2):
        os.dup2(written, standard)
    from api.shell import main

    main(arguments, prog_name="yichuang")
