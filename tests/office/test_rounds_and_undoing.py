"""Rounds of a loop, conditions that come to hold and what is undone: proven and repeated at every moment of a case."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Office
from engine.definitions.model import SourceFile
from tests.execution.stories import NAMESPACES, boundary, chain, flow, node
from tests.office.at_work import accept, do_named

CODE = "9900000007"
_GROUP = '<extensionElements><zeebe:assignmentDefinition candidateGroups="window"/></extensionElements>'
_UNDONE = "<compensateEventDefinition/>"
_WHILE = (
    '<standardLoopCharacteristics loopMaximum="4"><loopCondition>= wrong</loopCondition></standardLoopCharacteristics>'
)
_DEAR = "<conditionalEventDefinition><condition>= cost &gt; 100</condition></conditionalEventDefinition>"


def _task(id: str, more: str = "", **attributes: str) -> str:
    return node("userTask", id, _GROUP + more, **attributes)


#: Written until it is right; what turns out dear is explained beside the decision; then all is undone.
_BODY = (
    node("startEvent", "start")
    + _task("write", _WHILE)
    + _task("book")
    + boundary("book_undone", "book", _UNDONE)
    + _task("give_back", isForCompensation="true")
    + '<association id="a" sourceRef="book_undone" targetRef="give_back"/>'
    + _task(
        "visit",
        "<multiInstanceLoopCharacteristics><loopCardinality>= 2</loopCardinality></multiInstanceLoopCharacteristics>",
    )
    + boundary("visit_undone", "visit", _UNDONE)
    + _task("apologise", isForCompensation="true")
    + '<association id="b" sourceRef="visit_undone" targetRef="apologise"/>'
    + _task("decide")
    + boundary("dear", "decide", _DEAR, interrupting=False)
    + _task("explain")
    + node("endEvent", "explained")
    + node("intermediateThrowEvent", "undo", _UNDONE)
    + node("endEvent", "end")
    + chain("start", "write", "book", "visit", "decide", "undo", "end")
    + flow("dear", "explain")
    + flow("explain", "explained")
)


class Course:
    """A case, proven after each of its steps."""

    def __init__(self, office: Office) -> None:
        text = f'<definitions {NAMESPACES} id="D" targetNamespace="http://example.org/test">'
        text += f'<process id="rounds" name="复核与撤销" isExecutable="true">{_BODY}</process></definitions>'
        files = [SourceFile(name="rounds.bpmn", content=text.encode())]
        office.definitions.deploy(files, by=office.people.person("designer"))
        head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
        office.catalogue.import_matters(head + f"{CODE},复核事项,promised,hall,《试》,district,20,10,rounds\n")
        self.office, self.auditor = office, office.people.person("auditor")
        self.seen = [accept(office, CODE, cost=1)]
        self.prove()

    def do(self, element: str, **data: Any) -> list[str]:
        """Complete the first task at an element; what is open then."""
        self.seen.append(do_named(self.office, self.seen[-1], element, **data))
        self.prove()
        return sorted(task["element"] for task in self.seen[-1]["tasks"])

    def prove(self) -> None:
        number, history = self.seen[0]["number"], self.office.history
        assert history.verify(number, by=self.auditor) == {"ok": True, "entries": len(self.seen), "first_bad": None}
        for then in self.seen:
            again = history.replay(number, by=self.auditor, at=then["version"])
            assert (again["tokens"], again["data"]) == (then["tokens"], then["data"])
            assert {task["id"] for task in again["tasks"]} == {task["id"] for task in then["tasks"]}


@pytest.fixture
def course(office: Office) -> Course:
    """On either database."""
    return Course(office)


def test_rounds_conditions_and_undoing_are_proven_and_repeated_at_every_moment(course: Course) -> None:
    assert course.do("write", wrong=True) == ["write"]
    assert course.do("write", wrong=False) == ["book"]
    assert course.do("book", cost=500) == ["visit", "visit"]
    assert course.do("visit") == ["visit"]
    assert course.do("visit") == ["decide", "explain"]
    assert course.do("explain") == ["decide"]
    assert course.do("decide") == ["apologise"]
    assert course.do("apologise") == ["apologise"]
    assert course.do("apologise") == ["give_back"]
    assert course.do("give_back") == []
    assert course.seen[-1]["status"] == "completed"
