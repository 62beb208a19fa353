#!/usr/bin/env python3
"""An outside worker, to copy from: does the service tasks of one topic.

    yichuang user add payments --name 缴费系统 --unit CODE:worker
    export YICHUANG_TOKEN=$(yichuang token new payments)
    python examples/worker.py http://127.0.0.1:8000 pay

What it does with a job is `pay`, and may be done twice: a worker can die after it, before the office knows. So it
hands the job's id on as the key by which the other side tells that it is the same.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from examples.client import Client, Problem

NAME = f"{socket.gethostname()}-{os.getpid()}"


def pay(job: dict[str, Any]) -> dict[str, Any]:
    """Do the work: here it goes to the bank, with ``Idempotency-Key: job["id"]``. Gives the case's new variables."""
    return {"receipt": f"R-{job['id']}"}


def work(client: Client, topic: str) -> int:
    """Do what waits now. Gives how many jobs that were."""
    jobs = client.post("/jobs/fetch", {"topics": [topic], "worker": NAME, "max": 5, "lock_seconds": 60})["items"]
    for job in jobs:
        try:
            client.post(f"/jobs/{job['id']}/complete", {"worker": NAME, "data": pay(job)})
        except Problem as problem:  # the case went another way, or the lock ran out: drop it
            print(f"{job['case']}: {problem.name}", file=sys.stderr)
        except Exception as error:  # the office tries it again later, and shows why
            client.post(f"/jobs/{job['id']}/fail", {"worker": NAME, "message": str(error) or repr(error)})
    return len(jobs)


if __name__ == "__main__":
    office = Client(sys.argv[1], os.environ["YICHUANG_TOKEN"])
    while True:
        if not work(office, sys.argv[2]):
            time.sleep(2)
