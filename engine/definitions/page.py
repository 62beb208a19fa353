"""`docs/bpmn.md`, written from the tables of elements and extensions: ``python -m engine.definitions.page``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from engine.definitions.extensions import TABLES
from engine.definitions.extensions.table import Table
from engine.definitions.support import BY_KEY, FEATURES, PARTS


def page() -> str:
    """`docs/bpmn.md`."""
    lines = [
        "# BPMN 2.0: what is executed",
        "",
        "Made from the tables in `engine/definitions/` (`python -m engine.definitions.page`); a test proves",
        "every row. *Supported* is executed as the standard says; *ignored* is read, kept and not executed; *refused*",
        "means that a set with it in an executable process is not deployed; the message says what to use instead.",
    ]
    section = ""
    for feature in FEATURES:
        if feature.section != section:
            section = feature.section
            lines += [
                "",
                f"## {section}",
                "",
                "| element | status | in the file | what it does, or what to use instead |",
                "| --- | --- | --- | --- |",
            ]
        markup = f"`{feature.key.replace('/', '` / `')}`"
        lines.append(f"| {feature.title} | {feature.status} | {markup} | {feature.says} |")
    lines += ["", "## Names without a row of their own", "", "| goes with | in the file |", "| --- | --- |"]
    for key, parts in PARTS.items():
        lines.append(f"| {BY_KEY[key].named} | {', '.join(f'`{name}`' for name in sorted(parts))} |")
    lines += ["", *_EXTENSIONS.strip().splitlines()]
    for table in TABLES:
        lines += ["", *_extensions(table)]
    return "\n".join([*lines, ""])


def _extensions(table: Table) -> Iterator[str]:
    prefixes = " and ".join(f"`{prefix}:`" for prefix in table.prefixes.values())
    yield f"### {table.modeler}: {prefixes}"
    yield ""
    yield "| extension | status | on | what it becomes, or what to use instead |"
    yield "| --- | --- | --- | --- |"
    for (status, where, says), rows in groupby(table.rows, key=lambda row: (row.status, row.where, row.says)):
        keys = ", ".join(f"`{row.key.replace('/', '` / `')}`" for row in rows)
        yield f"| {keys} | {status} | {where} | {says} |"


_EXTENSIONS = """
## Extensions of the modelers

| meaning | Camunda 7 and Operaton | Camunda 8 | SpiffArena |
| --- | --- | --- | --- |
| assignee | `assignee` | `assignmentDefinition` | |
| groups | `candidateGroups` | `assignmentDefinition` | lanes |
| due date | `dueDate` | `taskSchedule` | |
| priority | `priority` | `priorityDefinition` | |
| form | `formRef`, `formKey`, `formData` | `formDefinition`, `userTaskForm` | |
| mappings | `inputOutput`, `in`, `out` | `ioMapping` | |
| called process | `calledElement` (BPMN) | `calledElement` | `calledElement` (BPMN) |
| decision | `decisionRef`, `resultVariable` | `calledDecision` | `calledDecisionId` |
| outside work | `type="external"`, `topic` | `taskDefinition` | `serviceTaskOperator` |
| script | `scriptFormat="feel"`, `resultVariable` | `script` | |
| several instances | `collection`, `elementVariable` | `loopCharacteristics` | `loopDataInputRef` (BPMN) |
| properties | `properties` | `properties` | `properties` |
| who may not do it (four eyes) | property `not_by` | property `not_by` | property `not_by` |
| when its message is not offered | property `not_during` | property `not_during` | property `not_during` |
| what the applicant is not told of | property `internal` | property `internal` | property `internal` |
| instructions | `documentation` (BPMN) | `documentation` (BPMN) | `instructionsForEndUser` |

- A text that starts with `=`, or is written `${…}`, is an expression, else it is taken literally. Conditions, timers
  other than ISO 8601 ones, completion conditions, collections and Camunda 8's mappings are always expressions.
- A priority is a whole number from 0 to 100, or an expression that gives one; 50 where nothing is written. What an
  expression gives beyond these ends is taken as the nearest of them.
- Two `camunda:in`/`camunda:out` rules: with none of a kind all variables pass; with some only those that are named,
  unless one says `variables="all"`.
- Of a result variable on outside work, all that the worker returns is its value; without one each entry becomes a
  variable.
- Any other extension is kept in the file and ignored, with one note for each kind and file. What says only which
  modeler wrote the file (`modeler:`), or how things are drawn, is passed over.

Below is each attribute and element of these modelers. *Mapped* becomes what the table above says. *Ignored* is kept,
and told: by a note once a file, or by a warning each time where the diagram then does less than it says, or where an
extension stands on an element on which it means nothing. *Refused* is an error, with the FEEL that is likely meant
where there is some. What stands inside another extension is written behind it.
"""


if __name__ == "__main__":
    print(page(), end="")
