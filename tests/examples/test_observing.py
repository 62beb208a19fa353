"""The dashboard and the alarms ask for figures that the office has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from api import create_app
from engine import Office
from tests.office.at_work import accept

FOLDER = Path(__file__).parents[2] / "examples" / "observing"

#: What PromQL itself and Prometheus bring along.
# fmt: off
_WORDS = frozenset((
    "by", "histogram_quantile", "instance", "job", "kind", "le", "max", "min", "rate", "route", "status", "sum", "topk",
    "up", "what",
))
# fmt: on


def _dashboard() -> list[str]:
    panels: list[dict[str, Any]] = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    return [target["expr"] for panel in panels for target in panel["targets"]]


def _alarms() -> list[str]:
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert all(rule["annotations"]["description"] and rule["labels"]["severity"] for rule in rules)
    return [rule["expr"] for rule in rules]


@pytest.mark.parametrize("expressions", [_dashboard, _alarms], ids=["dashboard", "alarms"])
def test_every_expression_asks_for_figures_that_there_are(expressions: Any, embedded_office: Office) -> None:
    client = create_app(embedded_office, TESTING=True, SECRET_KEY="k").test_client()
    accept(embedded_office, embedded_office.catalogue.matters()[0]["code"])
    client.get("/readyz")
    exposed = client.get("/metrics").get_data(as_text=True)
    names = set(re.findall(r"^(\w+)", exposed, re.M))
    values = dict(re.findall(r'^yichuang_waiting\{what="(\w+)"\} (\S+)', exposed, re.M))
    assert values == {"due": "0.0", "failed": "0.0", "jobs": "0.0", "messages": "0.0", "signals": "0.0"}

    asked = expressions()
    assert len(asked) > 5
    for expression in asked:
        bare = re.sub(r"\[\w+\]", "", expression)
        assert set(re.findall(r'what="(\w+)"', bare)) <= set(values), expression
        words = set(re.findall(r"[a-z]\w+", re.sub(r'"[^"]*"', "", bare)))
        assert words - _WORDS <= names, expression


def test_prometheus_is_told_of_the_alarms() -> None:
    told = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    assert all((FOLDER / file).exists() for file in told["rule_files"])
    assert [job["job_name"] for job in told["scrape_configs"]] == ["yichuang"]
