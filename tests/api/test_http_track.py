"""What a citizen sees without log-in."""

from __future__ import annotations

from tests.api.calling import APPLICANT, Caller, problem


def test_the_code_from_the_slip_shows_how_far_the_case_is(clerk: Caller, callers: dict[str, Caller]) -> None:
    case = clerk.start()
    answer = callers["nobody"].get(f"/track/{case['number']}", code=case["tracking_code"])
    assert answer.status_code == 200
    assert answer.json["number"] == case["number"]
    text = answer.get_data(as_text=True)
    assert not [value for value in APPLICANT.values() if value in text]


def test_a_wrong_code_is_like_a_wrong_number(clerk: Caller, callers: dict[str, Caller]) -> None:
    case = clerk.start()
    wrong = callers["nobody"].get(f"/track/{case['number']}", code="AAAA-AAAA-AAAA")
    nowhere = callers["nobody"].get("/track/20260310-H01-9999-X", code=case["tracking_code"])
    assert problem(wrong) == problem(nowhere) == (404, "not-found")
    assert wrong.json["detail"] == nowhere.json["detail"]
    assert problem(callers["nobody"].get(f"/track/{case['number']}")) == (422, "validation")


def test_who_guesses_is_slowed_down(clerk: Caller, callers: dict[str, Caller]) -> None:
    case = clerk.start()
    for _ in range(20):
        assert callers["nobody"].get(f"/track/{case['number']}", code="AAAA-AAAA-AAAA").status_code == 404
    answer = callers["nobody"].get(f"/track/{case['number']}", code=case["tracking_code"])
    assert problem(answer) == (429, "rate-limited")
    assert int(answer.headers["Retry-After"]) > 0
    assert clerk.get(f"/cases/{case['number']}").status_code == 200
