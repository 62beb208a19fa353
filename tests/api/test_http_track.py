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


def finished(clerk: Caller, housing: Caller) -> dict[str, str]:
    """A case that has ended."""
    case = clerk.start()
    steps = ((clerk, {"finding": "x"}), (housing, {"agree": True}))
    for caller, data in steps:
        (task,) = clerk.get(f"/cases/{case['number']}").json["tasks"]
        assert caller.post(f"/tasks/{task['id']}/complete", {"data": data}).status_code == 200
    assert clerk.get(f"/cases/{case['number']}").json["status"] == "completed"
    return {"number": case["number"], "code": case["tracking_code"]}


def test_a_citizen_rates_and_the_office_answers(clerk: Caller, housing: Caller, callers: dict[str, Caller]) -> None:
    # given a case that has ended
    case = finished(clerk, housing)
    nobody, place = callers["nobody"], f"/track/{case['number']}/rating"

    # when the citizen rates it, the answer is lost, and it is sent again
    body = {"code": case["code"], "level": 1, "comment": "等了很久"}
    first, again = (nobody.post(place, body, Idempotency_Key="visit-1") for _ in range(2))
    assert (first.status_code, first.json) == (201, again.json)
    assert first.json["answer_due"] is not None

    # then another word is refused, and the page of the case shows it
    assert problem(nobody.post(place, body | {"level": 5})) == (409, "not-offered")
    assert nobody.get(f"/track/{case['number']}", code=case["code"]).json["rating"] == 1

    # when the office answers it, it waits no more
    assert [one["case"] for one in clerk.get("/ratings", unanswered="true").json["items"]] == [case["number"]]
    answer = clerk.post(f"/cases/{case['number']}/rating/answer", {"text": "已回访"})
    assert (answer.status_code, answer.json["answer"]) == (200, "已回访")
    assert clerk.get("/ratings", unanswered="true").json["items"] == []


def test_a_rating_needs_the_code_and_one_of_five_levels(
    clerk: Caller, housing: Caller, callers: dict[str, Caller]
) -> None:
    case = finished(clerk, housing)
    nobody, place = callers["nobody"], f"/track/{case['number']}/rating"
    assert problem(nobody.post(place, {"code": "AAAA-AAAA-AAAA", "level": 5})) == (404, "not-found")
    for level in (0, 6, "5", True, None):
        assert problem(nobody.post(place, {"code": case["code"], "level": level})) == (422, "validation")
