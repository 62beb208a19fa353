"""Running cases moved to another version of their process: what may move, what stays and why, and that it holds."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine import Office
from engine.definitions.model import SourceFile
from engine.errors import Forbidden, Invalid, NotFound
from engine.office.once import Once
from engine.storage import tables
from tests.execution.stories import (
    NAMESPACES,
    boundary,
    chain,
    flow,
    mappings,
    message,
    messages,
    node,
    properties,
    several,
    timer,
)
from tests.office.at_work import accept, do_named

CODE = "9900000005"


def person_task(id: str, name: str = "", group: str = "window", more: str = "") -> str:
    assigned = f'<extensionElements><zeebe:assignmentDefinition candidateGroups="{group}"/></extensionElements>'
    return node("userTask", id, assigned + more, **({"name": name} if name else {}))


def process(body: str, *others: str, roots: str = "") -> str:
    return (
        f'<definitions {NAMESPACES} id="D" targetNamespace="http://example.org/test">{roots}'
        f'<process id="moved" name="搬" isExecutable="true">{body}</process>{"".join(others)}</definitions>'
    )


def steps(*tasks: str, ids: str, level: str = "") -> str:
    """Tasks one after the other; `level` tells starts and ends of several levels apart."""
    start, end = f"s{level}", f"e{level}"
    return node("startEvent", start) + "".join(tasks) + node("endEvent", end) + chain(start, *ids.split(), end)


LOOK, ANSWER, CHECK = person_task("look", "看"), person_task("answer", "答"), person_task("check", "核")
V1 = process(steps(LOOK, ANSWER, ids="look answer"))
#: A step more between the two.
V2 = process(steps(LOOK, CHECK, ANSWER, ids="look check answer"))


class Desk:
    """The office as these tests use it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.designer = office.people.person("designer")
        self.auditor = office.people.person("auditor")

    def deploy(self, *texts: str) -> None:
        for text in texts:
            self.office.definitions.deploy([SourceFile(name="moved.bpmn", content=text.encode())], by=self.designer)

    def ready(self, *texts: str) -> None:
        self.deploy(*texts)
        head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
        self.office.catalogue.import_matters(head + f"{CODE},搬家,promised,hall,《试》,district,20,10,moved\n")

    def start(self, serial: int = 901, **data: Any) -> dict[str, Any]:
        return accept(self.office, CODE, serial=serial, **data)

    def migrate(self, to: int = 2, **options: Any) -> Any:
        return self.office.definitions.migrate("moved", to, by=self.designer, **options)

    def one(self, to: int = 2, **options: Any) -> Any:
        (view,) = self.migrate(to, **options)["cases"]
        return view

    def read(self, case: dict[str, Any]) -> Any:
        return self.office.cases.get(case["number"], by=self.office.people.person("clerk"))

    def entries(self, case: dict[str, Any]) -> list[dict[str, Any]]:
        return self.office.history.entries(case["number"], by=self.auditor)["items"]

    def holds(self, case: dict[str, Any]) -> None:
        """The case is proved, and re-executed it is as it is read."""
        proof = self.office.history.verify(case["number"], by=self.auditor)
        assert proof["ok"], proof
        assert self.office.history.replay(case["number"], by=self.auditor)["tokens"] == self.read(case)["tokens"]


@pytest.fixture
def desk(office: Office) -> Desk:
    """On either database."""
    return Desk(office)


@pytest.fixture
def small(embedded_office: Office) -> Desk:
    """Where the kind of database does not matter."""
    return Desk(embedded_office)


def reasons(view: Any) -> list[tuple[str | None, str]]:
    return [(one["element"], one["reason"]) for one in view["because"]]


