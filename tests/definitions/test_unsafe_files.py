"""Files from anybody: bombs, thieves, junk and giants end in one plain problem, at once."""

from __future__ import annotations

import time

import pytest
from definition_drawing import between, errors, model, only, problems, reading, source

from engine.definitions import Reading, SourceFile, line_of
from engine.definitions.intake import MAX_FILES
from engine.definitions.markup import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS

FINE = between('<task id="x"/>')
BOMB = (
    '<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>\n'
)


def refused(content: str | bytes, rule: str, name: str = "p.bpmn") -> tuple[int, int]:
    """Line and column of the one error, which comes at once: what grows with the entities takes hours."""
    began = time.process_time()
    found = reading(source(content, name))
    assert time.process_time() - began < 5
    assert [problem.rule for problem in found.problems if problem.severity == "error"] == [rule], found.problems
    assert found.processes == ()
    problem = only(found, rule)
    return problem.line, problem.column


@pytest.mark.parametrize("name", ["p.bpmn", "p.dmn", "p.xml", "p.bpmn20.xml"])
def test_entities_are_never_expanded(name: str) -> None:
    assert refused(BOMB + FINE.replace('id="x"', 'id="x" name="&d;"'), "unsafe-xml", name) == (2, 1)


@pytest.mark.parametrize("what", ['SYSTEM "file:///etc/passwd"', 'PUBLIC "a" "http://127.0.0.1:9/x.dtd"', ""])
def test_nothing_outside_the_file_is_read(what: str) -> None:
    refused(f"<!DOCTYPE definitions {what}>\n{FINE}", "unsafe-xml")
    external = f'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>{FINE.replace("<task", "&x;<task")}'
    refused(external, "unsafe-xml")


def test_a_file_that_was_cut_off_says_where_it_ends() -> None:
    line, _ = refused(FINE[: FINE.index("</process>")], "not-xml")
    assert line == 6


@pytest.mark.parametrize(
    ("junk", "rule"),
    [
        (b"", "not-xml"),
        (b"   \n ", "not-xml"),
        (b"PK\x03\x04....", "not-xml"),
        (b"\x00\x01\x02\x03" * 100, "not-xml"),
        (b"\x89PNG\r\n\x1a\n\x00", "encoding"),
        (b"just some words", "not-xml"),
        (b"<?xml version='1.0' encoding='unheard-of'?><definitions/>", "encoding"),
        (b"<?xml version='1.0' encoding='unicode_escape'?><definitions/>", "encoding"),
        (b"\xff\xfe<\x00a", "encoding"),
        (b"<html><body/></html>", "not-bpmn"),
        (b"<definitions xmlns='http://schema.omg.org/spec/BPMN/2.0'/>", "not-bpmn"),
        (b"<definitions/>", "not-bpmn"),
    ],
)
def test_junk_is_named(junk: bytes, rule: str) -> None:
    refused(junk, rule)


def test_bytes_that_are_no_text_have_a_line_and_a_column() -> None:
    content = FINE.encode().replace(b'<task id="x"/>', b'<task id="x" name="caf\xe9"/>')
    assert refused(content, "encoding") == (4, 23)


def test_giants_are_not_read() -> None:
    refused(FINE + " " * MAX_BYTES, "too-large")
    many = "<extensionElements>" + "<a/>" * MAX_ELEMENTS + "</extensionElements>"
    refused(FINE.replace("<task", f"{many}<task"), "too-large")
    deep = "<extensionElements>" + "<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1) + "</extensionElements>"
    refused(FINE.replace("<task", f"{deep}<task"), "too-large")
    refused(b"{" + b" " * MAX_BYTES + b"}", "too-large", "f.form")


def test_a_crowd_is_not_read() -> None:
    files = [SourceFile(name=f"{n}.bpmn", content=FINE.encode()) for n in range(MAX_FILES + 1)]
    assert [problem.rule for problem in reading(*files).problems] == ["too-large"]


def test_one_bad_file_keeps_the_whole_set_from_being_deployed() -> None:
    found = reading(source(FINE), source(FINE[:-9].replace('"p"', '"q"'), "q.bpmn"))
    assert not found.ok
    assert found.processes == ()
    assert [problem.file for problem in found.problems if problem.severity == "error"] == ["q.bpmn"]


@pytest.mark.parametrize("name", ["../p.bpmn", "a\\p.bpmn", "p\n.bpmn", f"{'p' * 200}.bpmn"])
def test_names_that_are_no_names_of_files(name: str) -> None:
    assert [problem.rule for problem in reading(source(FINE, name)).problems] == ["file-name"]


def test_lists_and_expressions_without_end() -> None:
    groups = ",".join("g" * 250)
    assert errors(reading(between(f'<userTask id="x" camunda:candidateGroups="{groups}"/>'))) == [("too-large", "x")]
    script = '<scriptTask id="t{}" scriptFormat="feel" camunda:resultVariable="r"><script>{}</script></scriptTask>'
    many = "".join(script.format(n, " + ".join(["1"] * 150)) for n in range(1_800))
    found = reading(between('<task id="x"/>', more=many))
    assert {rule for rule, _ in errors(found)} == {"too-large"}
    long = script.format(0, "1 + " * 3_000 + "1")
    assert errors(reading(between('<task id="x"/>', more=long))) == [("expression", "t0")]


