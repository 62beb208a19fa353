"""How long the server takes from its command until it answers that it can work, and what it computes till its end."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.over_http import await_ready, free_port
from engine import Office

#: Beside the interpreter that runs this.
_YICHUANG = Path(sys.executable).parent / "yichuang"


def seconds(office: Office, times: int = 3) -> tuple[float, float]:
    """Of `yichuang serve`: the least time of several starts, and the least processor time of its processes."""
    taken, computed = [], []
    for _ in range(times):
        port = free_port()
        with tempfile.TemporaryDirectory() as folder:
            environment = {
                **os.environ,
                "YICHUANG_DATABASE_URL": office.database.url.render_as_string(hide_password=False),
                "YICHUANG_KEYRING_URL": office.keyring.url.render_as_string(hide_password=False),
                "YICHUANG_LOG_LEVEL": "error",
                "PYTHONPATH": str(Path(__file__).parents[2]),
            }
            quiet = subprocess.DEVNULL
            begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
            process = subprocess.Popen(
                [_YICHUANG, "serve", "--port", str(port)], cwd=folder, env=environment, stdout=quiet, stderr=quiet
            )
            try:
                await_ready(port, process)
                taken.append(time.monotonic() - begun)
            finally:
                process.terminate()
                process.wait(60)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                computed.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken), min(computed)
