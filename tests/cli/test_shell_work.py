"""Work from the shell: a case from its acceptance to its end, and what the auditors read of it."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from engine import Office
from engine.storage import tables
from tests.api.calling import MODELS, PDF
from tests.cli.conftest import Shell


def test_a_case_goes_its_way(working: Shell) -> None:
    case = working.json("start", "9900101001", "--data", "opening.json", "--as", "clerk")
    assert (case["status"], case["tasks"][0]["name"]) == ("open", "查看")

    done = working.file("look.json", {"finding": "齐全"})
    looked = working.json("complete", case["tasks"][0]["id"], "--data", done, "--as", "clerk")
    answered = working.file("answer.json", {"data": {"agree": True}})
    ended = working.json("complete", looked["tasks"][0]["id"], "--data", answered, "--as", "housing")
    assert ended["status"] == "completed"

    assert working.json("show", case["number"]) == ended
    listed = working.json("cases", "--status", "completed", "--matter", "9900101001")
    assert [row["number"] for row in listed["items"]] == [case["number"]]
    assert working.json("cases", "--as", "planning")["items"] == []


def test_the_shell_reads_like_a_table_where_chinese_takes_two_places(working: Shell) -> None:
    working.out("start", "9900101001", "--data", "opening.json", "--as", "clerk")
    head, rule, row = working.out("cases").splitlines()
    assert head.split() == ["NUMBER", "MATTER", "TYPE", "STATUS", "DUE", "WINDOW", "APPLICANT"]
    assert set(rule) == {"-", " "}
    # 试验事项 has four characters and eight places, so the next column begins four characters earlier.
    assert row.index("instant") == head.index("TYPE") - 4
    assert "测试甲" in row


def test_what_is_late_says_since_when(working: Shell) -> None:
    # given a task without a limit of its own, of a case that has one
    case = working.json("start", "9900101001", "--data", "opening.json", "--as", "clerk")
    assert [line.split()[-1] for line in working.out("show", case["number"]).splitlines()[-1:]] == ["window"]
    done = working.file("look.json", {"finding": "齐全"})
    looked = working.json("complete", case["tasks"][0]["id"], "--data", done, "--as", "clerk")
    assert looked["tasks"][0]["due"] is None
    due = datetime.fromisoformat(looked["due"])
    working.out("tick", "--now", (due + timedelta(days=1)).isoformat())

    # then both say by when it was due, and that it is late
    shown = working.out("show", case["number"])
    assert re.search(f"^due +{due:%Y-%m-%d %H:%M} \\(late\\)$", shown, re.MULTILINE)
    assert shown.splitlines()[-1].endswith(f"{due:%Y-%m-%d %H:%M} (the case's, late)")


def test_what_a_person_may_not_do_the_shell_does_not_do_either(working: Shell) -> None:
    refused = working.run("start", "9900101001", "--data", "opening.json", "--as", "auditor")
    assert (refused.exit_code, working.json("cases")["items"]) == (1, [])
    assert refused.stderr.startswith("yichuang: ")
    nobody = working.run("start", "9900101001", "--data", "opening.json", "--as", "nobody")
    assert nobody.exit_code == 1
    assert "nobody" in nobody.stderr


def test_wrong_fields_are_named_by_their_pointers(working: Shell) -> None:
    case = working.json("start", "9900101001", "--data", "opening.json", "--as", "clerk")
    refused = working.run("complete", case["tasks"][0]["id"], "--as", "clerk")
    assert refused.exit_code == 1
    assert "/data/finding: " in refused.stderr
    assert "Traceback" not in refused.output
    working.file("wrong.json", {"applicant": {"name": "x"}, "colour": "red"})
    wrong = working.run("start", "9900101001", "--data", "wrong.json", "--as", "clerk")
    assert wrong.exit_code == 1
    assert "/applicant/id_number: " in wrong.stderr
    assert "/colour: " in wrong.stderr


def test_what_changes_something_needs_a_person(working: Shell) -> None:
    result = working.run("start", "9900101001", "--data", "opening.json")
    assert result.exit_code == 2
    assert "--as" in result.stderr


def test_a_material_is_handed_in_listed_and_read(working: Shell) -> None:
    number = working.json("start", "9900101001", "--data", "opening.json", "--as", "clerk")["number"]
    (working.folder / "申请书.pdf").write_bytes(PDF)
    asked = ("--material", "申请书", "--grade", "B", "--note", "原件")
    made = working.json("material", "add", number, "申请书.pdf", *asked, "--as", "clerk")
    listed = working.json("material", "list", number)["items"]
    assert listed == [made]
    assert (made["name"], made["size"], made["material"], made["grade"]) == ("申请书.pdf", len(PDF), "申请书", "B")
    assert "申请书.pdf" in working.out("material", "list", number)

    working.out("material", "get", number, made["id"], "-o", "back.pdf")
    assert (working.folder / "back.pdf").read_bytes() == PDF
    assert working.out("verify", number)

    # what is something else than its name says, and who may not see it, are refused, and nothing is written
    (working.folder / "照片.png").write_bytes(PDF)
    disguised = working.run("material", "add", number, "照片.png", "--as", "clerk")
    assert disguised.exit_code == 1 and "/file" in disguised.stderr
    assert working.run("material", "add", number, "申请书.pdf", "--as", "auditor").exit_code == 1
    assert working.run("material", "get", number, made["id"], "-o", "no.pdf", "--as", "planning").exit_code == 1
    assert not (working.folder / "no.pdf").exists()
    assert working.json("material", "list", number)["items"] == [made]


class TestAudit:
    """`history`, `replay` and `verify`."""

    @pytest.fixture
    def number(self, working: Shell) -> str:
        """Number of a case with two entries."""
        case = working.json("start", "9900101001", "--data", "opening.json", "--as", "clerk")
        working.file("look.json", {"finding": "齐全"})
        working.out("complete", case["tasks"][0]["id"], "--data", "look.json", "--as", "clerk")
        return str(case["number"])

    def test_the_history_is_read(self, working: Shell, number: str) -> None:
        items = working.json("history", number)["items"]
        assert [(e["seq"], e["kind"], e["actor"]) for e in items] == [
            (1, "case.started", "clerk"),
            (2, "task.completed", "clerk"),
        ]
        assert "task.completed" in working.out("history", number)

    def test_the_reason_of_a_step_stands_beside_it(self, working: Shell, number: str) -> None:
        office = Office("sqlite:///var/yichuang.db")
        clerk = office.people.person("clerk")
        office.cases.comment(number, "已电话联系", by=clerk)
        office.cases.withdraw(number, "申请人不办了", by=clerk)
        office.close()
        head, _, _, looked, commented, withdrawn = working.out("history", number).splitlines()
        assert head.endswith("REASON")
        assert commented.endswith("  已电话联系") and withdrawn.endswith("  申请人不办了")
        assert re.search(r" [0-9a-f]{12}$", looked)
        assert "   reason: 申请人不办了" in working.out("replay", number).splitlines()

    def test_a_replay_tells_each_entry_once_with_what_it_changed(self, working: Shell, number: str) -> None:
        course, state = working.out("replay", number).split("\n\n", 1)
        second = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
        assert [re.sub(second, "AT", line) for line in course.splitlines()] == [
            "1  AT  clerk  case.started",
            "   task opened: 查看 (look), window",
            "   status: open",
            "   type: instant",
            '   data purpose: "试验"',
            '   data type: "instant"',
            "2  AT  clerk  task.completed  查看 (look)",
            "   task closed: 查看 (look), window",
            "   task opened: 答复 (answer), housing",
            *(line for line in course.splitlines() if line.startswith("   due: (none) → ")),
            "   data amount: 1",
            '   data contact: ""',
            '   data finding: "齐全"',
        ]

        # then how it stands: where, without what only holds that, its tasks and its data
        facts, tasks, data = state.split("\n\n")
        assert re.search("^at +答复 \\(answer\\)$", facts, re.MULTILINE)
        assert facts.startswith("After entry 2, ")
        assert "答复 (answer)  housing" in tasks
        assert re.search('^finding +"齐全"$', data, re.MULTILINE)

        # and between two moments
        between = working.out("replay", number, "--at", "1", "--to", "2").splitlines()
        assert between[0] == "From entry 1 to entry 2:"
        assert between[1:] == course.splitlines()[7:]
        assert working.out("replay", number, "--at", "2", "--to", "2").splitlines()[1:] == ["   nothing"]

    def test_a_case_is_replayed_to_an_entry_or_a_time(self, working: Shell, number: str) -> None:
        entries = working.json("history", number)["items"]
        assert working.json("replay", number)["seq"] == 2
        assert working.json("replay", number, "--at", "1")["seq"] == 1
        between = datetime.fromisoformat(entries[1]["at"]) - timedelta(microseconds=1)
        assert working.json("replay", number, "--at", between.isoformat())["seq"] == 1
        assert working.run("replay", number, "--at", "yesterday").exit_code == 2
        assert working.run("replay", number, "--at", "9").exit_code == 1

    def test_what_holds_is_said_to_hold_and_what_that_does_not_prove(self, working: Shell, number: str) -> None:
        text = working.out("verify", number)
        assert "2 entries hold" in text
        assert "removed" in text
        assert working.json("verify", "--all") == {"ok": True, "entries": 2, "first_bad": None}

    def test_the_first_entry_that_does_not_hold_is_named(self, working: Shell, number: str) -> None:
        office = Office.from_environment()
        with office.database.write() as connection:
            connection.execute(update(tables.entry).where(tables.entry.c.seq == 2).values(actor="auditor"))
        office.close()
        result = working.run("verify", "--all")
        assert result.exit_code == 1
        assert f"{number}, entry 2" in result.stdout
        result = working.run("verify", number, "--json")
        assert result.exit_code == 1
        assert json.loads(result.stdout)["first_bad"]["seq"] == 2

    def test_verify_wants_to_know_what(self, working: Shell) -> None:
        assert working.run("verify").exit_code == 2
        assert working.run("verify", "20260310-H01-9999-X").exit_code == 1


class TestDefinitions:
    """`lint`, `deploy` and `definitions`."""

    def test_lint_says_where_and_what(self, shell: Shell) -> None:
        result = shell.run("lint", str(MODELS / "broken.bpmn"))
        assert result.exit_code == 1
        assert any(
            line.startswith("broken.bpmn:5:") and ": error: [" in line and line.endswith("(odd)")
            for line in result.stdout.splitlines()
        )
        assert not (shell.folder / "var" / "lint").exists()

    def test_lint_for_programs(self, shell: Shell) -> None:
        result = shell.run("lint", str(MODELS / "broken.bpmn"), "--json")
        assert result.exit_code == 1
        (odd, *_) = [p for p in json.loads(result.stdout)["problems"] if p["element"] == "odd"]
        assert odd.keys() == {"file", "line", "column", "element", "rule", "severity", "message"}
        good = shell.json("lint", str(MODELS / "two_steps.bpmn"), str(MODELS / "look.form"))
        assert [p for p in good["problems"] if p["severity"] == "error"] == []

    def test_deploying_again_changes_nothing(self, working: Shell) -> None:
        files = (str(MODELS / "two_steps.bpmn"), str(MODELS / "look.form"))
        made = working.json("deploy", *files, "--as", "designer")
        assert [(d["key"], d["version"]) for d in made["definitions"]] == [("two_steps", 1)]
        assert "Nothing is new" in working.out("deploy", *files, "--as", "designer")
        assert [d["key"] for d in working.json("definitions")["items"]] == ["two_steps"]

    def test_a_dry_run_and_a_refusal_deploy_nothing(self, shell: Shell) -> None:
        files = (str(MODELS / "two_steps.bpmn"), str(MODELS / "look.form"))
        assert "dry run" in shell.out("deploy", *files, "--dry-run", "--as", "designer")
        assert shell.run("deploy", *files, "--as", "clerk").exit_code == 1
        broken = shell.run("deploy", str(MODELS / "broken.bpmn"), "--as", "designer")
        assert broken.exit_code == 1
        assert "(odd)" in broken.stderr
        assert shell.json("definitions")["items"] == []


class TestTime:
    """`tick`."""

    def test_a_demonstration_offices_clock_goes_forward_for_good(self, working: Shell) -> None:
        assert working.json("tick") == {"fired": 0, "delivered": 0}
        working.out("tick", "--now", "2099-01-05T09:00:00+08:00")
        case = working.json("start", "9900101001", "--data", "opening.json", "--as", "clerk")
        assert case["received"].startswith("2099-01-05T09:0")
        back = working.run("tick", "--now", "2098-01-05T09:00:00+08:00")
        assert back.exit_code == 1
        assert working.run("tick", "--now", "soon").exit_code == 2

    def test_it_says_what_time_it_is_and_whether_anything_was_due(self, timed: Shell) -> None:
        # given an office in which nothing is due
        idle = "Nothing was due: a running server or worker fires timers itself, as soon as they are due.\n"
        assert timed.out("tick") == idle

        # when a timer of a case is, then it fires, and the next time it says who may have been faster
        timed.out("start", "9900101009", "--data", "opening.json", "--as", "clerk")
        assert timed.out("tick", "--now", "2099-01-05T09:00:00+08:00") == (
            "It is 2099-01-05 09:00 in the office now.\n1 timer fired.\n"
        )
        told = timed.out("tick", "--now", "2099-01-06T09:00:00+08:00")
        assert told == f"It is 2099-01-06 09:00 in the office now.\n{idle}"

    def test_no_other_offices_clock_can_be_moved(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("YICHUANG_DATABASE_URL", "sqlite:///var/real.db")
        office = Office.from_environment()
        office.upgrade()
        office.close()
        assert shell.run("tick", "--now", "2099-01-05T09:00:00+08:00").exit_code == 1


class TestFeel:
    """`feel`."""

    @pytest.mark.parametrize(
        ("expression", "written"),
        [
            ("1 + 2", "3"),
            ("0.1 + 0.2", "0.3"),
            ('"一" + "窗"', '"一窗"'),
            ("[1, null, true]", "[1, null, true]"),
            ('date("2026-03-10") + duration("P1D")', '"2026-03-11"'),
            ("= amount > 5000", "true"),
            ("${amount > 5000}", "true"),
        ],
    )
    def test_an_expression_is_evaluated(self, shell: Shell, expression: str, written: str) -> None:
        shell.file("context.json", {"amount": 6000})
        assert shell.out("feel", expression, "--context", "context.json").strip() == written

    def test_what_is_no_expression_is_refused_with_its_place(self, shell: Shell) -> None:
        result = shell.run("feel", "1 +")
        assert result.exit_code == 1
        assert "column 4" in result.stderr


def test_the_figures_are_shown_as_tables_and_as_the_call_has_them(working: Shell) -> None:
    working.out("start", "9900101001", "--data", "opening.json", "--as", "clerk")
    told, found = working.out("statistics", "--by", "unit"), working.json("statistics", "--by", "unit")
    assert found["totals"]["received"] == sum(group["received"] for group in found["groups"]) == 1
    assert found["groups"][0]["name"] in told and "查看" in told and found["late"] in told
    (by_type,) = [line for line in working.out("statistics", "--by", "type").splitlines() if line.startswith("instant")]
    assert by_type.split()[:2] == ["instant", "即办件"]
    (by_day,) = [line for line in working.out("statistics", "--by", "day").splitlines() if line.startswith("20")]
    assert by_day.split()[0] not in by_day.split()[1:]
    refused = working.run("statistics", "--as", "clerk")
    assert refused.exit_code == 1 and "leaders" in refused.stderr


def test_failed_cases_are_tried_again(working: Shell) -> None:
    working.out("deploy", str(MODELS / "topay.bpmn"), "--as", "designer")
    numbers = [
        working.json("start", "9900101002", "--data", "opening.json", "--as", "clerk")["number"] for _ in range(3)
    ]
    office = Office.from_environment()
    bank = office.people.add("bank", "银行", None, [("hall", "worker")])
    for job in office.jobs.fetch(["pay"], "w", by=bank)["items"]:
        office.jobs.fail(job["id"], "w", "no line", retries=0, by=bank)
    office.close()
    assert working.run("retry", "--reason", "好了", "--as", "leader").exit_code == 2
    assert working.run("retry", numbers[0], "--all", "--reason", "好了", "--as", "leader").exit_code == 2
    assert numbers[0] in working.out("retry", numbers[0], "--reason", "线路恢复", "--as", "leader")
    again = working.run("retry", numbers[0], "--reason", "线路恢复", "--as", "leader")
    assert again.exit_code == 1 and "Nothing has failed" in again.output
    found = working.json("retry", "--all", "--element", "pay", "--reason", "线路恢复", "--as", "admin")
    assert found["results"] == [{"number": number, "status": "open", "refused": None} for number in numbers[1:]]
    assert "No case has failed" in working.out("retry", "--all", "--reason", "再试", "--as", "leader")
    assert working.run("retry", "--all", "--reason", "再试", "--as", "clerk").exit_code == 1


def test_a_notice_is_listed_and_written_to_a_file(working: Shell) -> None:
    files = [str(MODELS / "told.bpmn"), str(MODELS / "told.notice")]
    assert working.run("deploy", files[0], "--as", "designer").exit_code == 1, "the notice is not there yet"
    working.out("deploy", *files, "--as", "designer")
    case = working.json("start", "9900101003", "--data", "opening.json", "--as", "clerk")
    (view,) = working.json("notice", "list", case["number"], "--as", "clerk")["items"]
    assert view["title"] in working.out("notice", "list", case["number"])

    for name in ("one.pdf", "two.pdf"):
        working.out("notice", "get", view["id"], "-o", name)
    made = (working.folder / "one.pdf").read_bytes()
    assert made[:4] == b"%PDF" and made == (working.folder / "two.pdf").read_bytes()
    page = working.out("notice", "get", view["id"], "--format", "html", "-o", "-", "--track", "https://hall.test/track")
    assert "测试甲：" in page and "https://hall.test/track" in page and "<svg" in page
    refused = working.run("notice", "get", view["id"], "-o", "three.pdf", "--as", "planning")
    assert refused.exit_code == 1 and not (working.folder / "three.pdf").exists()
