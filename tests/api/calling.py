"""Calling the API as somebody, in the words of the tests."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Self

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine import Office

MODELS = Path(__file__).parent / "models"
MATTER = "9900101001"
APPLICANT = {"name": "测试甲", "id_type": "resident_id", "id_number": "110101190001010014", "phone": "010-00000001"}


#: What begins like a PDF document, and says nothing.
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


class Caller:
    """Somebody who calls the API with a token."""

    def __init__(self, client: FlaskClient, token: str | None) -> None:
        self._client = client
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    @classmethod
    def like(cls, caller: Caller) -> Self:
        """One who calls as another one does."""
        made = cls(caller._client, None)
        made.headers = caller.headers
        return made

    @property
    def office(self) -> Office:
        """The office that is called."""
        office: Office = self._client.application.extensions["office"]
        return office

    def get(self, path: str, **query: Any) -> TestResponse:
        """GET a path below the API's base."""
        return self._client.get(f"/api/v1{path}", query_string=query, headers=self.headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        """POST a JSON body; headers by their names with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.post(f"/api/v1{path}", json={} if body is None else body, headers=self.headers | named)

    def put(self, path: str, body: Any = None) -> TestResponse:
        """PUT a JSON body."""
        return self._client.put(f"/api/v1{path}", json={} if body is None else body, headers=self.headers)

    def delete(self, path: str) -> TestResponse:
        """DELETE a path."""
        return self._client.delete(f"/api/v1{path}", headers=self.headers)

    def send(self, path: str, content: bytes, content_type: str = "application/json") -> TestResponse:
        """POST raw bytes."""
        return self._client.post(f"/api/v1{path}", data=content, content_type=content_type, headers=self.headers)

    def stream(self, path: str, content: bytes, content_type: str = "application/json") -> TestResponse:
        """POST raw bytes without saying how many, as a chunked body comes from the server."""
        return self._client.post(
            f"/api/v1{path}",
            input_stream=io.BytesIO(content),
            content_type=content_type,
            headers=self.headers,
            environ_overrides={"wsgi.input_terminated": True},
        )

    def cut(self, path: str, content: bytes, length: int, **headers: str) -> TestResponse:
        """POST the beginning of a body that says to have `length` bytes, as the server hands it on when the rest never
        comes.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.post(
            f"/api/v1{path}",
            input_stream=io.BytesIO(content),
            content_type="application/json",
            headers=self.headers | named,
            environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": str(length)},
        )

    def upload(self, path: str, files: dict[str, bytes], **headers: str) -> TestResponse:
        """POST files in the multipart field `files`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        head = '--limit\r\nContent-Disposition: form-data; name="files"; filename="{}"\r\n\r\n'
        parts = [head.format(name).encode() + content + b"\r\n" for name, content in files.items()]
        return self._client.post(
            f"/api/v1{path}",
            data=b"".join(parts) + b"--limit--\r\n",
            content_type="multipart/form-data; boundary=limit",
            headers=self.headers | named,
        )

    def hand_in(
        self, number: str, name: str = "身份证.pdf", content: bytes = PDF, *, key: str = "", **fields: str
    ) -> TestResponse:
        """Hand in a file for a case."""
        return self._client.post(
            f"/api/v1/cases/{number}/materials",
            data={"file": (io.BytesIO(content), name), **fields},
            headers=self.headers | ({"Idempotency-Key": key} if key else {}),
        )

    def start(self, **changes: Any) -> Any:
        """Accept a case of our matter; gives the view."""
        answer = self.post("/cases", opening(**changes))
        assert answer.status_code == 201, answer.json
        return answer.json


def opening(**changes: Any) -> dict[str, Any]:
    """What is sent to accept a case of our matter."""
    return {"matter": MATTER, "applicant": APPLICANT, "data": {"purpose": "试验"}, "window": "H01", **changes}


def problem(answer: TestResponse) -> tuple[int, str]:
    """Status and name of the problem that an answer is."""
    assert answer.mimetype == "application/problem+json", answer.data
    assert answer.json["status"] == answer.status_code
    return answer.status_code, answer.json["type"].removeprefix("/problems/")
