#!/usr/bin/env python3
"""A client of the API, to copy from: safe repetition, problems as exceptions, lists without page ends.

    export YICHUANG_TOKEN=$(yichuang token new clerk --days 1)
    python examples/client.py http://127.0.0.1:8000

Only the standard library is needed. As a script it shows the inbox of the token's owner.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

#: What passes by itself: a race that the server lost again and again, a server that will be back, too many attempts.
_PASSING = ("conflict", "unavailable", "rate-limited")


class Problem(Exception):
    """The office refused, and says why (RFC 9457)."""

    def __init__(self, members: dict[str, Any]) -> None:
        #: Name of the problem: branch on this. `/problems/NAME` on the server explains it.
        self.name: str = members["type"].rpartition("/")[2]
        self.status: int = members["status"]
        #: What is wrong with which field: dictionaries with `pointer` and `message`.
        self.errors: list[dict[str, str]] = members.get("errors", [])
        fields = "".join(f"\n  {error['pointer']}: {error['message']}" for error in self.errors)
        super().__init__(f"{members['status']} {self.name}: {members['detail']}{fields}")


class Client:
    """The API as one person sees it."""

    def __init__(self, url: str, token: str, *, attempts: int = 5, timeout: float = 30, pause: float = 1) -> None:
        """Call the server at `url` (such as ``http://127.0.0.1:8000``) with somebody's token.

        :param attempts: how often a call is made that gets no answer, or is told to come back later.
        :param timeout: seconds to wait for an answer.
        :param pause: seconds before the second attempt, where the server names none; twice as many before each further.
        """
        self._base = url.rstrip("/") + "/api/v1"
        self._token = token
        self._attempts = attempts
        self._timeout = timeout
        self._pause = pause

    def get(self, path: str, **query: Any) -> Any:
        """Read something, such as ``get("/cases/20260310-H01-0001-7")``."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._call("GET", path + (f"?{urllib.parse.urlencode(given)}" if given else ""), None, {})

    def items(self, path: str, **query: Any) -> Iterator[Any]:
        """Every item of a list, read page by page as they are needed."""
        cursor: str | None = None
        while True:
            page = self.get(path, **query, cursor=cursor)
            yield from page["items"]
            if (cursor := page["next"]) is None:
                return

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str = "", version: int | None = None) -> Any:
        """Do something.

        :param key: stands for this deed; one is made up where none is given. Give your own, made from what is meant,
            where your program itself may die and begin again.
        :param version: do it only if this is still the version of the case or task that you read.
        """
        headers = {"Idempotency-Key": key or str(uuid.uuid4()), "Content-Type": "application/json"}
        if version is not None:
            headers["If-Match"] = f'"v{version}"'
        return self._call("POST", path, json.dumps(body or {}).encode(), headers)

    def accept(
        self, matter: str, applicant: dict[str, str], data: dict[str, Any], *, window: str, key: str = ""
    ) -> Any:
        """Accept a case; gives the case with its number and its first tasks."""
        body = {"matter": matter, "applicant": applicant, "data": data, "window": window}
        return self.post("/cases", body, key=key)

    def complete(self, task: dict[str, Any], **changes: Any) -> Any:
        """Complete a task with what its form shows at first and your `changes`; gives the case after it.

        Insists on the task's version, so that nobody's work in between is overlooked.
        """
        whole = self.get(f"/tasks/{task['id']}")
        data = {**whole["initial"], **changes}
        return self.post(f"/tasks/{task['id']}/complete", {"data": data}, version=whole["version"])

    def _call(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        request = urllib.request.Request(self._base + path, body, headers, method=method)
        request.add_header("Authorization", f"Bearer {self._token}")
        for left in reversed(range(self._attempts)):
            try:
                with urllib.request.urlopen(request, timeout=self._timeout) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                with error:
                    problem = Problem(_members(error))
                    pause = float(error.headers.get("Retry-After", 0))
                if not left or problem.name not in _PASSING:
                    raise problem from None
            except (OSError, http.client.HTTPException, ValueError):
                # No answer, or one that was cut: it may or may not have been done. With its key, asking again does it
                # once.
                if not left:
                    raise
                pause = 0
            # Longer each time, and never all clients at once.
            time.sleep(max(pause, self._pause * 2 ** (self._attempts - 1 - left) * random.uniform(0.5, 1)))
        raise AssertionError("the last attempt returns or raises")


def _members(answer: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        members: dict[str, Any] = json.load(answer)
        Problem(members)
        return members
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        # Not the office's own words: what stands between may answer in a page of its own, or the answer was cut.
        name = "unavailable" if answer.status >= 500 else "unknown"
        return {"type": f"/problems/{name}", "status": answer.status, "detail": answer.reason}


def main() -> None:
    """Show the inbox of the token's owner."""
    client = Client(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000", os.environ["YICHUANG_TOKEN"])
    for task in client.items("/tasks"):
        late = "  LATE" if task["overdue"] else ""
        print(f"{task['case']}  {task['name']}  {task['matter_name']}  due {task['due'] or '-'}{late}")


if __name__ == "__main__":
    main()
