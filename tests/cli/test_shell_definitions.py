"""A designer's work from the shell: lint, soundness, try, deploy, definitions, diff, migrate."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from tests.api.calling import MODELS
from tests.cli.conftest import Shell
from tests.cli.test_shell_serve import COMMAND
from tests.definitions.bad_sets import BAD_SETS, GOOD
from tests.office.test_definitions import STUCK, WAYS

PROCESSES = Path(__file__).parents[2] / "processes"
SIX = [str(path.parent) for path in sorted(PROCESSES.glob("*/*.bpmn"))]
TWO_STEPS = (str(MODELS / "two_steps.bpmn"), str(MODELS / "look.form"))
GRANTED = str(PROCESSES / "instant" / "scenarios" / "granted.yaml")


@pytest.fixture
def stuck(shell: Shell) -> str:
    """A file with a deadlock."""
    (shell.folder / "stuck.bpmn").write_text(STUCK)
    return "stuck.bpmn"


def test_lint_says_what_can_get_stuck_and_what_is_likely_not_meant(shell: Shell, stuck: str) -> None:
    result = shell.run("lint", stuck)
    assert result.exit_code == 1
    assert "stuck.bpmn:2:0: error: [deadlock]" in result.stdout
    assert "(shown by: s → choose → a → join) (join)" in result.stdout
    (shell.folder / "ways.bpmn").write_bytes(WAYS.content)
    assert "[no-default]" in shell.out("lint", "ways.bpmn")


def test_a_folder_stands_for_its_scenarios_too(shell: Shell) -> None:
    folder = shell.folder / "visit"
    (folder / "scenarios").mkdir(parents=True)
    for file in TWO_STEPS:
        (folder / Path(file).name).write_bytes(Path(file).read_bytes())
    (folder / "scenarios" / "granted.yaml").write_text("answers: {answer: {agree: true}}\nexpect: {end: completed}")
    assert shell.run("lint", "visit").exit_code == 0
    (folder / "scenarios" / "refused.yaml").write_text("process: two_steps\nexpect: {status: returned}")
    (folder / "scenarios" / "other.yaml").write_text("process: other\nexpect: {status: returned}")
    result = shell.run("lint", "visit")
    assert result.exit_code == 1
    assert "visit/scenarios/refused.yaml:2:0: error: [scenario-failed] status: expected returned" in result.stdout
    assert "visit/scenarios/other.yaml:1:0: note: [scenario] not played" in result.stdout
    assert shell.run("deploy", "visit", "--as", "designer").exit_code == 1
    assert shell.json("definitions")["items"] == []


def test_the_six_definitions_are_sound_and_their_scenarios_take_every_flow(shell: Shell) -> None:
    assert shell.json("lint", *SIX) == {"problems": []}
    assert shell.out("soundness", *SIX).startswith("Sound")
    told = shell.json("try", *SIX)
    assert told["ok"]
    assert {covered["process"]: covered["missed"] for covered in told["coverage"]} == {
        Path(folder).name: [] for folder in SIX
    }


def test_soundness_alone_shows_the_path(shell: Shell, stuck: str) -> None:
    result = shell.run("soundness", stuck)
    assert (result.exit_code, result.stdout.splitlines()[1]) == (1, "    s → choose → a → join")
    result = shell.run("soundness", stuck, "--json")
    (problem,) = json.loads(result.stdout)["problems"]
    assert (result.exit_code, problem["rule"], problem["element"]) == (1, "deadlock", "join")
    assert problem.keys() == {"file", "line", "column", "element", "rule", "severity", "message"}
    # What cannot be read is told as by lint.
    result = shell.run("soundness", str(MODELS / "broken.bpmn"))
    assert (result.exit_code, result.stdout.startswith("broken.bpmn:")) == (1, True)


def test_a_scenario_is_tried(shell: Shell) -> None:
    out = shell.out("try", *SIX, "--scenario", GRANTED)
    assert out.startswith(
        "met: An instant matter is granted at the counter (granted.yaml)\n  path: start → handling → "
    )
    assert "expectations: 6 of 6 met" in out
    assert "  instant: 3 of 4; missed: " in out

    (shell.folder / "wrong.yaml").write_text("scenario: Wrong\nexpect:\n  end: nowhere\n  data: {amount: 7.5}\n")
    result = shell.run("try", *TWO_STEPS, "--scenario", "wrong.yaml")
    assert result.exit_code == 1
    assert "FAILED: Wrong (wrong.yaml)" in result.stdout
    assert "  line 2: end: expected nowhere, seen " in result.stdout
    result = shell.run("try", *TWO_STEPS, "--scenario", "wrong.yaml", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["ok"], told["trials"][0]["ok"]) == (1, False, False)


def test_what_cannot_be_tried_is_refused(shell: Shell) -> None:
    # Not a terminal, and no scenario among the files.
    assert shell.run("try", *TWO_STEPS).exit_code == 2
    assert shell.run("try", *TWO_STEPS, "--scenario", "none.yaml").exit_code == 2
    (shell.folder / "odd.yaml").write_text("steps:\n- fly: away\n")
    result = shell.run("try", *TWO_STEPS, "--scenario", "odd.yaml")
    assert (result.exit_code, "odd.yaml:2" in result.stderr) == (1, True)
    (shell.folder / "other.yaml").write_text("process: other\n")
    result = shell.run("try", *TWO_STEPS, "--scenario", "other.yaml")
    assert (result.exit_code, "the set holds no process other" in result.stderr) == (1, True)
    result = shell.run("try", str(MODELS / "broken.bpmn"), "--scenario", "other.yaml")
    assert (result.exit_code, "broken.bpmn:5" in result.stderr) == (1, True)


def by_hand(*lines: str) -> tuple[int, str]:
    """What a terminal shows on which these lines are typed, and the exit code."""
    ours, theirs = pty.openpty()
    command = subprocess.Popen([COMMAND, "try", *TWO_STEPS], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    try:
        os.write(ours, "".join(f"{line}\n" for line in lines).encode())
        out, _ = command.communicate(timeout=120)
    finally:
        command.kill()
        os.close(ours)
    return command.returncode, out.decode()


def test_a_case_is_done_by_hand_on_a_terminal(shell: Shell) -> None:
    # A wrong number; the first task with its ordinary answers; time; a message; the second task with an answer.
    code, shown = by_hand("9", "", "", "4", "5 working days", "2", "", "1", "agree=true", "")
    assert code == 0, shown
    assert "Type a number from 1 to " in shown
    assert "1  look 查看 (window)" in shown
    assert "2026-03-09 09:01" in shown
    assert shown.rstrip().endswith("completed at completed")
    assert "path: start → handling → entered → look → accepted → answer → noted → note_kept → agreed → " in shown


def test_a_case_by_hand_can_be_left_and_refuses_what_its_form_refuses(shell: Shell) -> None:
    code, shown = by_hand("1", "colour=red", "", "q")
    assert (code, "Refused: " in shown, shown.rstrip().endswith("open")) == (0, True, True)


def test_versions_are_listed_and_compared(working: Shell) -> None:
    text = (MODELS / "two_steps.bpmn").read_text().replace("答复", "书面答复")
    (working.folder / "two_steps.bpmn").write_text(text)
    working.out("deploy", "two_steps.bpmn", TWO_STEPS[1], "--as", "designer")
    assert [version["version"] for version in working.json("definitions", "two_steps")["versions"]] == [1, 2]
    lines = working.out("definitions", "two_steps").splitlines()
    assert lines[0].startswith("two_steps") and [line.split()[0] for line in lines[-2:]] == ["1", "2"]

    out = working.out("diff", "two_steps", "1", "2")
    assert out == "changed userTask answer “书面答复”\n    name: 答复 → 书面答复\n"
    (change,) = working.json("diff", "two_steps", "1", "2")["changes"]
    assert change["values"] == [{"name": "name", "old": "答复", "new": "书面答复"}]
    assert working.out("diff", "two_steps", "2", "2") == "No difference.\n"
    assert working.run("diff", "two_steps", "1", "9").exit_code == 1
    assert working.run("diff", "nothing", "1", "2").exit_code == 1
    assert working.run("diff", "two_steps", "one", "2").exit_code == 2
    assert working.run("definitions", "nothing").exit_code == 1


def test_running_cases_are_moved_with_a_preview(working: Shell) -> None:
    def start() -> str:
        return str(working.json("start", "9900101001", "--data", "opening.json", "--as", "clerk")["number"])

    def look(number: str) -> None:
        (task,) = working.json("show", number, "--as", "clerk")["tasks"]
        working.out("complete", task["id"], "--data", working.file("found.json", {"finding": "x"}), "--as", "clerk")

    moves, stays = start(), start()
    look(stays)
    text = (
        (MODELS / "two_steps.bpmn").read_text().replace('<zeebe:property name="milestone"', '<zeebe:property name="m"')
    )
    text = text.replace('id="answer" name="答复"', 'id="reply" name="答复"').replace('"answer"', '"reply"')
    (working.folder / "two_steps.bpmn").write_text(text)
    working.out("deploy", "two_steps.bpmn", TWO_STEPS[1], "--as", "designer")

    result = working.run("migrate", "two_steps", "--to", "2", "--dry-run")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (1, "1 can move, 1 cannot.")
    told = json.loads(
        working.run("migrate", "two_steps", "--to", "2", "--from", "1", "--map", "answer=reply", "--json").stdout
    )
    assert [(view["number"], view["moved"]) for view in told["cases"]] == [(moves, True), (stays, False)]
    assert [one["element"] for one in told["cases"][1]["because"]] == ["accepted"]
    look(moves)
    assert [task["element"] for task in working.json("show", moves, "--as", "clerk")["tasks"]] == ["reply"]
    assert working.run("verify", "--all").exit_code == 0

    assert working.run("migrate", "two_steps", "--to", "2", "--map", "answer").exit_code == 2
    assert working.run("migrate", "two_steps", "--to", "9").exit_code == 1
    assert working.run("migrate", "two_steps", "--to", "2", "--as", "clerk").exit_code == 1


def test_of_a_set_with_one_bad_file_nothing_is_deployed(shell: Shell) -> None:
    for number, (what, (bad, rule, named)) in enumerate(BAD_SETS.items()):
        folder = shell.folder / f"set{number}"
        folder.mkdir()
        paths = [folder / name for name in {**GOOD, **bad}]
        for path, content in zip(paths, {**GOOD, **bad}.values(), strict=True):
            path.write_bytes(content)
        linted = shell.run("lint", *map(str, paths))
        assert linted.exit_code == 1
        assert re.search(rf"^{named}:\d+:\d+: error: \[{rule}\] ", linted.stdout, re.MULTILINE), (what, linted.output)
        deployed = shell.run("deploy", *map(str, paths), "--as", "designer")
        assert deployed.exit_code == 1
        assert named in deployed.output
    assert shell.json("definitions")["items"] == []


def test_of_a_giant_no_more_is_read_than_a_set_may_have(shell: Shell) -> None:
    with (shell.folder / "giant.bpmn").open("wb") as giant:
        # Without its bytes on the disk.
        giant.truncate(1 << 34)
    result = shell.run("lint", "giant.bpmn")
    assert (result.exit_code, "[too-large]" in result.stdout) == (1, True)
