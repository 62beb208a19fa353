"""The office's people doing their ordinary work: finds who may take a task, and takes the first options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stdnum.cn import ric

from engine import Office, forms
from engine.office.person import Person, Role
from engine.office.rights import Rights


def identity_number(serial: int) -> str:
    """A resident identity number whose check character is right, and which is plainly made up."""
    stem = f"110101{1900 + serial // 1000:04d}0101{serial % 1000:03d}"
    return stem + str(ric.calc_check_digit(stem + "0"))


def applicant(serial: int = 901) -> dict[str, str]:
    """An applicant nobody is."""
    return {
        "name": f"测试人{serial}",
        "id_type": "resident_id",
        "id_number": identity_number(serial),
        "phone": "010-60000000",
    }


def window_of(office: Office, unit: str) -> str:
    """The code of a unit's first window."""
    return next(window["code"] for window in office.catalogue.windows() if window["unit"] == unit)


def accept(office: Office, matter: str, *, clerk: str = "clerk", serial: int = 901, **data: Any) -> dict[str, Any]:
    """Accept a matter at the clerk's first window."""
    by = office.people.person(clerk)
    (unit, *_) = sorted(by.units(Role.CLERK))
    return office.cases.start(matter, applicant(serial), data, by=by, window=window_of(office, unit))


def matter_of_type(office: Office, type: str, fits: Callable[[Any], bool] = lambda matter: True) -> str:
    """The code of the first matter of a type."""
    return next(m["code"] for m in office.catalogue.matters() if m["type"] == type and fits(m))


def who_may(office: Office, task: Any) -> Person:
    """Somebody who may take a task."""
    above = {task["unit"], *office.catalogue.ancestors(task["unit"] or "")}
    for listed in office.people.list():
        if task["assignee"] != listed["username"] and not above & {place["unit"] for place in listed["units"]}:
            continue
        person = office.people.person(listed["username"])
        if Rights(person, office.catalogue.ancestors).may_take(task["unit"], task["role"], task["assignee"]):
            return person
    raise AssertionError(f"nobody may take {task}")


def ordinary(office: Office, task: Any, by: Person) -> dict[str, Any]:
    """The ordinary answer to a task's form."""
    whole = office.tasks.get(task["id"], by=by)
    return forms.ordinary(whole["form"], whole["data"]) if whole["form"] else {}


def do(office: Office, task: Any, **answers: Any) -> dict[str, Any]:
    """Complete a task ordinarily, but for `answers`."""
    by = who_may(office, task)
    return office.tasks.complete(task["id"], ordinary(office, task, by) | answers, by=by)


def do_named(office: Office, case: Any, element: str, **answers: Any) -> dict[str, Any]:
    """Complete the case's task at an element."""
    task = next(task for task in case["tasks"] if task["element"] == element)
    return do(office, task, **answers)


def until(office: Office, case: Any, element: str) -> Any:
    """Do the tasks of a case, the first each time, until one of an element is open."""
    while not any(task["element"] == element for task in case["tasks"]):
        case = do(office, case["tasks"][0])
    return case


def to_the_end(office: Office, case: Any, most: int = 120) -> dict[str, Any]:
    """Complete whatever is open, ordinarily, until the case ends or waits for something else."""
    for _ in range(most):
        if not case["tasks"]:
            return case
        case = do(office, case["tasks"][0])
    raise AssertionError(f"the case does not end: {[task['element'] for task in case['tasks']]}")


def keep_for(office: Office, code: str, years: int) -> None:
    """Say for how long the cases of a matter are kept."""
    matter = office.catalogue.matter(code)
    head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process,retention_years"
    row = ",".join(str(matter[name]) for name in head.split(",")[:-1])  # type: ignore[literal-required]
    office.catalogue.import_matters(f"{head}\n{row},{years}\n")
