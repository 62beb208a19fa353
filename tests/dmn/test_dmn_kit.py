"""The runner for the compatibility kit, on a small kit of our own."""

from __future__ import annotations

from pathlib import Path

import pytest
from dmn_samples import decision, definitions, input_data, literal

from engine.dmn.tck import main, run_folder

MODEL = definitions(
    input_data("n", "number"),
    decision("twice", literal("n * 2"), ["i:n"]),
    decision("third", literal("1 / 3")),
    decision("list", literal('[1, {a: "x"}, @"2020-01-01", @"P1D"]')),
    decision("wrong", literal("1 +")),
    decision("nothing", literal("null")),
)
TESTS = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<modelName>model.dmn</modelName>
<testCase id="001"><inputNode name="n"><value xsi:type="xsd:decimal">21</value></inputNode>
  <resultNode name="twice" type="decision"><expected><value xsi:type="xsd:double">42.0</value></expected></resultNode>
  <resultNode name="third" type="decision"><expected><value xsi:type="xsd:decimal">0.33333333333</value></expected>
  </resultNode></testCase>
<testCase id="002"><resultNode name="list" type="decision"><expected><list>
  <item><value xsi:type="xsd:decimal">1</value></item>
  <item><component name="a"><value xsi:type="xsd:string">x</value></component></item>
  <item><value xsi:type="xsd:date">2020-01-01</value></item>
  <item><value xsi:type="xsd:duration">PT24H</value></item></list></expected></resultNode></testCase>
<testCase id="003"><resultNode name="wrong" type="decision" errorResult="true">
  <expected><value xsi:nil="true"/></expected></resultNode>
  <resultNode name="nothing" type="decision"><expected><value xsi:nil="true"/></expected></resultNode></testCase>
<testCase id="004"><resultNode name="third" type="decision">
  <expected><value xsi:type="xsd:string">0.3</value></expected></resultNode></testCase>
</testCases>"""


def kit(tmp_path: Path) -> Path:
    folder = tmp_path / "level" / "0001-own"
    folder.mkdir(parents=True)
    (folder / "model.dmn").write_bytes(MODEL)
    (folder / "model-test-01.xml").write_text(TESTS)
    return folder


def test_results_are_compared_as_the_kit_does(tmp_path: Path) -> None:
    tally = run_folder(kit(tmp_path))
    assert (tally.passed, tally.total) == (5, 6)
    assert tally.failures[0].startswith("004 third: expected '0.3'")


def test_the_command_prints_each_folder_and_the_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kit(tmp_path)
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines() == ["5/6 level/0001-own", "5/6 overall (83.3 %)"]
    assert main([str(tmp_path / "nowhere")]) == 2
