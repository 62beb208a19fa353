"""Four eyes: whoever did one task of a case may not do another that checks it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Office
from engine.definitions.model import SourceFile
from engine.errors import Forbidden
from engine.office.definitions import DefinitionInvalid
from engine.office.four_eyes import SameHands, _together
from engine.office.person import Person
from tests.execution.stories import NAMESPACES, chain, node, several
from tests.office.at_work import accept, do_named, matter_of_type, ordinary

CODE = "9900000006"


def task(id: str, not_by: str = "", more: str = "", group: str = "window") -> str:
    checks = f'<zeebe:properties><zeebe:property name="not_by" value="{not_by}"/></zeebe:properties>' if not_by else ""
    assigned = f'<zeebe:assignmentDefinition candidateGroups="{group}"/>'
    return node("userTask", id, f"<extensionElements>{assigned}{checks}</extensionElements>{more}")


def steps(*inner: str, ids: str, level: str = "") -> str:
    start, end = f"s{level}", f"e{level}"
    return node("startEvent", start) + "".join(inner) + node("endEvent", end) + chain(start, *ids.split(), end)


def file(body: str, *others: str) -> str:
    return (
        f'<definitions {NAMESPACES} id="D" targetNamespace="http://example.org/test">'
        f'<process id="eyes" name="四眼" isExecutable="true">{body}</process>{"".join(others)}</definitions>'
    )


class Hall:
    """An office whose hall has three who handle cases: two clerks and their leader."""

    def __init__(self, office: Office, text: str) -> None:
        self.office = office
        self.deploy(text)
        head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
        office.catalogue.import_matters(head + f"{CODE},四眼事项,promised,hall,《试》,district,20,10,eyes\n")
        office.people.add("second", "第二人", "a long enough word", [("hall", "clerk")])
        self.clerk, self.second, self.leader = map(office.people.person, ("clerk", "second", "leader"))

    def deploy(self, text: str) -> None:
        files = [SourceFile(name="eyes.bpmn", content=text.encode())]
        self.office.definitions.deploy(files, by=self.office.people.person("designer"))

    def start(self, **data: Any) -> Any:
        return accept(self.office, CODE, **data)

    def complete(self, case: Any, element: str, by: Person, at: int = 0) -> Any:
        now = self.office.cases.get(case["number"], by=by)
        found = [task for task in now["tasks"] if task["element"] == element]
        return self.office.tasks.complete(found[at]["id"], {}, by=by)

    def holds(self, case: Any) -> None:
        auditor = self.office.people.person("auditor")
        assert self.office.history.verify(case["number"], by=auditor)["ok"]
        replayed = self.office.history.replay(case["number"], by=auditor)
        assert replayed["status"] == self.office.cases.get(case["number"], by=auditor)["status"]


TWO = file(steps(task("write"), task("check", "write"), task("send"), ids="write check send"))


@pytest.fixture
def hall(office: Office) -> Hall:
    """On either database."""
    return Hall(office, TWO)


@pytest.fixture
def small(embedded_office: Office) -> Hall:
    """Where the kind of database does not matter."""
    return Hall(embedded_office, TWO)


def test_whoever_wrote_it_can_neither_claim_nor_complete_nor_draft_the_check_nor_be_given_it(hall: Hall) -> None:
    tasks, case = hall.office.tasks, hall.start()
    case = hall.complete(case, "write", hall.clerk)
    (check,) = case["tasks"]
    wanted = "clerk completed “write” \\(write\\) in this case, so “check” is for somebody else"
    for refused in (
        lambda: tasks.claim(check["id"], by=hall.clerk),
        lambda: tasks.complete(check["id"], {}, by=hall.clerk),
        lambda: hall.office.drafts.save(check["id"], {}, by=hall.clerk),
        lambda: hall.office.returns.send_back(check["id"], "重写", by=hall.clerk),
        lambda: tasks.delegate(check["id"], "clerk", by=hall.leader),
    ):
        with pytest.raises(SameHands, match=wanted) as caught:
            refused()
        assert isinstance(caught.value, Forbidden) and caught.value.problem == "forbidden"
    told = tasks.get(check["id"], by=hall.second)
    assert told["not_by"] == [{"element": "write", "name": "write", "by": "clerk"}]

    tasks.delegate(check["id"], "second", by=hall.leader)
    case = hall.complete(case, "check", hall.second)
    assert tasks.get(case["tasks"][0]["id"], by=hall.clerk)["not_by"] == []
    case = hall.complete(case, "send", hall.clerk)
    assert case["status"] == "completed"
    hall.holds(case)


def test_who_wrote_it_once_has_decided_though_it_was_written_again(small: Hall) -> None:
    case = small.complete(small.start(), "write", small.clerk)
    case = small.office.returns.send_back(case["tasks"][0]["id"], "重写", by=small.second)
    small.office.tasks.unclaim(case["tasks"][0]["id"], by=small.clerk)
    case = small.complete(case, "write", small.second)
    for by in (small.clerk, small.second):
        with pytest.raises(SameHands):
            small.complete(case, "check", by)
    case = small.complete(case, "check", small.leader)
    small.holds(case)


def test_who_checked_and_wrote_since_is_not_given_the_check_back(embedded_office: Office) -> None:
    # given a check beside the writing, not after it, which the second clerk did before they wrote too
    fork = node("parallelGateway", "fork") + node("parallelGateway", "join")
    flows = chain("s", "fork", "write", "join", "send", "e") + chain("fork", "check", "join")
    body = (
        node("startEvent", "s") + fork + task("write") + task("check", "write") + task("send") + node("endEvent", "e")
    )
    hall = Hall(embedded_office, file(body + flows))
    case = hall.complete(hall.start(), "write", hall.second)
    case = hall.complete(case, "check", hall.clerk)
    # when it goes back to the check, it is the clerk's again: they wrote nothing
    back = hall.office.returns.send_back(case["tasks"][0]["id"], "再核", "check", by=hall.leader)
    assert [(t["element"], t["assignee"]) for t in back["tasks"]] == [("check", "clerk")]
    hall.holds(back)


def test_a_bulk_completion_refuses_that_one_alone(small: Hall) -> None:
    one, two = small.start(serial=901), small.start(serial=902)
    one = small.complete(one, "write", small.clerk)
    two = small.complete(two, "write", small.second)
    items = [(case["tasks"][0]["id"], {}) for case in (one, two)]
    outcomes = []
    for id, data in items:
        try:
            small.office.tasks.complete(id, data, by=small.clerk)
            outcomes.append("done")
        except SameHands:
            outcomes.append("refused")
    assert outcomes == ["refused", "done"]


def test_each_instance_of_a_called_process_is_by_itself_and_reaches_what_calls_it(embedded_office: Office) -> None:
    called = f'<process id="inner" isExecutable="true">{steps(task("give"), task("approve", "give write"), ids="give approve", level="i")}</process>'  # noqa: E501
    call = node(
        "callActivity",
        "ask",
        '<extensionElements><zeebe:calledElement processId="inner"/></extensionElements>' + several("[1, 2]"),
    )
    hall = Hall(embedded_office, file(steps(task("write"), call, ids="write ask"), called))
    case = hall.complete(hall.start(), "write", hall.leader)
    case = hall.complete(case, "give", hall.clerk)
    case = hall.complete(case, "give", hall.second)
    # The first opinion is the clerk's, the second the second's: each approves the other's; the leader wrote.
    with pytest.raises(SameHands, match="“write”"):
        hall.complete(case, "approve", hall.leader)
    with pytest.raises(SameHands, match="“give”"):
        hall.complete(case, "approve", hall.clerk)
    case = hall.complete(case, "approve", hall.second)
    with pytest.raises(SameHands, match="“give”"):
        hall.complete(case, "approve", hall.second)
    case = hall.complete(case, "approve", hall.clerk)
    assert case["status"] == "completed"
    hall.holds(case)


def test_a_task_in_several_instances_that_names_itself_is_done_by_as_many_people(embedded_office: Office) -> None:
    hall = Hall(embedded_office, file(steps(task("sign", "sign", several("[1, 2]")), ids="sign")))
    case = hall.complete(hall.start(), "sign", hall.clerk)
    with pytest.raises(SameHands):
        hall.complete(case, "sign", hall.clerk)
    assert hall.complete(case, "sign", hall.second)["status"] == "completed"


def test_a_case_that_moved_to_a_version_with_other_ids_still_knows_who_wrote(embedded_office: Office) -> None:
    hall = Hall(
        embedded_office, file(steps(task("write"), task("send"), task("check", "write"), ids="write send check"))
    )
    case = hall.complete(hall.start(), "write", hall.clerk)
    hall.deploy(file(steps(task("draw_up"), task("send"), task("check", "draw_up"), ids="draw_up send check")))
    names = {"write": "draw_up", "s_write": "s_draw_up", "write_send": "draw_up_send"}
    told = hall.office.definitions.migrate("eyes", 2, by=hall.office.people.person("designer"), mapping=names)
    assert told["moved"] == 1, told["cases"][0]["because"]
    case = hall.complete(case, "send", hall.second)
    with pytest.raises(SameHands, match="draw_up"):
        hall.complete(case, "check", hall.clerk)
    hall.complete(case, "check", hall.second)
    hall.holds(case)


def to_be_reviewed(office: Office) -> Any:
    """The task of reviewing a return whose reasons the hall's leader stated."""
    case = accept(office, matter_of_type(office, "returned"))
    while case["tasks"][0]["element"] != "state_reasons":
        case = do_named(office, case, case["tasks"][0]["element"])
    (reasons,) = case["tasks"]
    leader = office.people.person("leader")
    case = office.tasks.complete(reasons["id"], ordinary(office, reasons, leader), by=leader)
    do_named(office, case, "serve_notice", review_right="kept")
    case = office.cases.message(case["number"], "review-requested", {}, by=office.people.person("clerk"))
    (review,) = case["tasks"]
    assert review["element"] == "review"
    return review


