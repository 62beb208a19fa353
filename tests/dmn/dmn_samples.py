"""Small decision models, written as the tests need them."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

DMN_15 = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def text(expression: str) -> str:
    return f"<text>{escape(expression)}</text>"


def literal(expression: str, attributes: str = "") -> str:
    return f"<literalExpression {attributes}>{text(expression)}</literalExpression>"


def definitions(*parts: str, namespace: str = "http://sample", xmlns: str = DMN_15) -> bytes:
    body = "\n".join(parts)
    start = f'<definitions xmlns="{xmlns}" id="defs" name="sample" namespace="{namespace}">'
    return f"{start}\n{body}\n</definitions>".encode()


def decision(name: str, logic: str, needs: Sequence[str] = (), knows: Sequence[str] = (), kind: str = "") -> str:
    """A decision; ``needs`` are ids of decisions (``d:…``) and input data (``i:…``)."""
    required = "".join(
        f'<informationRequirement><required{"Decision" if need.startswith("d:") else "Input"} href="#{need[2:]}"/>'
        "</informationRequirement>"
        for need in needs
    )
    knowledge = "".join(
        f'<knowledgeRequirement><requiredKnowledge href="#{known}"/></knowledgeRequirement>' for known in knows
    )
    variable = f"<variable name={quoteattr(name)} {f'typeRef={quoteattr(kind)}' if kind else ''}/>"
    identifier = name.replace(" ", "_")
    return f'<decision id="{identifier}" name={quoteattr(name)}>{variable}{required}{knowledge}{logic}</decision>'


def input_data(name: str, kind: str = "") -> str:
    typed = f'typeRef="{kind}"' if kind else ""
    identifier = name.replace(" ", "_")
    return f'<inputData id="{identifier}" name={quoteattr(name)}><variable name={quoteattr(name)} {typed}/></inputData>'


def bkm(name: str, parameters: Sequence[tuple[str, str]], body: str, knows: Sequence[str] = (), kind: str = "") -> str:
    formal = "".join(f'<formalParameter name="{each}" typeRef="{of}"/>' for each, of in parameters)
    knowledge = "".join(
        f'<knowledgeRequirement><requiredKnowledge href="#{known}"/></knowledgeRequirement>' for known in knows
    )
    typed = f'typeRef="{kind}"' if kind else ""
    return (
        f'<businessKnowledgeModel id="{name}" name="{name}"><variable name="{name}" {typed}/>'
        f"<encapsulatedLogic>{formal}{body}</encapsulatedLogic>{knowledge}</businessKnowledgeModel>"
    )


def table(
    policy: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    rules: Sequence[Sequence[str]],
    *,
    allowed: Sequence[str] = (),
    priorities: Sequence[str] = (),
    defaults: Sequence[str] = (),
    aggregation: str = "",
) -> str:
    """A decision table; each rule is a row of tests and results. Its lines are lines of the file."""
    columns = [
        f'<input id="in{n}"><inputExpression>{text(each)}</inputExpression>'
        + (f"<inputValues>{text(allowed[n])}</inputValues>" if allowed and allowed[n] else "")
        + "</input>"
        for n, each in enumerate(inputs)
    ]
    columns += [
        f'<output id="out{n}" name="{each}">'
        + (f"<outputValues>{text(priorities[n])}</outputValues>" if priorities and priorities[n] else "")
        + (f"<defaultOutputEntry>{text(defaults[n])}</defaultOutputEntry>" if defaults and defaults[n] else "")
        + "</output>"
        for n, each in enumerate(outputs)
    ]
    rows = [
        f'<rule id="rule{n}">'
        + "".join(f"<inputEntry>{text(cell)}</inputEntry>" for cell in rule[: len(inputs)])
        + "".join(f"<outputEntry>{text(cell)}</outputEntry>" for cell in rule[len(inputs) :])
        + "</rule>"
        for n, rule in enumerate(rules, 1)
    ]
    aggregated = f'aggregation="{aggregation}"' if aggregation else ""
    lines = "\n".join([*columns, *rows])
    return f'<decisionTable id="table" hitPolicy="{policy}" {aggregated}>\n{lines}\n</decisionTable>'
