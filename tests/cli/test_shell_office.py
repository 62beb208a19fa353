"""The office from the shell: its people, their programs' tokens, its catalogue."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click
import pytest

from api.shell import main
from engine import Office
from engine.errors import Unauthorised
from engine.office.people import FirstPassword
from tests.api.calling import MODELS
from tests.cli.conftest import Shell


def test_a_command_is_what_its_name_says_and_loads_no_server() -> None:
    context = click.Context(main)
    names = main.list_commands(context)
    assert {"init", "serve", "show", "feel"} <= set(names) and main.get_command(context, "shew") is None
    for name in names:
        command = main.get_command(context, name)
        assert command is not None and command.name == name
    look = "import sys; from api.shell import main; main(['cases', '-h'], standalone_mode=False); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout.split()
    assert "api.shell.cases" in loaded
    assert not {"flask", "gunicorn", "api.application", "api.shell.people"} & set(loaded)


def test_somebody_joins_works_and_leaves(shell: Shell) -> None:
    shell.out(
        "user", "add", "li", "--name", "李试", "--unit", "hall:clerk", "--unit", "housing:clerk", input="a long one 1\n"
    )
    (li,) = [person for person in shell.json("user", "list") if person["username"] == "li"]
    assert (li["name"], li["units"]) == (
        "李试",
        [{"unit": "hall", "role": "clerk"}, {"unit": "housing", "role": "clerk"}],
    )
    assert "李试" in shell.out("user", "list")

    shell.out("user", "passwd", "li", "--password", "another long one 2")
    office = Office.from_environment()
    assert office.people.authenticate("li", "another long one 2").username == "li"

    shell.out("user", "disable", "li")
    with pytest.raises(Unauthorised):
        office.people.authenticate("li", "another long one 2")
    office.close()


def test_the_shell_makes_first_passwords(shell: Shell) -> None:
    made = shell.out("user", "add", "li", "--name", "李", "--unit", "hall:clerk", "--first")
    renewed = shell.out("user", "passwd", "li", "--first")
    first, second = (said.strip().rsplit(" ", 1)[1] for said in (made, renewed))
    office = Office.from_environment()
    with pytest.raises(Unauthorised):
        office.people.authenticate("li", first)
    with pytest.raises(FirstPassword):
        office.people.authenticate("li", second)
    office.people.change_password("li", second, "another long one 2")
    assert office.people.authenticate("li", "another long one 2").username == "li"
    office.close()


def test_the_shell_says_when_nobody_administers_the_office(shell: Shell) -> None:
    shell.out("user", "add", "li", "--name", "李", "--unit", "hall:admin", "--password", "a long one 1")
    office = Office.from_environment()
    administrators = [one["username"] for one in office.people.list() if "admin" in {u["role"] for u in one["units"]}]
    office.close()
    said = [shell.run("user", "disable", username).stderr for username in administrators]
    assert len(said) > 1 and not any(said[:-1])
    assert "Nobody administers the office any more" in said[-1] and "user add" in said[-1]


def test_who_logs_in_elsewhere_needs_no_password_here(shell: Shell) -> None:
    shell.out("user", "add", "li", "--name", "李", "--unit", "hall:clerk", "--no-password")
    office = Office.from_environment()
    assert office.people.admit("li").name == "李"
    with pytest.raises(Unauthorised):
        office.people.authenticate("li", "")
    office.close()


def test_the_account_of_a_worker_has_a_token_and_no_password(shell: Shell) -> None:
    shell.out("user", "add", "bank", "--name", "银行", "--unit", "hall:worker")
    token = shell.json("token", "new", "bank")["token"]
    office = Office.from_environment()
    assert office.people.by_token(token).username == "bank"
    for password in ("", "a long one 1"):
        with pytest.raises(Unauthorised):
            office.people.authenticate("bank", password)
    office.close()


@pytest.mark.parametrize(
    ("units", "code"), [("nowhere:clerk", 1), ("hall:king", 1), ("hall", 2)], ids=["unit", "role", "form"]
)
def test_a_place_that_does_not_exist_is_refused(shell: Shell, units: str, code: int) -> None:
    result = shell.run("user", "add", "li", "--name", "李", "--unit", units, "--password", "a long one 1")
    assert result.exit_code == code
    assert "li" not in [person["username"] for person in shell.json("user", "list")]


def test_a_token_works_until_it_is_revoked(shell: Shell) -> None:
    made = shell.json("token", "new", "clerk", "--days", "3")
    assert made.keys() == {"token", "expires"}
    office = Office.from_environment()
    assert office.people.by_token(made["token"]).username == "clerk"
    shell.out("token", "revoke", made["token"])
    with pytest.raises(Unauthorised):
        office.people.by_token(made["token"])
    office.close()
    assert shell.run("token", "revoke", made["token"] + "x").exit_code == 1
    assert shell.run("token", "new", "nobody").exit_code == 1


def test_the_catalogue_is_brought_in_from_tables(shell: Shell) -> None:
    units = "code,name,level,parent\nnew,新局,department,chenghuai\n"
    # As spreadsheets save it, with a byte order mark.
    (shell.folder / "units.csv").write_text(units, encoding="utf-8-sig")
    (shell.folder / "windows.csv").write_text("code,name,unit,address\nN01,新窗口,new,一层\n", encoding="utf-8")
    assert shell.json("unit", "import", "units.csv") == {"created": 1, "updated": 0}
    assert shell.out("window", "import", "windows.csv").strip() == "1 windows added, 0 changed."
    assert shell.json("unit", "import", "units.csv") == {"created": 0, "updated": 0}


def test_who_brought_the_catalogue_in_is_recorded_and_must_be_an_administrator(shell: Shell) -> None:
    tables = {
        "unit": "code,name,level,parent\nnew,新局,department,chenghuai\n",
        "window": "code,name,unit,address\nN01,新窗口,new,一层\n",
        "matter": (MODELS / "matters.csv").read_text(encoding="utf-8"),
    }
    for name, text in tables.items():
        (shell.folder / f"{name}.csv").write_text(text, encoding="utf-8")
        refused = shell.run(name, "import", f"{name}.csv", "--as", "clerk")
        assert refused.exit_code == 1 and "administrators" in refused.stderr
        assert shell.json(name, "import", f"{name}.csv", "--as", "admin")["created"] > 0
    acts = shell.json("history", "--office")["items"][-3:]
    assert [(act["kind"], act["actor"]) for act in acts] == [
        ("units.imported", "admin"),
        ("windows.imported", "admin"),
        ("matters.imported", "admin"),
    ]


def test_the_catalogue_is_listed(shell: Shell) -> None:
    office = Office.from_environment()
    known = {"unit": office.catalogue.units(), "window": office.catalogue.windows()}
    known["matter"] = office.catalogue.matters()
    office.close()
    for name, entries in known.items():
        assert shell.json(name, "list") == {"items": entries, "next": None}
        head, _, *lines = shell.out(name, "list").splitlines()
        assert head.startswith("CODE")
        assert [line.split()[0] for line in lines] == [entry["code"] for entry in entries]
    found = shell.json("matter", "list", "--q", "getigongshang")["items"]
    assert [matter["name"] for matter in found] == ["个体工商户设立登记"]
    assert "个体工商户设立登记" in shell.out("matter", "list", "--q", "gtgsh")


def test_a_table_with_a_mistake_changes_nothing_and_says_which_line(shell: Shell) -> None:
    (shell.folder / "units.csv").write_text("code,name,level,parent\na,甲,department,chenghuai\nb,乙,moon,\n")
    result = shell.run("unit", "import", "units.csv")
    assert result.exit_code == 1
    assert "3" in result.stderr
    (shell.folder / "gbk.csv").write_bytes("code,name,level,parent\na,甲,department,\n".encode("gbk"))
    assert shell.run("unit", "import", "gbk.csv").exit_code == 1
    assert shell.run("unit", "import", "none.csv").exit_code == 2


def test_every_command_explains_itself(shell: Shell) -> None:
    def walk(*path: str) -> None:
        text = shell.out(*path, "--help")
        assert text.startswith("Usage: yichuang")
        _, found, commands = text.partition("Commands:\n")
        if found:
            for line in commands.splitlines():
                if line.startswith("  ") and line[2:3].isalpha():
                    walk(*path, line.split()[0])

    walk()


def test_the_offices_own_days_from_the_shell(shell: Shell) -> None:
    year = shell.json("calendar", "set", "2026-10-08", "closed", "--reason", "台风", "--as", "admin")
    assert {"date": "2026-10-08", "kind": "closed", "source": "office", "reason": "台风"} in year["days"]
    sheet = shell.folder / "days.csv"
    sheet.write_text("date,kind,reason\n2026-10-05,worked,保障\n", encoding="utf-8")
    shell.out("calendar", "import", str(sheet))
    assert "2026-10-05  worked  office" in shell.out("calendar", "list", "--year", "2026")
    shell.out("calendar", "remove", "2026-10-08")
    assert shell.json("calendar", "closing", "17:30")["closes"] == "17:30"
    shell.out("calendar", "recount")
    refused = shell.run("calendar", "set", "2026-10-08", "closed", "--reason", "x", "--as", "clerk")
    assert refused.exit_code == 1 and "administrators" in refused.output
    assert shell.run("calendar", "set", "2026-10-08", "off", "--reason", "x").exit_code == 2


def test_a_token_may_be_for_a_part_alone(shell: Shell) -> None:
    made = shell.json("token", "new", "clerk", "--scope", "work", "--scope", "read")
    office = Office.from_environment()
    assert office.people.by_token(made["token"]).scopes == {"read", "work"}
    assert office.people.tokens("clerk")[0]["scopes"] == ["read", "work"]
    assert office.people.by_token(shell.json("token", "new", "clerk")["token"]).scopes is None
    office.close()
    assert shell.run("token", "new", "clerk", "--scope", "everything").exit_code == 2


def test_a_colleague_stands_in_from_the_shell(shell: Shell) -> None:
    shell.out("user", "add", "li", "--name", "李", "--unit", "hall:clerk", input="a long one 1\n")
    # Until tomorrow: it may be midnight meanwhile.
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    today, tomorrow = (day.date().isoformat() for day in (now, now + timedelta(days=1)))
    days = ("--since", today, "--until", tomorrow)
    made = shell.json("substitute", "name", "clerk", "li", *days)
    assert (made["username"], made["substitute"], made["since"]) == ("clerk", "li", today)
    assert shell.json("substitute", "list") == [made]
    assert "li" in shell.out("substitute", "list")
    refused = shell.run("substitute", "name", "clerk", "li", *days)
    assert refused.exit_code == 1 and "/since" in refused.output
    assert shell.run("substitute", "end", made["id"], "--as", "leader").exit_code == 1
    shell.out("substitute", "end", made["id"], "--as", "clerk")
    assert shell.json("substitute", "list") == []
