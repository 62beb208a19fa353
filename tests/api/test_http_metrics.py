"""Counting requests never disturbs them."""

from __future__ import annotations

import subprocess
import sys

_MANY_AT_ONCE = """
import sys, threading
from api import metrics
sys.setswitchinterval(1e-6)
together, faults = threading.Barrier(24), []
def count():
    together.wait()
    try:
        metrics.count("GET", "/", 200, 0.1, 0)
    except Exception as error:
        faults.append(error)
threads = [threading.Thread(target=count) for _ in range(24)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
sys.exit(str(faults) if faults else 0)
"""


def test_the_first_requests_of_a_server_may_all_come_at_once() -> None:
    for _ in range(3):
        run = subprocess.run([sys.executable, "-c", _MANY_AT_ONCE], capture_output=True, text=True, timeout=180)
        assert run.returncode == 0, run.stderr
