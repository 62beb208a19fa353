"""Work that is done outside: fetched and locked, completed, failed, given up, ended in an error."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from engine import Office
from engine.definitions.model import SourceFile
from engine.errors import CaseSuspended, Forbidden, Invalid, JobNotHeld, NotFound, TaskAlreadyCompleted
from engine.office.once import Once
from engine.office.person import Person
from engine.office.vitals import Waiting
from tests.office.at_work import applicant, do
from tests.office.job_models import FORM, PAYING


@pytest.fixture
def paying(office: Office) -> Paying:
    return Paying(office)


class Paying:
    """An office whose fee is paid by a system of others: the account `bank`, and another that serves planning."""

    def __init__(self, office: Office) -> None:
        self.office = office
        sources = [SourceFile(name="paying.bpmn", content=PAYING.encode()), SourceFile(name="ask.form", content=FORM)]
        office.definitions.deploy(sources, by=office.people.person("designer"))
        head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
        office.catalogue.import_matters(head + "9900000006,缴费,promised,hall,《试》,district,20,10,paying\n")
        self.bank = office.people.add("bank", "银行", None, [("chenghuai", "worker")])
        self.elsewhere = office.people.add("elsewhere", "别处", None, [("planning", "worker")])
        self.clerk, self.auditor = office.people.person("clerk"), office.people.person("auditor")
        self.leader = office.people.person("leader")

    def start(self, serial: int = 1, **data: Any) -> str:
        case = self.office.cases.start("9900000006", applicant(serial), {"fee": 5} | data, by=self.clerk, window="H01")
        return str(do(self.office, case["tasks"][0], phone="010-1234")["number"])

    def fetch(self, worker: str = "w", by: Person | None = None, **how: Any) -> list[Any]:
        return self.office.jobs.fetch(["pay"], worker, by=by or self.bank, **how)["items"]

    def job(self, **data: Any) -> Any:
        self.start(**data)
        (job,) = self.fetch()
        return job

    def case(self, number: str) -> Any:
        return self.office.cases.get(number, by=self.auditor)

    def kinds(self, number: str) -> list[str]:
        items = self.office.history.entries(number, by=self.auditor, limit=200)["items"]
        return [entry["kind"] for entry in items][2:]

    def holds(self, number: str) -> bool:
        return self.office.history.verify(number, by=self.auditor)["ok"]


def test_a_job_is_fetched_once_with_the_inputs_of_its_task_and_its_result_carries_the_case_on(paying: Paying) -> None:
    number = paying.start()
    (job,) = paying.fetch("first", lock_seconds=30)
    assert (job["case"], job["topic"], job["element"], job["retries"]) == (number, "pay", "pay", 2)
    assert job["data"] == {"amount": 5, "phone": "010-1234"}, "what the task hands out, open; and nothing else"
    assert paying.fetch("second") == []
    with pytest.raises(JobNotHeld):
        paying.office.jobs.complete(job["id"], "second", {}, by=paying.bank)
    once = Once(key="k", scope="s", digest="d")
    done = paying.office.jobs.complete(job["id"], "first", {"receipt": "R1"}, by=paying.bank, once=once)
    assert done["status"] == "completed" and done["worker"] is None
    assert paying.office.jobs.complete(job["id"], "first", {"receipt": "R1"}, by=paying.bank, once=once) == done
    with pytest.raises(TaskAlreadyCompleted, match="completed already"):
        paying.office.jobs.complete(job["id"], "first", {"receipt": "R2"}, by=paying.bank)
    case = paying.case(number)
    assert case["data"]["receipt"] == "R1" and [task["element"] for task in case["tasks"]] == ["check"]
    assert paying.kinds(number) == ["job.completed"] and paying.holds(number)
    replayed = paying.office.history.replay(number, by=paying.auditor)
    assert replayed["data"]["receipt"] == "R1", "a replay has the recorded answer"


def test_two_workers_never_get_the_same_job(paying: Paying) -> None:
    numbers = [paying.start(serial) for serial in range(1, 7)]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda worker: paying.fetch(f"w{worker}", most=2), range(4)))
    cases = [job["case"] for jobs in got for job in jobs]
    assert len(cases) == len(set(cases)), "none twice"
    rest = [job["case"] for job in paying.fetch("last", most=100)]
    assert sorted(cases + rest) == sorted(numbers)


def test_of_two_results_for_one_job_one_is_taken(paying: Paying) -> None:
    job = paying.job()

    def complete(receipt: str) -> str:
        try:
            return paying.office.jobs.complete(job["id"], "w", {"receipt": receipt}, by=paying.bank)["status"]
        except TaskAlreadyCompleted:
            return "late"

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(complete, ["a", "b", "c"])) == ["completed", "late", "late"]
    assert paying.kinds(job["case"]) == ["job.completed"] and paying.holds(job["case"])


def test_after_its_lock_ran_out_a_job_is_for_the_next(paying: Paying, clock) -> None:
    job = paying.job()
    clock.pass_time(seconds=50)
    assert paying.office.jobs.extend(job["id"], "w", 60, by=paying.bank)["locked_until"]
    clock.pass_time(seconds=59)
    assert paying.fetch("next") == []
    clock.pass_time(seconds=1)
    with pytest.raises(JobNotHeld, match="ran out"):
        paying.office.jobs.complete(job["id"], "w", {}, by=paying.bank)
    with pytest.raises(JobNotHeld, match="ran out"):
        paying.office.jobs.extend(job["id"], "w", 60, by=paying.bank)
    (again,) = paying.fetch("next")
    assert again["id"] == job["id"], "the same key, so that it is not paid twice"
    with pytest.raises(JobNotHeld, match="Another worker"):
        paying.office.jobs.complete(job["id"], "w", {}, by=paying.bank)
    assert paying.office.jobs.complete(job["id"], "next", {}, by=paying.bank)["status"] == "completed"


def test_a_failure_is_tried_again_after_a_rest_and_at_last_the_case_has_failed(paying: Paying, clock) -> None:
    job = paying.job()
    number = job["case"]
    failed = paying.office.jobs.fail(job["id"], "w", "张某的银行 is closed", by=paying.bank)
    assert (failed["status"], failed["retries"]) == ("open", 1)
    clock.pass_time(minutes=4, seconds=59)
    assert paying.fetch() == [], "it rests for the five minutes of the diagram"
    clock.pass_time(seconds=1)
    (job,) = paying.fetch()
    given_up = paying.office.jobs.fail(job["id"], "w", "still closed", by=paying.bank)
    assert (given_up["status"], given_up["retries"]) == ("failed", 0)
    case = paying.case(number)
    assert case["status"] == "failed" and case["incidents"] == [{"element": "pay", "cause": "still closed"}]
    assert paying.fetch() == []
    with pytest.raises(JobNotHeld, match="given up"):
        paying.office.jobs.complete(job["id"], "w", {}, by=paying.bank)
    assert paying.holds(number)
    case = paying.office.cases.retry(number, "the bank is open", by=paying.leader)
    assert case["status"] == "open"
    (job,) = paying.fetch()
    assert (job["id"], job["retries"]) == (given_up["id"], 2)
    paying.office.jobs.complete(job["id"], "w", {"receipt": "R"}, by=paying.bank)
    assert paying.kinds(number) == ["job.failed", "job.failed", "case.retried", "job.completed"]
    assert paying.holds(number)


def test_whoever_watches_over_the_office_sees_the_jobs_that_nobody_does_and_the_cases_that_failed(
    paying: Paying, clock
) -> None:
    def waiting(what: str) -> tuple[int, int]:
        found: Waiting = getattr(paying.office.watchman.vitals(), what)
        return found.count, round(found.seconds)

    nothing = (0, 0)
    assert {waiting(what) for what in ("due", "failed", "jobs", "messages", "signals")} == {nothing}
    paying.start(1)
    clock.pass_time(seconds=90)
    paying.start(2)
    assert waiting("jobs") == (2, 90)
    (job, other) = paying.fetch()
    assert waiting("jobs") == nothing, "they are being done"
    clock.pass_time(minutes=20)
    assert waiting("jobs") == (2, 1290), "whoever fetched them is silent"
    paying.fetch()
    paying.office.jobs.fail(job["id"], "w", "closed", by=paying.bank, retries=0)
    paying.office.jobs.fail(other["id"], "w", "closed", by=paying.bank)
    assert (waiting("jobs"), waiting("failed")) == (nothing, (1, 1290)), "the other rests before it is tried again"
    clock.pass_time(minutes=5)
    assert waiting("jobs")[0] == 1


def test_a_worker_may_say_itself_when_and_how_often_again(paying: Paying, clock) -> None:
    job = paying.job()
    left = paying.office.jobs.fail(job["id"], "w", "busy", retries=7, retry_after=10, by=paying.bank)
    assert left["retries"] == 7
    clock.pass_time(seconds=10)
    (job,) = paying.fetch()
    assert paying.office.jobs.fail(job["id"], "w", "never", retries=0, by=paying.bank)["status"] == "failed"
    assert paying.holds(job["case"])


def test_an_error_of_the_worker_reaches_the_boundary_event(paying: Paying) -> None:
    job = paying.job()
    thrown = paying.office.jobs.throw(job["id"], "w", "refused", "no cover", {"why": "cover"}, by=paying.bank)
    assert thrown["status"] == "thrown"
    case = paying.case(job["case"])
    assert [task["element"] for task in case["tasks"]] == ["remind"] and case["data"]["why"] == "cover"
    with pytest.raises(TaskAlreadyCompleted, match="ended in an error"):
        paying.office.jobs.complete(job["id"], "w", {}, by=paying.bank)
    assert paying.kinds(job["case"]) == ["job.error"] and paying.holds(job["case"])


def test_an_error_that_nothing_catches_is_an_incident(paying: Paying) -> None:
    job = paying.job()
    thrown = paying.office.jobs.throw(job["id"], "w", "fire", "the bank burns", {}, by=paying.bank)
    assert thrown["status"] == "failed"
    case = paying.case(job["case"])
    assert case["status"] == "failed" and case["incidents"][0]["cause"] == "fire: the bank burns"
    paying.office.cases.retry(job["case"], "out", by=paying.leader)
    assert len(paying.fetch()) == 1 and paying.holds(job["case"])


def test_an_event_log_tells_a_failed_attempt_from_a_result(paying: Paying, clock) -> None:
    job = paying.job()
    paying.office.jobs.fail(job["id"], "w", "张某", retry_after=1, by=paying.bank)
    clock.pass_time(seconds=1)
    paying.fetch()
    paying.office.jobs.complete(job["id"], "w", {}, by=paying.bank)
    log = b"".join(paying.office.exports.write("xes", by=paying.auditor, case=job["case"])).decode()
    assert log.count('value="ate_abort"') == 1 and "张某" not in log


def test_a_job_goes_with_its_case(paying: Paying) -> None:
    job = paying.job()
    paying.office.cases.withdraw(job["case"], "not any more", by=paying.clerk)
    with pytest.raises(TaskAlreadyCompleted, match="not needed any more"):
        paying.office.jobs.complete(job["id"], "w", {}, by=paying.bank)
    with pytest.raises(TaskAlreadyCompleted):
        paying.office.jobs.extend(job["id"], "w", 60, by=paying.bank)
    assert paying.holds(job["case"])


def test_while_the_clock_stands_still_nothing_goes_outside(paying: Paying) -> None:
    first, second = paying.start(1), paying.start(2)
    (job,) = paying.fetch(most=1)
    for number in (first, second):
        paying.office.cases.suspend(number, "expert", "expert-review", by=paying.clerk)
    assert paying.fetch() == []
    with pytest.raises(CaseSuspended):
        paying.office.jobs.complete(job["id"], "w", {}, by=paying.bank)
    other = second if job["case"] == first else first
    paying.office.cases.resume(other, "on", by=paying.clerk)
    assert [fetched["case"] for fetched in paying.fetch()] == [other]


def test_an_overdue_timer_fires_before_a_late_result(paying: Paying, clock) -> None:
    number = paying.start()
    (job,) = paying.office.jobs.fetch(["pay"], "w", lock_seconds=86_400, by=paying.bank)["items"]
    clock.pass_time(hours=2)
    with pytest.raises(TaskAlreadyCompleted, match="not needed any more"):
        paying.office.jobs.complete(job["id"], "w", {}, by=paying.bank)
    assert paying.kinds(number) == ["timer.fired"] and paying.holds(number)


def test_what_stood_sealed_stays_sealed_when_a_worker_hands_it_in(paying: Paying) -> None:
    job = paying.job()
    paying.office.jobs.complete(job["id"], "w", {"phone": "010-999", "receipt": "R"}, by=paying.bank)
    database = paying.office.database
    with database.read() as connection:
        bodies = connection.exec_driver_sql("select body from entry").scalars().all()
    told = b"".join(bytes(body) for body in bodies)
    assert b"010-999" not in told and b"010-1234" not in told and b"receipt" in told
    assert paying.case(job["case"])["data"]["phone"] == "010-999"


def test_only_the_accounts_of_workers_fetch_and_only_their_units_jobs(paying: Paying) -> None:
    job = paying.job()
    for nobody in (paying.clerk, paying.auditor, paying.leader):
        with pytest.raises(Forbidden):
            paying.fetch(by=nobody)
        with pytest.raises(Forbidden):
            paying.office.jobs.complete(job["id"], "w", {}, by=nobody)
    assert paying.fetch(by=paying.elsewhere) == []
    with pytest.raises(NotFound):
        paying.office.jobs.complete(job["id"], "w", {}, by=paying.elsewhere)
    with pytest.raises(NotFound):
        paying.office.cases.get(job["case"], by=paying.bank)
    with pytest.raises(NotFound):
        paying.office.jobs.complete("nothing", "w", {}, by=paying.bank)
    with pytest.raises(Invalid):
        paying.office.people.add("person", "人", None, [("hall", "clerk")])


@pytest.mark.parametrize(
    ("how", "pointer"),
    [
        ({"topics": []}, "/topics"),
        ({"topics": [" "]}, "/topics/0"),
        ({"worker": ""}, "/worker"),
        ({"most": 0}, "/max"),
        ({"lock_seconds": 0}, "/lock_seconds"),
    ],
)
def test_what_cannot_be_fetched_is_told(embedded_office: Office, how: dict[str, Any], pointer: str) -> None:
    bank = embedded_office.people.add("bank", "银行", None, [("chenghuai", "worker")])
    with pytest.raises(Invalid) as refused:
        embedded_office.jobs.fetch(**{"topics": ["pay"], "worker": "w", "by": bank} | how)
    assert [error.pointer for error in refused.value.errors] == [pointer]


@pytest.mark.parametrize(
    "statement",
    ["update job set status = 'completed'", "update job set retries = 9", "delete from job"],
)
def test_the_rows_of_jobs_are_proved(embedded_office: Office, statement: str) -> None:
    paying = Paying(embedded_office)
    number = paying.start()
    assert paying.holds(number)
    with closing(sqlite3.connect(embedded_office.database.url.database, isolation_level=None)) as connection:
        connection.execute(statement)
    assert not paying.holds(number)
