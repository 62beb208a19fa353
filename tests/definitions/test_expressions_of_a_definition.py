"""Every expression and every timer is read at upload: what cannot be read is refused where it stands."""

from __future__ import annotations

import pytest
from definition_drawing import between, condition, deployable, errors, flow, only, problems, process, reading

from engine.definitions.suggestions import feel_for_expression, feel_for_script


def deciding(written: str, attributes: str = "") -> str:
    """A process with one condition, on the flow `x_f`."""
    text = condition(written).replace("<conditionExpression", f"<conditionExpression{attributes}")
    return process(
        f'<startEvent id="s"/>{flow("s", "x")}<exclusiveGateway id="x" default="x_e"/>'
        f'{flow("x", "e")}<endEvent id="e"/>\n'
        f'{flow("x", "f", text)}<endEvent id="f"/>'
    )


def waiting(kind: str, written: str) -> str:
    """A process with one timer, on the boundary event `b`; it does not interrupt, so it may be a cycle."""
    timer = f"<timerEventDefinition><{kind}>{written}</{kind}></timerEventDefinition>"
    event = f'<boundaryEvent id="b" attachedToRef="x" cancelActivity="false">{timer}</boundaryEvent>'
    task = '<manualTask id="x" camunda:candidateGroups="window"/>'
    return between(task, more=f'{event}{flow("b", "late")}<endEvent id="late"/>')


@pytest.mark.parametrize(
    "written",
    [
        "= amount &gt; 5000",
        "amount &gt; 5000",
        "${amount &gt; 5000}",
        "#{amount gt 5000 and !(status == 'new')}",
        '<![CDATA[= amount > 5000 and status = "new"]]>',
        "  = some x in list satisfies x &lt; 3  ",
        'list contains(matter.departments, "housing")',
        'working_days(10) &gt; duration("P1D")',
    ],
)
def test_conditions_as_editors_write_them(written: str) -> None:
    assert deployable(deciding(written))


@pytest.mark.parametrize(
    ("written", "part_of_message"),
    [
        ("= amount &gt;", "column 9"),
        ("amount == 5000", "FEEL likely meant: “= amount = 5000”"),
        ("amount &gt; 5 &amp;&amp; !old", "FEEL likely meant: “= amount > 5 and not(old)”"),
        ("${case.total()}", "methods and functions cannot be called"),
        ("${working_days(5)}", "FEEL likely meant: “= working_days(5)”"),
        ("not y is None and z == 1", "FEEL likely meant: “= not(y = null) and (z = 1)”"),
        ("Service Level == 'Premium'", "expected"),
    ],
)
def test_a_condition_that_cannot_be_read_says_where_and_what_was_expected(written: str, part_of_message: str) -> None:
    problem = only(reading(deciding(written)), "expression")
    assert (problem.severity, problem.element, problem.line) == ("error", "x_f", 4)
    assert "expected" in problem.message
    assert part_of_message in problem.message


def test_words_in_a_row_are_one_name_to_feel() -> None:
    found = reading(deciding("x is None"))
    assert found.ok
    assert "FEEL likely meant: “= x = null”" in only(found, "unknown-name").message
    assert problems(reading(deciding("list contains(parts, 1)")), "unknown-name") == []


@pytest.mark.parametrize("language", ["groovy", "javascript", "application/javascript", "python3"])
def test_conditions_in_programming_languages_are_refused(language: str) -> None:
    found = reading(deciding("amount == 5000", f' language="{language}"'))
    assert errors(found) == [("script-language", "x_f")]
    assert "= amount = 5000" in problems(found, "script-language")[0].message


def test_a_declared_language_that_tools_write_without_meaning_it_is_no_matter() -> None:
    assert deployable(deciding("amount &gt; 1", ' language="http://www.w3.org/1999/XPath"'))


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("timeDuration", "P5D"),
        ("timeDuration", "PT2H30M"),
        ("timeDuration", "P1W"),
        ("timeDuration", "= working_days(5)"),
        ("timeDuration", "working_days(matter.promised_days)"),
        ("timeDuration", "${limit}"),
        ("timeDate", "2031-03-31T17:00:00+08:00"),
        ("timeDate", "2031-03-31T17:00:00Z"),
        ("timeDate", '= case.due - duration("P1D")'),
        ("timeCycle", "R3/PT10M"),
        ("timeCycle", "R/P1D"),
        ("timeCycle", "R5/2031-03-31T17:00:00Z/P1D"),
    ],
)
def test_timers_as_editors_write_them(kind: str, written: str) -> None:
    assert deployable(waiting(kind, written))


