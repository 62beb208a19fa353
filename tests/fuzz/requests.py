"""Requests to every call of the API that are broken somewhere: in the body, its form, the path, the query, a header.

They begin as those that `tests/api/test_http_rights.py` names, one for each call, and go through the whole application
into an office of their own.
"""

from __future__ import annotations

import functools
import io
import json
import random
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask
from werkzeug.test import EnvironBuilder, TestResponse

from api import create_app
from api.calls import BASE, GROUPS
from api.openapi import path_of
from engine import Office
from tests.api.calling import Caller
from tests.api.furnishing import furnish
from tests.api.test_http_rights import ROLES, TABLE, example_of
from tests.conftest import SetClock
from tests.fuzz import broken

#: Requests after which what they are about is made anew: much of it is done by then.
_AGAIN = 400

#: Bytes that an upload may have here.
_UPLOAD_MB = 1

_CALLS = {f"{each.method} {each.rule}": each for group in GROUPS for each in group.operations}
_BODIES = tuple(call for call, each in _CALLS.items() if each.body is not None)
_UPLOADS = tuple(call for call, each in _CALLS.items() if each.files is not None)

_HEADERS = {
    "Idempotency-Key": ("k", "a-key-of-36-characters", "1"),
    "If-Match": ('"1"', "*", 'W/"3"', '"1", "2"'),
    "Content-Type": ("application/json", "application/json; charset=gb18030", "text/plain", "multipart/form-data"),
    "Content-Encoding": ("gzip", "identity"),
    "Accept": ("text/html", "*/*", "application/xml;q=0.1"),
    "Accept-Language": ("zh-CN,zh;q=0.9", "en", "*"),
    "Authorization": ("Bearer x", "Basic YTpi", "bearer"),
    "Transfer-Encoding": ("chunked", "gzip"),
    "Range": ("bytes=0-1", "bytes=-5,3-"),
    "X-Forwarded-For": ("127.0.0.1", "::1"),
}
_PIECES = (",", ";", "=", "W/", '"', "q=", "gzip", "charset", "Bearer", "0", "-1", "%", "*")

#: What forms are made of.
_FORM_PIECES = (
    b"\r\n",
    b"\n",
    b"\r",
    b"--limit",
    b"--limit--",
    b"--",
    b"\r\n--limit\r\n",
    b"\r\n\r\n",
    b'Content-Disposition: form-data; name="file"; filename="b.pdf"\r\n\r\n',
    b"Content-Disposition: form-data; name=files; filename*=UTF-8''%E5%9B%BE.png\r\n\r\n",
    b"Content-Disposition: attachment\r\n",
    b"Content-Disposition: form-data\r\n",
    b'name=""',
    b'filename="../../x"',
    b'filename="\\"',
    b"Content-Type: multipart/mixed; boundary=inner\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Length: 5\r\n",
    b"X: " + b"x" * 9000 + b"\r\n",
    b" folded\r\n",
    b'; name="replaces"',
    b"\0",
    b"\xff\xfe",
)
_BOUNDARIES = ("limit", '"limit"', "", "limi", "limit--", "x" * 300, "lim it", "limit; boundary=other", "\u9650")


@dataclass
class _Request:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    #: What the request says that its body has, where that is not so.
    length: int | None = None


