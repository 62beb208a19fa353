"""Notices that a case gives its applicant: made in the step, proven with the history, sealed, and gone with the key."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from engine import Office
from engine.definitions.model import SourceFile
from engine.errors import Invalid, NotFound
from engine.notices.html import to_html
from engine.office.definitions import DefinitionInvalid
from engine.storage import tables
from tests.conftest import SetClock
from tests.office.at_work import applicant, do

NOTIFYING = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
  <process id="notifying" name="报装" isExecutable="true"><extensionElements><zeebe:properties>
      <zeebe:property name="notice_suspended" value="suspended.notice"/>
      <zeebe:property name="notice_resumed" value="resumed.notice"/>
      <zeebe:property name="notice_extended" value="extended.notice"/></zeebe:properties></extensionElements>
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
SUSPENDED = (
    "# 中止告知书\n{applicant.name}：因 {limit_change.ground}，自 {date(limit_change.since)} 起中止，"
    "约需 {limit_change.days} 个工作日。\n{limit_change.reason}\n"
)
RESUMED = (
    "# 恢复告知书\n自 {date(limit_change.since)} 起的 {limit_change.days} 个工作日不计，"
    "{date(limit_change.due_before)} 改为 {date(case.due)}。\n"
)
EXTENDED = (
    "# 延期告知书\n延长 {limit_change.days} 个工作日，{date(limit_change.due_before)} 改为 {date(case.due)}。"
    "\n理由：{limit_change.reason}\n"
)
FILES = {
    "notifying.bpmn": NOTIFYING,
    "tell.form": FORM.decode(),
    "begun.notice": BEGUN,
    "missing.notice": MISSING,
    "accepted.notice": ACCEPTED,
    "suspended.notice": SUSPENDED,
    "resumed.notice": RESUMED,
    "extended.notice": EXTENDED,
}


def sources(**changed: str | None) -> list[SourceFile]:
    """The set, with other texts of some notices; None leaves one out."""
    files = {**FILES, **{f"{name}.notice": text for name, text in changed.items()}}
    return [SourceFile(name=name, content=text.encode()) for name, text in files.items() if text is not None]


def deploy(office: Office, files: list[SourceFile]) -> Any:
    return office.definitions.deploy(files, by=office.people.person("designer"))


def prepared(office: Office, files: list[SourceFile]) -> Office:
    """The office with the set, and a matter that it handles."""
    deploy(office, files)
    head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
    office.catalogue.import_matters(head + "9900000007,开店,promised,hall,《试》,district,20,10,notifying\n")
    return office


def begun(office: Office, files: list[SourceFile]) -> Any:
    """An accepted case of the set."""
    prepared(office, files)
    return told(office, started(office))


@pytest.fixture
def notifying(office: Office) -> Office:
    return prepared(office, sources())


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


def moved(office: Office, case: Any, clock: SetClock) -> Any:
    """The case with a limit that stood still for six days, two of them weekend, and was extended."""
    number, clerk, leader = case["number"], office.people.person("clerk"), office.people.person("leader")
    office.cases.suspend(number, "请专家评审", "expert-review", 7, by=clerk)
    clock.pass_time(days=6)
    office.cases.resume(number, "评审已完", by=clerk)
    return office.cases.extend(number, "案情复杂", 3, by=leader)


def test_the_applicant_is_told_when_the_limit_stands_still_goes_on_and_is_extended(
    notifying: Office, clock: SetClock
) -> None:
    # given an accepted case that is to be done by 24 March
    case = told(notifying, started(notifying))

    # when its limit is suspended on Tuesday, goes on the Monday after, and is extended
    case = moved(notifying, case, clock)
    assert case["due"].startswith("2026-04-02")

    # then each of them was told in its step, with the limits before and after it
    assert texts(notifying, case)[3:] == [
        ["中止告知书", "测试人7：因 expert-review，自 2026年3月10日 起中止，约需 7 个工作日。", "请专家评审"],
        ["恢复告知书", "自 2026年3月10日 起的 4 个工作日不计，2026年3月24日 改为 2026年3月30日。"],
        ["延期告知书", "延长 3 个工作日，2026年3月30日 改为 2026年4月2日。", "理由：案情复杂"],
    ]
    clerk = notifying.people.person("clerk")
    views = notifying.notices.list(case["number"], by=clerk)[3:]
    assert [(view["name"], view["element"], view["element_name"], view["seq"]) for view in views] == [
        ("suspended.notice", "notifying", "报装", 3),
        ("resumed.notice", "notifying", "报装", 4),
        ("extended.notice", "notifying", "报装", 5),
    ]

    # and the entries hold their digests, a replay gives them anew, and no reason stands open in what is kept
    entries = notifying.history.entries(case["number"], by=clerk)["items"][2:]
    assert [one["digest"] for entry in entries for one in entry["outcome"]["notices"]] == [v["digest"] for v in views]
    assert verified(notifying, case)["ok"]
    assert notifying.history.replay(case["number"], by=clerk)["seq"] == 5
    with notifying.database.read() as connection:
        held = "".join(connection.execute(select(tables.notice.c.content)).scalars())
    assert "expert-review" in held and "请专家评审" not in held and "案情复杂" not in held


def test_why_a_limit_was_changed_is_erased_with_its_applicant(notifying: Office, clock: SetClock) -> None:
    case = moved(notifying, told(notifying, started(notifying)), clock)
    do(notifying, case["tasks"][0])
    notifying.erasure.one(case["number"], "依申请 on request")
    read = texts(notifying, case)
    assert [lines[0] for lines in read[3:]] == ["中止告知书", "恢复告知书", "延期告知书"]
    assert (
        "抹除" in read[3][1]
        and "抹除" in read[3][2]
        and not any("专家" in line or "案情" in line for lines in read for line in lines)
    )
    assert verified(notifying, case)["ok"]


def test_a_process_that_names_no_notice_of_its_limit_gives_none(embedded_office: Office, clock: SetClock) -> None:
    office = embedded_office
    files = [one for one in sources() if one.name not in ("suspended.notice", "resumed.notice", "extended.notice")]
    text = re.sub(rb'<zeebe:property name="notice_\w+" value="\w+.notice"/>', b"", files[0].content)
    case = begun(office, [SourceFile(name=files[0].name, content=text), *files[1:]])
    assert len(texts(office, moved(office, case, clock))) == 3 and verified(office, case)["ok"]


def test_a_notice_of_the_limit_that_cannot_be_made_leaves_the_limit_as_it_was(embedded_office: Office) -> None:
    office = embedded_office
    case = begun(office, sources(suspended='# 长\n\n{for i in 1..9000 return "一二三四五六七八九十"}\n'))
    with pytest.raises(Invalid, match=r"suspended\.notice is longer than 256 KiB"):
        office.cases.suspend(case["number"], "评审", "expert-review", by=office.people.person("clerk"))
    after = office.cases.get(case["number"], by=office.people.person("clerk"))
    assert after == case and verified(office, case)["ok"]


@pytest.mark.parametrize("days", [0, 367])
def test_what_suspends_a_limit_takes_days_that_can_be(embedded_office: Office, days: int) -> None:
    office = embedded_office
    case = begun(office, sources())
    with pytest.raises(Invalid) as refused:
        office.cases.suspend(case["number"], "评审", "expert-review", days, by=office.people.person("clerk"))
    assert [error.pointer for error in refused.value.errors] == ["/days"]


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
    code = case["tracking_code"]
    notifying.erasure.one(case["number"], "依申请 on request")
    (view, *_) = notifying.notices.list(case["number"], by=notifying.people.person("auditor"))
    issued = notifying.notices.open(view["id"], by=notifying.people.person("auditor"))
    page = to_html(issued.document, issued.tracking, issued.proof)
    assert "测试人7" not in page and "抹除" in page and code not in page
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
    case = begun(office, sources(missing=f"# 长\n{{{place}}}\n"))
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
        ({"extended": None}, ("notifying.bpmn", "notifying"), "neither in the set nor deployed"),
        ({"extended": "# 题\n{upper case(limit_change.reason)}\n"}, ("extended.notice", None), "personal and sealed"),
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
@pytest.mark.parametrize("named", [b"begun.notice", b"resumed.notice"])
def test_a_notice_is_named_by_its_file(embedded_office: Office, named: bytes, value: str) -> None:
    files = sources()
    files[0] = SourceFile(name=files[0].name, content=files[0].content.replace(named, value.encode()))
    with pytest.raises(DefinitionInvalid, match="no name of a notice"):
        deploy(embedded_office, files)


def test_what_is_told_of_the_limit_is_named_at_the_process(embedded_office: Office) -> None:
    text = NOTIFYING.replace('name="notice" value="begun.notice"', 'name="notice_extended" value="extended.notice"')
    files = [SourceFile(name="notifying.bpmn", content=text.encode()), *sources()[1:]]
    with pytest.raises(DefinitionInvalid, match="name it at the process") as refused:
        deploy(embedded_office, files)
    assert [one.element for one in refused.value.problems if one.severity == "error"] == ["begun"]


def test_a_gateway_gives_no_notice(embedded_office: Office) -> None:
    text = NOTIFYING.replace(
        '<startEvent id="start"/>',
        """<startEvent id="start"><extensionElements><zeebe:properties>
      <zeebe:property name="notice" value="begun.notice"/></zeebe:properties></extensionElements></startEvent>""",
    )
    files = [SourceFile(name="notifying.bpmn", content=text.encode()), *sources()[1:]]
    with pytest.raises(DefinitionInvalid, match="no notice is given here"):
        deploy(embedded_office, files)
