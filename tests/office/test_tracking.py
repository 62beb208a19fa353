"""What the applicant follows is the handling of the case, not how the office sees to it that it is handled."""

from __future__ import annotations

from typing import Any

from engine import Office
from tests.conftest import SetClock
from tests.office.at_work import accept, do_named, matter_of_type, to_the_end


def stages(office: Office, case: Any) -> tuple[list[str], list[str]]:
    """Names of the steps that the applicant is told were done, and of those that the case is at."""
    told = office.cases.track(case["number"], case["tracking_code"])
    return [step["name"] for step in told["steps"]], told["waiting"]


def test_reminders_and_supervision_are_no_stages_of_the_case(embedded_office: Office, clock: SetClock) -> None:
    # given a promised case that nobody decides until after its limit
    office = embedded_office
    case: Any = accept(office, matter_of_type(office, "promised"))
    for step in ("check_materials", "confirm_type", "issue_slip"):
        case = do_named(office, case, step)
    clock.pass_time(days=60)
    office.clock.tick()
    case = office.cases.get(case["number"], by=office.people.person("clerk"))
    assert {task["name"] for task in case["tasks"]} == {"审查办理", "临期提醒", "超时督办"}

    # then the applicant is told of the handling alone, also when the leader has done what was theirs
    assert stages(office, case) == (["核对材料", "确认办件类型", "出具承诺单"], ["审查办理"])
    case = do_named(office, case, "supervise")
    assert stages(office, case) == (["核对材料", "确认办件类型", "出具承诺单"], ["审查办理"])

    # and of each further step of it
    to_the_end(office, case)
    done, waiting = stages(office, case)
    assert done == ["核对材料", "确认办件类型", "出具承诺单", "审查办理", "作出决定", "制作答复", "送达"]
    assert waiting == []
