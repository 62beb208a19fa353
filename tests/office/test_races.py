"""Two people at one moment: one step, one winner, and nothing half done."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from engine import Office
from engine.errors import TaskAlreadyCompleted, TaskClaimedByAnother
from engine.office.once import Once
from tests.office.at_work import accept, do_named, matter_of_type, ordinary, who_may


def test_two_clerks_complete_one_task_two_hundred_times(office: Office) -> None:
    matter = matter_of_type(office, "instant")
    outcomes: Counter[str] = Counter()
    with ThreadPoolExecutor(2) as pool:
        for round in range(200):
            case = accept(office, matter, serial=round % 50)
            task = case["tasks"][0]
            by = who_may(office, task)
            answer = ordinary(office, task, by)
            together = threading.Barrier(2)

            def complete(by=by, task=task, answer=answer, together=together) -> str:
                together.wait()
                try:
                    office.tasks.complete(task["id"], answer, by=by)
                    return "won"
                except TaskAlreadyCompleted:
                    return "lost"

            results = sorted(future.result() for future in [pool.submit(complete) for _ in range(2)])
            assert results == ["lost", "won"]
            outcomes.update(results)
            entries = office.history.entries(case["number"], by=by)["items"]
            assert [entry["kind"] for entry in entries] == ["case.started", "task.completed"]
    assert outcomes == {"won": 200, "lost": 200}


def test_departments_that_answer_at_the_same_moment_all_count(office: Office) -> None:
    matter = matter_of_type(office, "joint", lambda matter: 4 <= len(matter["departments"]) < 40)
    case = accept(office, matter)
    while len(case["tasks"]) == 1:
        case = do_named(office, case, case["tasks"][0]["element"])
    work = [(task, who_may(office, task)) for task in case["tasks"]]
    answers = [ordinary(office, task, by) for task, by in work]

    with ThreadPoolExecutor(len(work)) as pool:
        futures = [
            pool.submit(office.tasks.complete, task["id"], answer, by=by)
            for (task, by), answer in zip(work, answers, strict=True)
        ]
        for future in futures:
            future.result()

    auditor = office.people.person("auditor")
    entries = office.history.entries(case["number"], by=auditor)["items"]
    completed = [entry["input"]["task"] for entry in entries if entry["kind"] == "task.completed"]
    assert len(completed) == len(set(completed))
    assert {task["id"] for task, _ in work} <= set(completed)
    assert office.history.verify(case["number"], by=auditor)["ok"]


def test_a_request_sent_twice_at_once_is_one_case(office: Office) -> None:
    by = office.people.person("clerk")
    once = Once(key="k-1", scope="/cases", digest="same")
    matter = matter_of_type(office, "instant")
    from tests.office.at_work import applicant, window_of

    window = window_of(office, "hall")
    with ThreadPoolExecutor(4) as pool:
        futures = [
            pool.submit(office.cases.start, matter, applicant(), {}, by=by, window=window, once=once) for _ in range(4)
        ]
        numbers = {future.result()["number"] for future in futures}
    assert len(numbers) == 1
    assert len(office.cases.list(by=by)["items"]) == 1


def test_a_claimed_task_is_a_colleagues(office: Office) -> None:
    case = accept(office, matter_of_type(office, "instant"))
    task = case["tasks"][0]
    leader, clerk = office.people.person("leader"), office.people.person("clerk")
    office.tasks.claim(task["id"], by=clerk)
    try:
        office.tasks.complete(task["id"], {}, by=leader)
    except TaskClaimedByAnother as error:
        assert "clerk" in error.detail
    else:
        raise AssertionError("a claimed task was completed by somebody else")
    assert office.tasks.unclaim(task["id"], by=leader)["tasks"][0]["assignee"] is None