def test_a_supervisor_who_stated_the_reasons_of_a_return_does_not_review_them(embedded_office: Office) -> None:
    review = to_be_reviewed(embedded_office)
    with pytest.raises(SameHands, match="state_reasons"):
        embedded_office.tasks.claim(review["id"], by=embedded_office.people.person("leader"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (file(steps(task("write"), task("check", "wrote"), ids="write check")), "names “wrote”, which is no user"),
        (file(steps(task("write"), task("check", "s"), ids="write check")), "names “s”, which is no user"),
        (file(steps(task("write"), task("check", ", "), ids="write check")), "names no task"),
        (
            file(steps(node("subProcess", "sub", steps(task("a"), ids="a", level="x")
             + '<extensionElements><zeebe:properties><zeebe:property name="not_by" value="a"/></zeebe:properties>'
             "</extensionElements>"), ids="sub")),
            "nobody does this",
        ),
    ],
)  # fmt: skip
def test_what_names_no_task_is_refused_with_its_line(embedded_office: Office, text: str, said: str) -> None:
    lines = text.replace("<userTask", "\n<userTask")
    with pytest.raises(DefinitionInvalid) as caught:
        embedded_office.definitions.deploy(
            [SourceFile(name="eyes.bpmn", content=lines.encode())], by=embedded_office.people.person("designer")
        )
    (problem,) = [one for one in caught.value.problems if one.severity == "error"]
    assert problem.rule == "not-by" and said in problem.message
    if problem.element == "check":
        assert problem.line == 1 + lines[: lines.index('id="check"')].count("\n")


PARTS = st.lists(st.tuples(st.sampled_from("ab"), st.none() | st.integers(0, 2)), max_size=3)


@given(PARTS, PARTS)
def test_two_places_are_apart_only_in_different_instances_of_one_activity(one: Any, other: Any) -> None:
    def path(parts: Any) -> list[str | int]:
        return [step for part in parts for step in part if step is not None]

    def instances(parts: Any) -> Any:
        return [(tuple(path(parts[:at])), part[0], part[1]) for at, part in enumerate(parts)]

    apart = any(
        where == there and activity == same and None not in (number, another) and number != another
        for where, activity, number in instances(one)
        for there, same, another in instances(other)
    )
    assert _together(path(one), path(other)) is not apart
    assert _together(path(one), path(other)) is _together(path(other), path(one))
