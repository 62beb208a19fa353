"""Cases far larger than an office's ordinary ones."""

from __future__ import annotations

from engine import Office
from tests.office.at_work import accept, do

MANY = 300


def _matter_of_many_departments(office: Office) -> str:
    """A joint matter that three hundred departments examine, with a clerk for all of them; gives its code."""
    units = [f"d{n:03}" for n in range(MANY)]
    rows = "\n".join(f"{unit},第{unit}局,department,chenghuai" for unit in units)
    office.catalogue.import_units(f"code,name,level,parent\n{rows}\n")
    office.people.add("everywhere", "到处办", "never-typed-in-2026", [(unit, "clerk") for unit in units])
    head = (
        "code,name,type,unit,departments,legal_basis,level,statutory_days,promised_days,materials,fee,visits,"
        "windows,process"
    )
    matter = f"9900101001,并联办理,joint,housing,{';'.join(units)},《试验办法》第一条,district,20,10,,0,1,,one_window"
    office.catalogue.import_matters(f"{head}\n{matter}\n")
    return "9900101001"


def test_three_hundred_departments_examine_a_case_at_the_same_time(embedded_office: Office) -> None:
    office = embedded_office
    case = accept(office, _matter_of_many_departments(office))
    while len(case["tasks"]) < MANY:
        case = do(office, case["tasks"][0])

    before = len(case["tasks"])
    asked = [task for task in case["tasks"] if task["unit"].startswith("d")]
    assert len(asked) == MANY
    by = office.people.person("everywhere")
    for task in (asked[0], asked[150], asked[-1]):
        whole = office.tasks.get(task["id"], by=by)
        assert whole["form"] is not None
        case = do(office, task)
    assert len(case["tasks"]) == before - 3
    proof = office.history.verify(case["number"], by=office.people.person("auditor"))
    assert proof["ok"], proof
