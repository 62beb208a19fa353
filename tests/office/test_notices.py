"""Notices that a case gives its applicant: made in the step, proven with the history, sealed, and gone with the key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from engine import Office
from engine.definitions.model import SourceFile
from engine.errors import NotFound
from engine.notices.html import to_html
from engine.office.definitions import DefinitionInvalid
from engine.storage import tables
from tests.office.at_work import applicant, do

NOTIFYING = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
  <process id="notifying" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="begun"/>
    <intermediateThrowEvent id="begun" name="收件"><extensionElements><camunda:properties>
      <camunda:property name="notice" value="begun.notice"/></camunda:properties></extensionElements>
    </intermediateThrowEvent>
    <sequenceFlow id="f2" sourceRef="begun" targetRef="tell"/>
    <userTask id="tell" name="一次性告知"><extensionElements><zeebe:formDefinition formId="tell"/>
      <zeebe:assignmentDefinition candidateGroups="window"/>
      <zeebe:ioMapping><zeebe:output source="=missing" target="missing_materials"/>
      <zeebe:output source="=address" target="home"/></zeebe:ioMapping>
      <zeebe:properties><zeebe:property name="notice" value="missing.notice"/></zeebe:properties></extensionElements>
    </userTask>
    <sequenceFlow id="f3" sourceRef="tell" targetRef="accepted"/>
    <intermediateThrowEvent id="accepted" name="已受理"><extensionElements><zeebe:properties>
      <zeebe:property name="milestone" value="accepted"/><zeebe:property name="notice" value="accepted.notice"/>
      </zeebe:properties></extensionElements></intermediateThrowEvent>
    <sequenceFlow id="f4" sourceRef="accepted" targetRef="check"/>
    <userTask id="check"><extensionElements><zeebe:assignmentDefinition candidateGroups="window"/></extensionElements>
    </userTask>
    <sequenceFlow id="f5" sourceRef="check" targetRef="end"/>
    <endEvent id="end"/>
  </process></definitions>"""
FORM = b"""{"type": "default", "id": "tell", "schemaVersion": 18, "components": [
  {"type": "textfield", "id": "F1", "key": "missing", "label": "missing"},
  {"type": "textfield", "id": "F2", "key": "address", "label": "address", "properties": {"personal": "true"}}]}"""
BEGUN = "# 收件凭证\n{applicant.name} 于 {date(case.received)} 提交。\n@qr\n"
MISSING = (
    '# 一次性告知书\n{applicant.name}（{home}）：\n- {split(missing_materials, ",")}\n> {issuer.unit}\n> {today()}\n'
)
ACCEPTED = "# 受理通知书\n{case.number} 自 {case.accepted} 起，{date(case.due)} 前办结。经办人 {issuer.agent}。\n"
FILES = {
    "notifying.bpmn": NOTIFYING,
    "tell.form": FORM.decode(),
    "begun.notice": BEGUN,
    "missing.notice": MISSING,
    "accepted.notice": ACCEPTED,
}


def sources(**changed: str | None) -> list[SourceFile]:
    """The set, with other texts of some notices; None leaves one out."""
    files = {**FILES, **{f"{name}.notice": text for name, text in changed.items()}}
    return [SourceFile(name=name, content=text.encode()) for name, text in files.items() if text is not None]


def deploy(office: Office, files: list[SourceFile]) -> Any:
    return office.definitions.deploy(files, by=office.people.person("designer"))


@pytest.fixture
def notifying(office: Office) -> Office:
    deploy(office, sources())
    head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
    office.catalogue.import_matters(head + "9900000007,开店,promised,hall,《试》,district,20,10,notifying\n")
    return office


def started(office: Office) -> Any:
    return office.cases.start("9900000007", applicant(7), {}, by=office.people.person("clerk"), window="H01")


def told(office: Office, case: Any) -> Any:
    return do(office, case["tasks"][0], missing="身份证,申请表", address="城关街 1 号")


def texts(office: Office, case: Any) -> list[list[str]]:
    """What the notices of a case say, line by line."""
    by = office.people.person("auditor")
    found = [office.notices.open(view["id"], by=by).document for view in office.notices.list(case["number"], by=by)]
    return [[d.title, *(" ".join(row) for block in d.blocks for row in block.rows)] for d in found]


