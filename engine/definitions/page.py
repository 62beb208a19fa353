"""`docs/bpmn.md`, written from the table of `engine.definitions.support`: ``python -m engine.definitions.page``."""

from __future__ import annotations

from engine.definitions.support import FEATURES


def page() -> str:
    """`docs/bpmn.md`."""
    lines = [
        "# BPMN 2.0: what is executed",
        "",
        "Made from the table in `engine/definitions/support.py` (`python -m engine.definitions.page`); a test proves",
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
    return "\n".join([*lines, "", *_EXTENSIONS.strip().splitlines(), ""])


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
| instructions | `documentation` (BPMN) | `documentation` (BPMN) | `instructionsForEndUser` |

- A text that starts with `=`, or is written `${…}`, is an expression, else it is taken literally. Conditions, timers
  other than ISO 8601 ones, completion conditions, collections and Camunda 8's mappings are always expressions.
- A priority is a whole number from 0 to 100, or an expression that gives one; 50 where nothing is written. What an
  expression gives beyond these ends is taken as the nearest of them.
- Two `camunda:in`/`camunda:out` rules: with none of a kind all variables pass; with some only those that are named,
  unless one says `variables="all"`.
- Code (Java classes, Python, Groovy, JavaScript, connectors) is refused; the message shows the FEEL that is likely
  meant. Listeners are not executed, and a warning says so.
- Any other extension is kept in the file and ignored, with one note for each kind and file.
"""


if __name__ == "__main__":
    print(page(), end="")