class Requests:
    """An office behind its API, that is asked what nobody means."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="fuzz"))
        self._tokens = furnish(self._folder)
        self.office = Office(
            f"sqlite:///{self._folder}/office.db",
            keyring=f"sqlite:///{self._folder}/keyring.db",
            clock=SetClock(),
            materials=self._folder / "materials",
        )
        checkpoints = self._folder / "checkpoints.jsonl"
        self._app: Flask = create_app(
            self.office, SECRET_KEY="of the tests", MAX_UPLOAD_MB=_UPLOAD_MB, CHECKPOINTS=checkpoints
        )
        self._client = self._app.test_client(use_cookies=False)
        self._callers = {name: Caller(self._client, token) for name, token in self._tokens.items()}
        self._document: dict[str, Any] = self._client.get("/openapi.json").json["paths"]
        self._asked = 0
        self._examples: dict[str, dict[str, Any]] = {}

    def body(self, chance: random.Random) -> str:
        """A body of JSON that is broken."""
        call = chance.choice(_BODIES)
        asked = self._request(chance, call)
        if chance.random() < 0.7:
            sent = broken.value(chance, json.loads(asked.body))
            asked.body = json.dumps(sent, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
        else:
            asked.body = broken.content(chance, [asked.body])
        return self._send(call, asked)

    def form(self, chance: random.Random) -> str:
        """A form with files that is broken: its boundaries, heads, names and lengths."""
        call = chance.choice(_UPLOADS)
        asked = self._request(chance, call)
        # The boundary that the client draws anew each time, as one that our pieces know.
        drawn = re.search(r"boundary=([^;]+)", asked.headers["Content-Type"])
        assert drawn is not None
        asked.body = asked.body.replace(drawn[1].strip('"').encode(), b"limit")
        asked.headers["Content-Type"] = "multipart/form-data; boundary=limit"
        for _ in range(chance.randint(1, 3)):
            match chance.randrange(6):
                case 0:
                    boundary = chance.choice(_BOUNDARIES)
                    asked.headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
                case 1:
                    asked.length = chance.choice([0, 1, len(asked.body) - 1, len(asked.body) + 1, 2**20, 10**12])
                case 2:
                    asked.body = broken.content(chance, [asked.body])
                case 3:
                    asked.body = asked.body[: chance.randrange(len(asked.body) + 1)]
                case _:
                    at = chance.randrange(len(asked.body) + 1)
                    most = 200 if chance.random() < 0.1 else 2
                    piece = chance.choice(_FORM_PIECES) * chance.randint(1, most)
                    asked.body = asked.body[:at] + piece + asked.body[at + chance.choice([0, 0, 1, 20]) :]
        return self._send(call, asked)

    def line(self, chance: random.Random) -> str:
        """A path, a query or a header that is broken, of any call."""
        call = chance.choice(tuple(_CALLS))
        asked = self._request(chance, call)
        moved = False
        for _ in range(chance.randint(1, 3)):
            match chance.randrange(4):
                case 0:
                    parts = asked.path.split("/")
                    place = chance.randrange(1, len(parts))
                    parts[place] = broken.text(chance, [parts[place] or "x"], ("..", "%00", "%2f", "", "0", "-1"))
                    asked.path, moved = "/".join(parts), True
                case 1:
                    names = [*(_CALLS[call].query.model_fields if _CALLS[call].query else ()), "limit", "x", ""]
                    given = broken.text(chance, ["2026-03-10T09:00:00+08:00", "open", "1", "a,b"], ("&", "=", "%", "+"))
                    asked.query += (
                        f"&{chance.choice(names)}={quote(given.encode('utf-8', 'surrogatepass'), safe='&=%+')}"
                    )
                case _:
                    name = chance.choice(tuple(_HEADERS))
                    given = broken.text(chance, _HEADERS[name], _PIECES)
                    asked.headers[name] = re.sub(r"[\r\n]", "", given).encode("utf-8", "replace").decode("latin-1")
        return self._send(call, asked, moved=moved)

    def end(self) -> None:
        """What was taken stands in chains that hold; nothing else is left.

        :raises AssertionError: where one does not hold.
        """
        auditor = self.office.people.person("auditor")
        _, proofs = self.office.history.survey(by=auditor, jobs=1)
        bad = [proof for proof in (*proofs, *self.office.ledger.prove(by=auditor)) if not proof["ok"]]
        assert not bad, bad
        assert not [*self._folder.glob("materials/incoming/*")], "an upload was left half-way"
        self.office.close()
        shutil.rmtree(self._folder)

    # ----------------------------------------------------------------------------------------------------

    def _request(self, chance: random.Random, call: str) -> _Request:
        """The call as somebody sends it who means it."""
        if self._asked % _AGAIN == 0:
            self._examples = {}
        self._asked += 1
        if call not in self._examples:
            self._examples[call] = example_of(self._callers, call)
        # Mostly somebody who may, and who gets as far as to what is broken.
        may = [role for role, status in zip(ROLES, TABLE[call][1].split(), strict=True) if status.startswith("2")]
        senders = ["payments"] if call.startswith("POST /jobs/") else [role for role in may if role != "nobody"]
        sender = chance.choice(senders if senders and chance.random() < 0.9 else [*self._tokens])
        noted = _Noting()
        TABLE[call][0](Caller(noted, self._tokens[sender]), self._examples[call])  # type: ignore[arg-type]
        environ = noted.environ
        return _Request(
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            query=environ["QUERY_STRING"],
            headers={
                "Authorization": environ["HTTP_AUTHORIZATION"],
                **({"Content-Type": environ["CONTENT_TYPE"]} if environ.get("CONTENT_TYPE") else {}),
            },
            body=noted.body,
        )

    def _send(self, call: str, asked: _Request, *, moved: bool = False) -> str:
        """Send it, and look at the answer.

        :param moved: whether it may be another call than it was.
        """
        environ: dict[str, Any] = {
            "REQUEST_METHOD": asked.method,
            "PATH_INFO": asked.path.encode("utf-8", "surrogatepass").decode("latin-1"),
            "QUERY_STRING": asked.query.encode("utf-8", "surrogatepass").decode("latin-1"),
            "wsgi.input": io.BytesIO(asked.body),
            # The server reads as many bytes as were announced, or as came.
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": str(len(asked.body) if asked.length is None else asked.length),
        }
        for name, value in asked.headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        answer = self._client.open(EnvironBuilder().get_environ() | environ)
        try:
            return self._judged(call, answer, moved)
        finally:
            answer.close()

    def _judged(self, call: str, answer: TestResponse, moved: bool) -> str:
        status = answer.status_code
        assert status < 500, f"{call}: {status} {answer.text[:500]}"
        if not moved:
            operation = _CALLS[call]
            named = self._document[BASE + path_of(operation.rule)][operation.method.lower()]["responses"]
            assert str(status) in named, f"{call}: {status} is not in the document: {answer.text[:500]}"
        if status < 400:
            _ = answer.data
            return "taken"
        if moved and not answer.request.path.startswith(f"{BASE}/"):
            # It has come to the pages, which refuse in a way of their own.
            return "refused"
        assert answer.mimetype == "application/problem+json", f"{call}: {status} is a {answer.mimetype}"
        problem = answer.json
        assert problem is not None and problem["status"] == status, call
        assert problem["type"].startswith("/problems/") and problem["title"] and problem["detail"], call
        return "refused"


class _Noting:
    """Takes what a caller would send, and sends nothing."""

    def open(self, path: str, *, method: str, **given: Any) -> None:
        builder = EnvironBuilder(path, method=method, **given)
        self.environ = builder.get_environ()
        self.body = self.environ["wsgi.input"].read()
        builder.close()

    get = functools.partialmethod(open, method="GET")
    post = functools.partialmethod(open, method="POST")
    put = functools.partialmethod(open, method="PUT")
    delete = functools.partialmethod(open, method="DELETE")