def verified(office: Office, case: Any) -> Any:
    return office.history.verify(case["number"], by=office.people.person("auditor"))


def test_notices_are_given_where_the_diagram_names_them_and_say_what_is_known_then(notifying: Office) -> None:
    # given a case that has begun, and gave a notice with its first step
    case = started(notifying)
    assert texts(notifying, case) == [["收件凭证", "测试人7 于 2026年3月10日 提交。"]]

    # when the clerk tells what is missing, and the case is accepted in the same step
    case = told(notifying, case)

    # then both notices are there, with what the form gave and with the limit that acceptance set
    assert texts(notifying, case)[1:] == [
        ["一次性告知书", "测试人7（城关街 1 号）：", "身份证", "申请表", "区政务服务中心综合大厅", "2026年3月10日"],
        ["受理通知书", f"{case['number']} 自 2026年3月10日 09:00 起，2026年3月24日 前办结。经办人 安知秋。"],
    ]
    clerk = notifying.people.person("clerk")
    views = notifying.notices.list(case["number"], by=clerk)
    assert [(view["element"], view["element_name"], view["seq"]) for view in views] == [
        ("begun", "收件", 1),
        ("tell", "一次性告知", 2),
        ("accepted", "已受理", 2),
    ]

    # and the history holds their digests, a replay gives them anew, and nothing of the applicant stands open in it
    entry = notifying.history.entries(case["number"], by=clerk)["items"][1]
    assert [given["digest"] for given in entry["outcome"]["notices"]] == [view["digest"] for view in views[1:]]
    assert verified(notifying, case)["ok"]
    assert notifying.history.replay(case["number"], by=clerk)["seq"] == 2
    with notifying.database.read() as connection:
        held = "".join(connection.execute(select(tables.notice.c.content)).scalars())
    assert "身份证" in held and "测试人7" not in held and "城关街" not in held


def test_names_that_change_afterwards_leave_a_notice_and_its_proof_as_they_are(notifying: Office) -> None:
    case = told(notifying, started(notifying))
    before = texts(notifying, case)
    with notifying.database.write() as connection:
        connection.execute(update(tables.unit).values(name="又名"))
        connection.execute(update(tables.person).values(name="别人"))
    assert texts(notifying, case) == before and verified(notifying, case)["ok"]


def test_another_version_of_a_template_changes_no_notice_that_was_given(notifying: Office) -> None:
    case = started(notifying)
    made = deploy(notifying, sources(begun="# 又一凭证\n{case.number}\n"))
    assert [(one["key"], one["version"]) for one in made["definitions"]] == [("notifying", 2)]
    designer = notifying.people.person("designer")
    assert [(c.kind, c.element) for c in notifying.definitions.diff("notifying", 1, 2, by=designer)] == [
        ("notice", "begun.notice")
    ]
    assert texts(notifying, case)[0][0] == "收件凭证" and texts(notifying, started(notifying))[0][0] == "又一凭证"
    assert verified(notifying, case)["ok"]


def test_only_who_sees_the_case_sees_its_notices(notifying: Office) -> None:
    case = started(notifying)
    (view,) = notifying.notices.list(case["number"], by=notifying.people.person("leader"))
    stranger = notifying.people.person("planning")
    for read in (lambda: notifying.notices.list(case["number"], by=stranger), lambda: open_by(notifying, view["id"])):
        with pytest.raises(NotFound):
            read()
    with pytest.raises(NotFound):
        notifying.notices.open("0" * 32, by=notifying.people.person("auditor"))


def open_by(office: Office, id: str) -> Any:
    return office.notices.open(id, by=office.people.person("planning"))


