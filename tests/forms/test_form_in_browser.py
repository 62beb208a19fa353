"""The server takes from a form what form-js itself submits, and refuses what form-js refuses, at the same fields.

Random forms with fitting case data, submitted as they are by the form-js of the pages in a real browser. Known to
differ, and left out: values of a type that the comparing expression does not expect; what is read-only, which
the server does not judge; lists without any answer, which form-js does not submit; seconds of times, which the
server adds because FEEL wants them.
"""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from form_designing import options
from playwright.sync_api import Browser, Page

from engine import forms
from engine.errors import Invalid

ASSETS = Path(__file__).parents[2] / "api" / "assets"
ESBUILD = ASSETS / "node_modules" / ".bin" / "esbuild"
FORMS = 60

SUBMIT = """
import { Form } from '@bpmn-io/form-js-viewer';
window.submitted = async (schema, data) => {
  const container = document.body.appendChild(document.createElement('div'));
  const form = new Form({ container });
  await form.importSchema(schema, data);
  await new Promise(done => setTimeout(done, 60));
  const result = form.submit();
  form.destroy();
  container.remove();
  return JSON.parse(JSON.stringify(result));
};
"""

CONDITIONS = (
    'a = ""', 'a != "1"', 'b = "x"', "b = null", 'b in ("y", "z") and d.e > 0', "c = true", "not(c)",
    "d.e > 2", "d.e < 1 or c", "count(l) > 1",
)  # fmt: skip
COMPUTED = ('a + "!"', "count(l)", "d.e + 1", 'b = "x"', "if c then d.e * 3 else null")
TYPES = {
    "a": ("textfield", "textarea"),
    "b": ("radio", "select"),
    "c": ("checkbox",),
    "d.e": ("number",),
    "d.f": ("textfield", "number", "checkbox", "datetime", "radio", "select", "checklist", "taglist", "expression"),
    "p": ("textarea", "number", "radio", "checklist", "expression"),
    "q": ("textfield", "checkbox", "datetime", "select", "taglist"),
}
DEFAULTS = {"textfield": "12", "textarea": "x", "number": 2, "checkbox": True, "radio": "x", "select": "x"}
MOMENTS = {"date": "2026-03-10", "time": "09:30:00", "datetime": "2026-03-10T09:30:00"}


