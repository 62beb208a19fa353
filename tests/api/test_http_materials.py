"""Materials over HTTP: forms with a file, safe answers, limits."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.api.calling import PDF, Caller, problem


def test_a_file_is_handed_in_listed_and_read_back_safely(clerk: Caller) -> None:
    number = clerk.start()["number"]
    made = clerk.hand_in(number, "../身份证 1.pdf", grade="B", note="复印件")
    assert made.status_code == 201, made.json
    assert made.headers["Location"] == f"/api/v1/cases/{number}/materials/{made.json['id']}"
    assert clerk.get(f"/cases/{number}/materials").json == {"items": [made.json], "next": None}

    read = clerk.get(f"/cases/{number}/materials/{made.json['id']}")
    assert (read.data, read.mimetype) == (PDF, "application/pdf")
    assert read.headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''%E8%BA%AB%E4%BB%BD%E8%AF%81%201.pdf" in read.headers["Content-Disposition"]
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert read.headers["Content-Security-Policy"].startswith("sandbox")
    assert read.headers["Cache-Control"] == "private, no-store"


def test_the_same_key_and_file_give_the_first_answer_and_another_file_is_refused(clerk: Caller) -> None:
    number = clerk.start()["number"]
    first = clerk.hand_in(number, key="one")
    assert clerk.hand_in(number, key="one").json == first.json
    assert len(clerk.get(f"/cases/{number}/materials").json["items"]) == 1
    assert problem(clerk.hand_in(number, content=PDF + b"2", key="one")) == (422, "idempotency-key-reused")
    assert problem(clerk.hand_in(number, note="anders", key="one")) == (422, "idempotency-key-reused")


@pytest.mark.parametrize("content", [b"", b"MZ\x90\0", b"\x89PNG\r\n\x1a\n"])
def test_an_empty_or_disguised_file_is_refused(clerk: Caller, content: bytes) -> None:
    refused = clerk.hand_in(clerk.start()["number"], content=content)
    assert problem(refused) == (422, "validation")
    assert refused.json["errors"][0]["pointer"] == "/file"


def _form(clerk: Caller, number: str, data: dict[str, object]) -> TestResponse:
    return clerk._client.post(f"/api/v1/cases/{number}/materials", data=data, headers=clerk.headers)


def test_a_form_that_is_not_as_it_should_be_is_refused(clerk: Caller, tmp_path: Path) -> None:
    number = clerk.start()["number"]

    def file(name: str = "a.pdf") -> tuple[io.BytesIO, str]:
        return io.BytesIO(PDF), name

    assert problem(clerk.send(f"/cases/{number}/materials", b"--x--\r\n", "multipart/form-data; boundary=x")) == (
        422,
        "validation",
    )
    assert problem(_form(clerk, number, {"file": [file(), file()]})) == (422, "validation")
    assert problem(_form(clerk, number, {"document": file()})) == (422, "validation")
    assert problem(_form(clerk, number, {"file": file(), "unknown": "x"})) == (422, "validation")
    assert problem(_form(clerk, number, {"file": file(), "copies": "many"})) == (422, "validation")
    assert problem(_form(clerk, number, {"file": file(), "note": "x" * 70_000})) == (413, "too-large")
    assert problem(clerk.post(f"/cases/{number}/materials", {})) == (415, "unsupported-media-type")
    assert problem(clerk.send(f"/cases/{number}/materials", b"no form", "multipart/form-data")) == (400, "malformed")
    assert [path for path in (tmp_path / "materials").rglob("*") if path.is_file()] == []


def test_a_file_may_hold_what_looks_like_the_beginning_of_a_boundary(clerk: Caller) -> None:
    number = clerk.start()["number"]
    for filling in (b"\r", b"\n", b"\r\n-", b"\r\n--" + b"x" * 60):
        assert clerk.hand_in(number, content=PDF + filling * (300_000 // len(filling))).status_code == 201


def test_what_is_too_large_is_refused_before_it_is_read(clerk: Caller, tmp_path: Path) -> None:
    number = clerk.start()["number"]
    # The office of the tests takes 2 MB.
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + PDF
    form = head + bytes(2 * 2**20) + b"\r\n--x--\r\n"
    assert problem(clerk.send(f"/cases/{number}/materials", form, "multipart/form-data; boundary=x")) == (
        413,
        "too-large",
    )

    class Unread(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError("nothing of it is read")

    said = clerk._client.post(
        f"/api/v1/cases/{number}/materials",
        input_stream=Unread(),
        content_type="multipart/form-data; boundary=x",
        headers=clerk.headers,
        environ_overrides={"CONTENT_LENGTH": str(2 * 2**30)},
    )
    assert problem(said) == (413, "too-large")
    assert [path for path in (tmp_path / "materials").rglob("*") if path.is_file()] == []


def test_a_material_of_another_case_is_not_there(clerk: Caller) -> None:
    one, other = clerk.start()["number"], clerk.start()["number"]
    id = clerk.hand_in(one).json["id"]
    assert problem(clerk.get(f"/cases/{other}/materials/{id}")) == (404, "not-found")
    assert problem(clerk.post(f"/cases/{other}/materials/{id}/withdraw", {"reason": "x"})) == (404, "not-found")
    assert problem(clerk.post(f"/cases/{other}/materials/none/verify", {"grade": "B"})) == (404, "not-found")