def test_a_case_moves_with_its_tasks_and_is_handled_as_the_new_version_says(desk: Desk) -> None:
    desk.ready(V1)
    case = desk.start()
    clerk = desk.office.people.person("clerk")
    desk.office.tasks.claim(case["tasks"][0]["id"], by=clerk)
    desk.deploy(V2)
    told = desk.migrate()
    assert told["cases"] == [
        {"number": case["number"], "from": 1, "to": 2, "can_move": True, "moved": True, "because": []}
    ]
    assert (told["definition"], told["to"], told["dry_run"], told["moved"], told["refused"]) == (
        "moved",
        2,
        False,
        1,
        0,
    )
    (task,) = desk.read(case)["tasks"]
    assert (task["id"], task["assignee"]) == (case["tasks"][0]["id"], "clerk")
    assert desk.read(case)["versions"] == {"moved": 2}
    after = do_named(desk.office, desk.read(case), "look")
    after = do_named(desk.office, after, "check")
    after = do_named(desk.office, after, "answer")
    assert after["status"] == "completed"
    entry = desk.entries(case)[2]
    assert (entry["kind"], entry["actor"], entry["input"]["from"], entry["input"]["to"]) == (
        "case.migrated",
        "designer",
        1,
        2,
    )
    desk.holds(case)


def test_a_preview_changes_nothing_and_says_for_each_case_whether_it_can_move(small: Desk) -> None:
    small.ready(V1)
    early, late = small.start(901), small.start(902)
    late = do_named(small.office, late, "look")
    small.deploy(V2)
    told = small.migrate(dry_run=True)
    assert [(view["number"], view["can_move"], view["moved"]) for view in told["cases"]] == [
        (early["number"], True, False),
        (late["number"], False, False),
    ]
    assert reasons(told["cases"][1]) == [("look", "the flows that leave it are changed")]
    assert [small.read(case)["versions"] for case in (early, late)] == [{"moved": 1}] * 2
    assert (told["can_move"], told["moved"], told["refused"]) == (1, 0, 1)
    told = small.migrate()
    assert [view["moved"] for view in told["cases"]] == [True, False]
    small.holds(early)
    small.holds(late)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (person_task("look", "看", group="housing"), [("look", "it is changed")]),
        (node("serviceTask", "look", '<extensionElements><zeebe:taskDefinition type="t"/></extensionElements>'), None),
        (person_task("look", "看一看"), []),
    ],
    ids=["another group", "another kind", "another name only"],
)
def test_what_has_begun_must_be_the_same(small: Desk, changed: str, expected: Any) -> None:
    small.ready(V1)
    case = small.start()
    small.deploy(process(steps(changed, ANSWER, ids="look answer")))
    view = small.one()
    assert reasons(view) == ([("look", "it is something else now")] if expected is None else expected)
    if view["moved"]:
        assert small.read(case)["tasks"][0]["name"] == "看一看"
        small.holds(case)


def test_what_is_gone_keeps_the_case_unless_it_is_only_called_otherwise(small: Desk) -> None:
    small.ready(V1)
    case = small.start()
    small.deploy(process(steps(person_task("inspect", "看"), ANSWER, ids="inspect answer")))
    view = small.one(dry_run=True)
    assert ("look", "it is not there any more") in reasons(view)
    names = {"look": "inspect", "s_look": "s_inspect"}
    assert small.one(mapping=names)["moved"]
    assert [task["element"] for task in small.read(case)["tasks"]] == ["inspect"]
    small.holds(case)
    # Its past is known under the new names too.
    case = do_named(small.office, small.read(case), "inspect")
    small.deploy(process(steps(person_task("inspect", "看"), person_task("reply"), ids="inspect reply")))
    assert ("answer", "it is not there any more") in reasons(small.one(3))
    assert small.one(3, mapping={"answer": "reply", "inspect_answer": "inspect_reply"})["moved"]
    assert do_named(small.office, small.read(case), "reply")["status"] == "completed"
    small.holds(case)


@pytest.mark.parametrize(
    ("mapping", "pointer"),
    [
        ({"nothing": "check"}, "/mapping/nothing"),
        ({"look": "nothing"}, "/mapping/look"),
        ({"look": "answer"}, "/mapping/look"),
    ],
    ids=["from what is not there", "to what is not there", "two become one"],
)
def test_a_mapping_that_means_nothing_is_refused(small: Desk, mapping: dict[str, str], pointer: str) -> None:
    small.ready(V1, V2)
    small.office.definitions.deploy([SourceFile(name="moved.bpmn", content=V1.encode())], by=small.designer)
    with pytest.raises(Invalid) as caught:
        # Binding exists once a case has run on it.
        small.start()
        small.migrate(2, mapping=mapping)
    assert [fault.pointer for fault in caught.value.errors] == [pointer]