class Designer:
    """Makes up forms and the data of a case to which they are shown."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.made = 0

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def form(self) -> dict[str, Any]:
        components = self.components(["a", "b", "c", "d.e", "d.f"], 0)
        if self.chance(0.5):
            items: dict[str, Any] = {"type": "dynamiclist", "path": "l", "isRepeating": True}
            items |= {"defaultRepetitions": self.random.choice([0, 1, 2]), "components": self.components(["p", "q"], 1)}
            components.append(self.finished(items))
        return {"id": "f", "type": "default", "schemaVersion": 19, "components": components}

    def components(self, keys: list[str], level: int) -> list[dict[str, Any]]:
        made = []
        self.random.shuffle(keys)
        while keys:
            if level < 2 and len(keys) > 1 and self.chance(0.2):
                taken = self.random.randint(1, len(keys))
                group = {"type": "group", "components": self.components(keys[:taken], level + 1)}
                made.append(self.finished(group))
                keys = keys[taken:]
            else:
                made.append(self.field(keys.pop()))
        return made

    def finished(self, component: dict[str, Any]) -> dict[str, Any]:
        self.made += 1
        component["id"] = f"C{self.made}"
        if self.chance(0.35):
            component["conditional"] = {"hide": f"= {self.random.choice(CONDITIONS)}"}
        return component

    def field(self, key: str) -> dict[str, Any]:
        kind = self.random.choice(TYPES[key])
        component: dict[str, Any] = {"type": kind, "key": key, "label": key}
        rules: dict[str, Any] = {"required": True} if self.chance(0.3) else {}
        if kind in ("textfield", "textarea"):
            rules |= self.some(minLength=2, maxLength="= 1 + 1", pattern=r"^\d*$")
        elif kind == "number":
            rules |= self.some(min="1", max="= 3")
            component |= self.some(decimalDigits=0, increment=0.5)
        elif kind == "datetime":
            component["subtype"] = self.random.choice(list(MOMENTS))
        elif kind == "expression":
            component |= {"computeOn": "change", "expression": f"= {self.random.choice(COMPUTED)}"}
            return self.finished(component)
        elif kind != "checkbox" and self.chance(0.3):
            component["valuesExpression"] = '= ["y", "x"]'
        elif kind != "checkbox":
            component["values"] = options("x", "y")
        if kind in DEFAULTS and "valuesExpression" not in component and self.chance(0.2):
            component["defaultValue"] = DEFAULTS[kind]
        return self.finished({**component, "validate": rules})

    def some(self, **properties: Any) -> dict[str, Any]:
        return {name: value for name, value in properties.items() if self.chance(0.25)}

    def case(self, components: list[dict[str, Any]]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for component in components:
            if component["type"] == "group":
                inner = self.case(component["components"])
                data |= {**inner, "d": {**data.get("d", {}), **inner["d"]}} if "d" in inner else inner
            elif component["type"] == "dynamiclist":
                if self.chance(0.7):
                    data["l"] = [self.case(component["components"]) for _ in range(self.random.randint(1, 3))]
            elif self.chance(0.7):
                *around, last = component["key"].split(".")
                holder = data.setdefault(around[0], {}) if around else data
                holder[last] = self.value(component)
        return data

    def value(self, component: dict[str, Any]) -> Any:
        kind = component["type"]
        if self.chance(0.1):
            return None
        if kind in ("textfield", "textarea", "expression"):
            return self.random.choice(["", "1", "2", "x", "12", "xx1"])
        if kind == "number":
            return self.random.choice([0, 1, 2, 3, 2.5])
        if kind == "checkbox":
            return self.chance(0.5)
        if kind == "datetime":
            return MOMENTS[component["subtype"]]
        if kind in ("checklist", "taglist"):
            return self.random.sample(["x", "y", "z"], self.random.randint(0, 3))
        return self.random.choice(["x", "y", "z"])


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page with form-js in it."""
    if not ESBUILD.exists():
        pytest.skip("the browser assets are not installed: make setup")
    bundle = tmp_path_factory.mktemp("form-js") / "submit.js"
    command = [ESBUILD, "--bundle", "--loader=js", f"--outfile={bundle}", "--log-level=error"]
    subprocess.run(command, input=SUBMIT, text=True, check=True, cwd=ASSETS)
    page = browser.new_page()
    page.set_content("<html><body></body></html>")
    page.add_script_tag(path=str(bundle))
    yield page
    page.close()


def keys_by_id(components: list[dict[str, Any]]) -> dict[str, str]:
    keys = {}
    for component in components:
        keys[component["id"]] = component.get("key", "")
        keys |= keys_by_id(component.get("components", []))
    return keys


def shown(data: Any) -> Any:
    """Data without what form-js leaves out: empty objects, lists with nothing in them, and seconds."""
    if isinstance(data, Mapping):
        inner = {name: shown(value) for name, value in data.items()}
        return {name: value for name, value in inner.items() if value != {} and not (name == "l" and not any(value))}
    if isinstance(data, list):
        return [shown(item) for item in data]
    return re.sub(r"(\d\d:\d\d):00$", r"\1", data) if isinstance(data, str) else data


def by_form_js(page: Page, schema: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    result = page.evaluate("([schema, data]) => window.submitted(schema, data)", [schema, case])
    keys = keys_by_id(schema["components"])
    wrong = sorted({keys[component] for component in result["errors"]})
    return {"wrong": wrong} if wrong else {"data": shown(result["data"])}


def by_the_server(schema: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"data": shown(forms.validate(schema, {}, case))}
    except Invalid as refused:
        places = [error.pointer.removeprefix("/data/").split("/") for error in refused.errors]
        return {"wrong": sorted({place[-1] if place[0] == "l" else ".".join(place) for place in places})}


def test_the_server_judges_as_the_browser_does(page: Page) -> None:
    designer = Designer(20260310)
    outcomes = []
    for _ in range(FORMS):
        schema = designer.form()
        case = designer.case(schema["components"])
        assert forms.check_schema(schema, file="f") == []
        server = by_the_server(schema, case)
        assert server == by_form_js(page, schema, case), (schema, case)
        outcomes.append("data" in server)
    # Neither side of the comparison is empty.
    assert FORMS / 4 < sum(outcomes) < FORMS * 3 / 4