@pytest.mark.parametrize(
    ("kind", "written", "rule"),
    [
        ("timeDuration", "5 days", "expression"),
        ("timeDuration", "PT", "timer"),
        ("timeDuration", "P5X", "timer"),
        ("timeDuration", "-PT1H", "timer"),
        ("timeDuration", "2031-03-31T17:00:00Z", "timer"),
        ("timeDuration", "=", "expression"),
        ("timeDate", "2031-02-30T17:00:00Z", "timer"),
        ("timeDate", "P1D", "timer"),
        ("timeCycle", "0 0 9 * * ?", "timer"),
        ("timeCycle", "R0/P1D", "timer"),
        ("timeCycle", "R-1/P1D", "timer"),
        ("timeCycle", "PT1H", "timer"),
        ("timeCycle", "R/P1D/P1D", "timer"),
        ("timeCycle", "R/PT0S", "timer"),
        ("timeCycle", "R/PT0.999S", "timer"),
        ("timeCycle", "R9999999999/PT1H", "timer"),
        ("timeDuration", "P1M30H", "timer"),
        ("timeDuration", "P-1D", "timer"),
        ("timeDuration", "P99999999Y", "timer"),
        ("timeDate", "0001-01-01T00:00:00Z", "timer"),
    ],
)
def test_timers_that_would_never_fire_are_refused(kind: str, written: str, rule: str) -> None:
    found = reading(waiting(kind, written))
    assert errors(found) == [(rule, "b")], found.problems


@pytest.mark.parametrize(
    ("kind", "written", "told"),
    [
        ("timeDate", "2031-03-31T17:00:00", "in the office’s zone; to be sure, write 2031-03-31T17:00:00+08:00"),
        ("timeDate", "2031-03-31", "in the office’s zone; to be sure, write 2031-03-31T00:00:00+08:00"),
        ("timeDate", '= date and time("2031-03-31T17:00:00")', "in the office’s zone"),
        ("timeCycle", "R3/2031-03-31T17:00:00/P1D", "in the office’s zone"),
        ("timeCycle", "R/PT1S", "fires 86,400 times a day"),
        ("timeDuration", "PT0S", "fires at once"),
    ],
)
def test_a_timer_that_is_likely_not_meant_so_is_told_and_taken(kind: str, written: str, told: str) -> None:
    found = reading(waiting(kind, written))
    assert found.ok
    problem = only(found, "timer")
    assert problem.severity == "warning" and told in problem.message and problem.line


def test_a_cycle_where_the_timer_can_fire_only_once() -> None:
    interrupting = waiting("timeCycle", "R/P1D").replace(' cancelActivity="false"', "")
    assert errors(reading(interrupting)) == [("timer-cycle", "b")]
    both = waiting("timeDuration", "P1D").replace("</timeDuration>", "</timeDuration><timeDate>x</timeDate>")
    assert errors(reading(both)) == [("timer-without-time", "b")]


@pytest.mark.parametrize(
    ("element", "what"),
    [
        ('<userTask id="x" camunda:assignee="${a +}"/>', "the assignee"),
        ('<userTask id="x" camunda:candidateGroups="window,${a +}"/>', "the candidate groups"),
        ('<userTask id="x" camunda:candidateGroups="window" camunda:dueDate="= 1 +"/>', "the due date"),
        (
            '<task id="x"><multiInstanceLoopCharacteristics><loopCardinality>= 1 +</loopCardinality>'
            "</multiInstanceLoopCharacteristics></task>",
            "the number of instances",
        ),
        (
            '<task id="x"><multiInstanceLoopCharacteristics camunda:collection="a"><completionCondition>1 +'
            "</completionCondition></multiInstanceLoopCharacteristics></task>",
            "the completion condition",
        ),
        (
            '<task id="x"><extensionElements><zeebe:ioMapping><zeebe:output source="= 1 +" target="a"/>'
            "</zeebe:ioMapping></extensionElements></task>",
            "the output mapping to “a”",
        ),
        (
            '<scriptTask id="x" scriptFormat="feel" camunda:resultVariable="r"><script>1 +</script></scriptTask>',
            "the script",
        ),
        (
            '<intermediateThrowEvent id="x"><extensionElements><zeebe:properties><zeebe:property name="milestone" '
            'value="= 1 +"/></zeebe:properties></extensionElements></intermediateThrowEvent>',
            "the property “milestone”",
        ),
    ],
)
def test_every_place_of_an_expression(element: str, what: str) -> None:
    found = reading(between(element))
    assert ("expression", "x") in errors(found)
    assert problems(found, "expression")[0].message.startswith(f"{what} “")


@pytest.mark.parametrize(
    ("python", "feel"),
    [
        ("a == 1 and not b", "(a = 1) and not(b)"),
        ("x['name'] is None", "x.name = null"),
        ("items[0].price * 2 if items else 0", "if items then items[1].price * 2 else 0"),
        ("kind in ['a', 'b']", 'list contains(["a", "b"], kind)'),
        ("len(parts) >= 3 or data.get('urgent')", "(count(parts) >= 3) or data.urgent"),
        ("{'a': -1, 'b': [True, None]}", '{"a": -1, "b": [true, null]}'),
        ("a && b || c === 'd'", 'a and b or c = "d"'),
        ("__import__('os').system('true')", None),
        ("", None),
    ],
)
def test_the_feel_that_was_likely_meant(python: str, feel: str | None) -> None:
    assert feel_for_expression(python) == feel


def test_no_hint_where_there_is_no_feel() -> None:
    for script in ("import os", "for a in b:\n    print(a)", "x" * 5_000, "\0", "(" * 500):
        assert feel_for_script(script) is None