def test_two_files_of_one_name_and_files_of_no_kind() -> None:
    assert [p.rule for p in reading(source(FINE), source(FINE)).problems] == ["duplicate-file"]
    assert only(reading(source(FINE), source("x", "notes.docx")), "unknown-file").file == "notes.docx"


@pytest.mark.parametrize(
    "content",
    [
        FINE.encode("utf-8-sig"),
        FINE.encode("utf-16"),
        b"\xfe\xff" + FINE.encode("utf-16-be"),
        f'<?xml version="1.0" encoding="UTF-16"?>{FINE}'.encode("utf-16"),
        f'<?xml version="1.0" encoding="UTF-16"?>{FINE}'.encode("utf-16-le"),
        f'<?xml version="1.0" encoding="ISO-8859-1"?>{FINE}'.encode("latin-1"),
        f'<?xml version="1.0" encoding="GB2312"?>{FINE}'.encode("gb2312"),
        f"<?xml version='1.0' encoding='gbk' standalone='yes'?>\r\n{FINE}".encode("gbk"),
        f'<?xml version="1.0" encoding="UTF-8"?>\r\n<!-- made by hand -->\r\n{FINE}'.encode(),
    ],
    ids=["utf-8 mark", "utf-16", "utf-16 be", "declared 16", "16 no mark", "latin-1", "gb2312", "gbk", "comment"],
)
def test_encodings_that_tools_write(content: bytes) -> None:
    expected = ""
    if b"GB2312" in content or b"gbk" in content:
        content = content.replace(b'<task id="x"', '<task name="受理" id="x"'.encode("gbk"))
        expected = "受理"
    found = reading(content)
    assert found.ok, found.problems
    assert found.processes[0].elements["x"].name == expected


def test_characters_that_only_gb18030_has() -> None:
    named = FINE.replace('<task id="x"', '<task name="㐂𠮷" id="x"')
    found = reading(f'<?xml version="1.0" encoding="GB18030"?>{named}'.encode("gb18030"))
    assert found.ok, found.problems
    assert found.processes[0].elements["x"].name == "㐂𠮷"


@pytest.mark.parametrize("prefix", ["bpmn", "bpmn2", "semantic", "ns5", "总"])
def test_prefixes_that_tools_write(prefix: str) -> None:
    file = FINE.replace("xmlns=", f"xmlns:{prefix}=").replace("</", f"</{prefix}:")
    for name in ("definitions", "process", "startEvent", "task", "sequenceFlow", "endEvent"):
        file = file.replace(f"<{name} ", f"<{prefix}:{name} ")
    file = file.replace('sourceRef="s"', f'sourceRef="{prefix}:s"')
    found = reading(file)
    assert found.ok, found.problems
    # Whoever reads the tree later finds plain ids in it.
    flow = next(node for node in found.processes[0].tree.iter() if node.get("id") == "s_x")
    assert flow.get("sourceRef") == "s"


def test_forms_that_are_none() -> None:
    for content, rule in (
        (b"{", "not-json"),
        (b"[]", "form-schema"),
        (b"\xff", "encoding"),
        (b'{"a": NaN}', "not-json"),
    ):
        found = reading(source(FINE), source(content, "f.form"))
        assert rule in [problem.rule for problem in found.problems], (content, found.problems)
        assert not found.ok
    refused(b"[" * 100_000, "not-json", "f.form")


def test_a_form_whose_fields_collide_says_in_which_line() -> None:
    content = model("stall.form").content.replace(b'"key": "days"', b'"key": "phone"')
    found = reading(source(FINE), source(content, "stall.form"))
    assert [(p.rule, p.line) for p in found.problems if p.severity == "error"] == [("form-key", 8)]


def test_a_decision_that_is_no_feel_says_in_which_line() -> None:
    content = model("fee.dmn").content.replace(b"20 * days", b"20 * * days")
    found = reading(source(FINE), source(content, "fee.dmn"))
    assert [(p.rule, p.line) for p in found.problems if p.severity == "error"] == [("decision", 11)]
    assert errors(reading(source(FINE), source(model("stall.form").content, "fee.dmn"))) == [("not-xml", None)]
    assert problems(reading(source(FINE), source(FINE, "fee.dmn")), "not-dmn")


def test_a_table_whose_rules_overlap_or_are_never_reached_is_told() -> None:
    content = model("fee.dmn").content.replace(b"&lt;= 3", b"&gt; 0").replace(b"<text>-</text>", b"<text>[2..9]</text>")
    found = reading(source(FINE), source(content, "fee.dmn"))
    assert found.ok
    assert (only(found, "decision-unreachable").severity, found.problems[0].file) == ("warning", "fee.dmn")
    unique = reading(source(FINE), source(content.replace(b"FIRST", b"UNIQUE"), "fee.dmn"))
    assert only(unique, "decision-overlap").line > 1


def test_the_line_for_a_terminal() -> None:
    found: Reading = reading(FINE.replace('targetRef="x"', 'targetRef="nobody"'))
    assert line_of(problems(found, "dangling-reference")[0]) == (
        "p.bpmn:3:21: error: [dangling-reference] the sequence flow leads to “nobody”, which is no flow node of the "
        "file: draw it again (s_x)"
    )
    assert line_of(only(reading(b""), "not-xml")).startswith("p.bpmn:0:0: error: [not-xml] the file is empty")