def test_what_is_asked_must_be_there_and_theirs_who_ask(small: Desk) -> None:
    small.ready(V1)
    with pytest.raises(NotFound):
        small.office.definitions.migrate("nothing", 1, by=small.designer)
    with pytest.raises(Invalid) as caught:
        small.migrate(7)
    assert [fault.pointer for fault in caught.value.errors] == ["/to"]
    with pytest.raises(Invalid) as caught:
        small.migrate(1, old=8)
    assert [fault.pointer for fault in caught.value.errors] == ["/from"]
    for name in ("clerk", "leader", "auditor"):
        with pytest.raises(Forbidden):
            small.office.definitions.migrate("moved", 1, by=small.office.people.person(name))
    small.office.definitions.migrate("moved", 1, by=small.office.people.person("admin"))


PARALLEL = '<parallelGateway id="{}"/>'


def departments(*names: str) -> str:
    """Several departments at once, after a look."""
    body = node("startEvent", "s") + LOOK + PARALLEL.format("fork") + PARALLEL.format("join") + node("endEvent", "e")
    body += "".join(person_task(name) + flow("fork", name) + flow(name, "join") for name in names)
    return process(body + flow("s", "look") + flow("look", "fork") + flow("join", "e"))


def test_a_department_more_is_asked_where_the_split_is_still_ahead_and_never_waited_for_where_it_is_behind(
    desk: Desk,
) -> None:
    desk.ready(departments("housing", "planning"))
    ahead, behind = desk.start(901), do_named(desk.office, desk.start(902), "look")
    do_named(desk.office, behind, "housing")
    desk.deploy(departments("housing", "planning", "fire"))
    told = desk.migrate()
    assert [view["moved"] for view in told["cases"]] == [True, False]
    assert ("fork", "the flows that leave it are changed") in reasons(told["cases"][1])
    after = do_named(desk.office, ahead, "look")
    assert sorted(task["element"] for task in after["tasks"]) == ["fire", "housing", "planning"]
    # The other goes on to its end where it is.
    assert do_named(desk.office, desk.read(behind), "planning")["status"] == "completed"
    for case in (ahead, behind):
        desk.holds(case)


def test_a_token_at_a_join_goes_on_where_nothing_more_is_to_come(small: Desk) -> None:
    """A branch that has not begun its last step ends by itself in the new version, so that the join has one flow in."""
    before = node("startEvent", "s") + PARALLEL.format("fork") + PARALLEL.format("join") + node("endEvent", "e")
    before += person_task("a") + person_task("b") + flow("s", "fork") + flow("fork", "a") + flow("fork", "b")
    before += flow("a", "join") + person_task("after") + flow("join", "after") + flow("after", "e")
    small.ready(process(before + flow("b", "join")))
    case = do_named(small.office, small.start(), "a")
    assert [task["element"] for task in case["tasks"]] == ["b"]
    small.deploy(process(before + flow("b", "own") + node("endEvent", "own")))
    assert small.one()["moved"]
    assert sorted(task["element"] for task in small.read(case)["tasks"]) == ["after", "b"]
    assert small.entries(case)[-1]["outcome"]["path"] == [["moved", "after"]]
    small.holds(case)


def test_what_only_the_new_version_waits_for_is_waited_for_from_then_on(desk: Desk, clock: Any) -> None:
    desk.ready(V1)
    case = desk.start()
    clock.pass_time(hours=5)
    more = boundary("late", "look", timer("PT2H"), interrupting=False) + node("endEvent", "e2") + flow("late", "e2")
    more += node(
        "subProcess",
        "stop",
        node("startEvent", "stopped", message("stop"), isInterrupting="true")
        + node("endEvent", "e3")
        + flow("stopped", "e3"),
        triggeredByEvent="true",
    )
    desk.deploy(process(steps(LOOK, ANSWER, ids="look answer") + more, roots=messages("stop")))
    assert desk.one()["moved"]
    assert "stop" in desk.read(case)["offers"]
    clock.pass_time(hours=1)
    assert desk.office.clock.tick() == 0
    clock.pass_time(hours=1)
    assert desk.office.clock.tick() == 1
    desk.holds(case)
    clerk = desk.office.people.person("clerk")
    assert desk.office.cases.message(case["number"], "stop", {}, by=clerk)["status"] == "completed"
    desk.holds(case)