@pytest.mark.parametrize(
    "tamper",
    [
        lambda c: c.execute(
            update(tables.notice).where(tables.notice.c.element == "tell").values(content='{"values":[]}')
        ),
        lambda c: c.execute(update(tables.notice).where(tables.notice.c.element == "tell").values(digest="0" * 64)),
        lambda c: c.execute(delete(tables.notice).where(tables.notice.c.element == "begun")),
        lambda c: c.execute(update(tables.notice).values(name="other.notice")),
    ],
)
def test_a_notice_changed_behind_the_offices_back_is_found(
    notifying: Office, tamper: Callable[[Connection], object]
) -> None:
    case = told(notifying, started(notifying))
    with notifying.database.write() as connection:
        tamper(connection)
    proof = verified(notifying, case)
    assert not proof["ok"] and "notice" in proof["first_bad"]["reason"]


def test_what_an_erased_applicant_was_told_says_nothing_of_them_any_more(notifying: Office) -> None:
    case = told(notifying, started(notifying))
    case = do(notifying, case["tasks"][0])
    notifying.erasure.one(case["number"], "依申请 on request")
    (view, *_) = notifying.notices.list(case["number"], by=notifying.people.person("auditor"))
    issued = notifying.notices.open(view["id"], by=notifying.people.person("auditor"))
    page = to_html(issued.document, issued.tracking, issued.proof)
    assert "测试人7" not in page and "抹除" in page and case["tracking_code"] not in page
    assert verified(notifying, case)["ok"]


@pytest.mark.parametrize(
    ("place", "cause"),
    [
        ('for i in 1..20000 return string join(for j in 1..20 return "字")', "missing.notice:2: "),
        ('for i in 1..9000 return "一二三四五六七八九十"', "notice missing.notice is longer than 256 KiB"),
    ],
)
def test_a_place_beyond_the_bounds_is_an_incident_that_can_be_retried(
    embedded_office: Office, place: str, cause: str
) -> None:
    office = embedded_office
    deploy(office, sources(missing=f"# 长\n{{{place}}}\n"))
    head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
    office.catalogue.import_matters(head + "9900000007,开店,promised,hall,《试》,district,20,10,notifying\n")
    case = told(office, started(office))
    assert case["status"] == "failed" and [one["element"] for one in case["incidents"]] == ["tell"]
    assert cause in case["incidents"][0]["cause"]
    case = office.cases.retry(case["number"], "再试", by=office.people.person("leader"))
    assert case["status"] == "failed" and len(texts(office, case)) == 1
    assert verified(office, case)["ok"]


@pytest.mark.parametrize(
    ("changed", "where", "message"),
    [
        ({"missing": None}, ("notifying.bpmn", "tell"), "neither in the set nor deployed"),
        ({"missing": "# 题\n\n值 {if x}\n"}, ("missing.notice", None), "cannot be read"),
        ({"missing": "# 题\n"}, ("missing.notice", None), "says nothing"),
        ({"missing": '# 题\n{"致" + applicant.name}\n'}, ("missing.notice", None), "personal and sealed"),
    ],
)
def test_a_notice_that_could_not_be_given_is_refused_at_upload(
    embedded_office: Office, changed: dict[str, str | None], where: tuple[str, str | None], message: str
) -> None:
    with pytest.raises(DefinitionInvalid) as refused:
        deploy(embedded_office, sources(**changed))
    (problem,) = [problem for problem in refused.value.problems if problem.severity == "error"]
    assert (problem.file, problem.element) == where and message in problem.message and problem.line > 0


@pytest.mark.parametrize("value", ["=x", "decision.txt"])
def test_a_notice_is_named_by_its_file(embedded_office: Office, value: str) -> None:
    files = sources()
    files[0] = SourceFile(name=files[0].name, content=files[0].content.replace(b"begun.notice", value.encode()))
    with pytest.raises(DefinitionInvalid, match="no name of a notice"):
        deploy(embedded_office, files)


def test_a_gateway_gives_no_notice(embedded_office: Office) -> None:
    text = NOTIFYING.replace(
        '<startEvent id="start"/>',
        """<startEvent id="start"><extensionElements><zeebe:properties>
      <zeebe:property name="notice" value="begun.notice"/></zeebe:properties></extensionElements></startEvent>""",
    )
    files = [SourceFile(name="notifying.bpmn", content=text.encode()), *sources()[1:]]
    with pytest.raises(DefinitionInvalid, match="no notice is given here"):
        deploy(embedded_office, files)