def test_waiting_timers_are_counted_anew_and_a_changed_one_keeps_the_case(small: Desk, clock: Any) -> None:
    def with_timer(text: str, last: str = "") -> str:
        inner = boundary("late", "look", timer(text), interrupting=False) + node("endEvent", "e2") + flow("late", "e2")
        return process(steps(LOOK, person_task("answer", last), ids="look answer") + inner)

    small.ready(with_timer("= duration(wait)"))
    case = small.start(wait="PT5H")
    small.deploy(with_timer("PT1H"))
    assert reasons(small.one()) == [("late", "it is changed")]
    small.deploy(with_timer("= duration(wait)", last="答复"))
    assert small.one(3)["moved"]
    small.holds(case)
    clock.pass_time(hours=5)
    assert small.office.clock.tick() == 1
    small.holds(case)


def test_inside_what_is_called_in_several_instances_and_in_a_subprocess(desk: Desk) -> None:
    def nested(*inner: str) -> str:
        inside = steps(*map(person_task, inner), ids=" ".join(inner), level="2")
        called = f'<process id="called" isExecutable="true">{inside}</process>'
        many = node("callActivity", "ask", several("names", element="name"), calledElement="called")
        sub = node("subProcess", "part", steps(many, ids="ask", level="1"))
        return process(steps(sub, ids="part"), called)

    desk.ready(nested("one", "two"))
    case = desk.start(names=["a", "b", "c"])
    desk.deploy(nested("one", "more", "two"))
    (view,) = desk.office.definitions.migrate("called", 2, by=desk.designer)["cases"]
    assert view["moved"], view
    assert desk.read(case)["versions"] == {"moved": 1, "called": 2}
    desk.holds(case)
    after = desk.read(case)
    for element in ("one", "more", "two") * 3:
        after = do_named(desk.office, after, element)
    assert after["status"] == "completed"
    desk.holds(case)


def test_a_case_that_failed_on_a_fault_moves_to_where_it_is_mended(desk: Desk) -> None:
    def choosing(condition: str) -> str:
        body = steps(LOOK, node("exclusiveGateway", "way", default="way_e"), ids="look way")
        return process(body + person_task("extra") + flow("way", "extra", condition) + flow("extra", "e"))

    desk.ready(choosing("= agree.nothing > 1"))
    case = do_named(desk.office, desk.start(), "look", agree=True)
    assert case["status"] == "failed"
    desk.deploy(choosing("= agree"))
    assert desk.one()["moved"]
    leader = desk.office.people.person("leader")
    after = desk.office.cases.retry(case["number"], "改正", by=leader)
    assert (after["status"], [task["element"] for task in after["tasks"]]) == ("open", ["extra"])
    desk.holds(case)


def test_no_step_goes_back_to_before_a_move(small: Desk) -> None:
    small.ready(V1)
    case = do_named(small.office, small.start(), "look")
    small.deploy(process(steps(person_task("see", "看"), person_task("answer", "答复"), ids="see answer")))
    names = {"look": "see", "s_look": "s_see", "look_answer": "see_answer"}
    assert small.one(mapping=names)["moved"]
    (task,) = small.read(case)["tasks"]
    (earlier,) = small.office.returns.earlier(task["id"], by=small.office.people.person("clerk"))
    assert (earlier["element"], earlier["name"]) == ("look", "look")
    assert "case.migrated" in str(earlier["barred"])


def test_work_that_others_do_goes_on_under_its_new_id(desk: Desk) -> None:
    def outside(id: str, last: str) -> str:
        task = node("serviceTask", id, '<extensionElements><zeebe:taskDefinition type="check"/></extensionElements>')
        return process(steps(task, person_task("answer", last), ids=f"{id} answer"))

    desk.ready(outside("ask", "答"))
    case = desk.start()
    desk.deploy(outside("query", "复"))
    assert desk.one(mapping={"ask": "query", "s_ask": "s_query"})["moved"]
    desk.holds(case)
    with desk.office.database.read() as connection:
        assert connection.execute(select(tables.job.c.element)).scalars().all() == ["query"]


def test_suspended_and_ended_cases_and_those_that_nobody_named_stay(small: Desk) -> None:
    accepted = node("intermediateThrowEvent", "taken", properties(milestone="accepted"))
    small.ready(process(steps(accepted, LOOK, ANSWER, ids="taken look answer")))
    first, second, ended = small.start(901), small.start(902), small.start(903)
    ended = do_named(small.office, do_named(small.office, ended, "look"), "answer")
    clerk = small.office.people.person("clerk")
    small.office.cases.suspend(second["number"], "试", "testing", by=clerk)
    small.deploy(process(steps(accepted, LOOK, CHECK, ANSWER, ids="taken look check answer")))
    told = small.migrate(cases=[second["number"], ended["number"]])
    assert [reasons(view) for view in told["cases"]] == [
        [(None, "it is suspended: resume it first")],
        [(None, "no case of this number is running on a version of moved that is to be left")],
    ]
    assert small.read(first)["versions"] == {"moved": 1}
    assert small.migrate(cases=[first["number"]])["moved"] == 1


def test_moving_back_and_forth_leaves_a_case_that_holds(desk: Desk) -> None:
    desk.ready(V1)
    case = desk.start()
    desk.deploy(V2)
    assert desk.one()["moved"]
    assert desk.one(1)["moved"]
    assert desk.migrate(1)["cases"] == []
    assert desk.read(case)["versions"] == {"moved": 1}
    assert [entry["kind"] for entry in desk.entries(case)] == ["case.started", "case.migrated", "case.migrated"]
    desk.holds(case)


def test_the_same_request_again_gets_its_first_answer(small: Desk) -> None:
    small.ready(V1)
    small.start()
    small.deploy(V2)
    once = Once(key="k", scope="/migrations", digest="d")
    first = small.migrate(once=once)
    assert small.migrate(once=once) == first
    assert first["moved"] == 1


def test_what_is_overdue_fires_before_the_move(small: Desk, clock: Any) -> None:
    inner = boundary("late", "look", timer("PT1H")) + person_task("urge") + flow("late", "urge") + flow("urge", "e")
    small.ready(process(steps(LOOK, ANSWER, ids="look answer") + inner))
    case = small.start()
    small.deploy(process(steps(LOOK, ANSWER, ids="look answer") + inner.replace('id="urge"', 'id="urge" name="催"')))
    clock.pass_time(hours=2)
    assert small.one()["moved"]
    assert [entry["kind"] for entry in small.entries(case)] == ["case.started", "timer.fired", "case.migrated"]
    small.holds(case)


def test_a_tampered_move_is_found(small: Desk) -> None:
    small.ready(V1)
    case = small.start()
    small.deploy(V2)
    with small.office.database.write() as connection:
        before = connection.exec_driver_sql("select binding from case_file").scalar()
    small.one()
    small.holds(case)
    with small.office.database.write() as connection:
        connection.exec_driver_sql(f"update case_file set binding = '{before}'")
    proof = small.office.history.verify(case["number"], by=small.auditor)
    assert "another binding than its history" in proof["first_bad"]["reason"]


def test_input_mappings_and_local_variables_move_along(small: Desk) -> None:
    def mapped(name: str) -> str:
        task = node(
            "userTask",
            "look",
            mappings("in: seen = 1 + 1", "out: kept = seen").replace(
                "</extensionElements>", '<zeebe:assignmentDefinition candidateGroups="window"/></extensionElements>'
            ),
        )
        return process(steps(task, person_task("answer", name), ids="look answer"))

    small.ready(mapped(""))
    case = small.start()
    small.deploy(mapped("答"))
    assert small.one()["moved"]
    assert do_named(small.office, small.read(case), "look")["data"]["kept"] == 2
    small.holds(case)


def test_what_is_done_after_a_move_is_taken_back_to_the_version_it_was_done_on(desk: Desk) -> None:
    desk.ready(V1)
    case, clerk = desk.start(), desk.office.people.person("clerk")
    desk.deploy(V2)
    desk.migrate()
    for element in ("look", "check"):
        case = do_named(desk.office, case, element)
        done = desk.office.returns.last_of(case["number"], by=clerk)
        assert done is not None
        case = do_named(desk.office, desk.office.returns.withdraw(done, "填错了", by=clerk), element)
    assert [task["element"] for task in case["tasks"]] == ["answer"]
    assert desk.office.history.verify(case["number"], by=desk.auditor)["ok"]
