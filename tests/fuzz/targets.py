"""Everything that reads what strangers wrote. Each target takes one broken input, and says what became of it.

Whatever comes in is taken or refused in words; nothing else is raised, nothing takes long, and what is taken keeps the
laws of its kind.
"""

from __future__ import annotations

import io
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from api import strict_json
from engine import dmn, feel, forms
from engine.definitions import SourceFile, read
from engine.errors import Invalid, Malformed, YichuangError
from engine.history.canonical import canonical
from engine.materials.kinds import EXTENSIONS, Unrecognised, recognise
from engine.materials.names import plain_name
from engine.office import cursor
from tests.definitions.definition_mutations import base_set
from tests.fuzz import broken
from tests.fuzz.requests import Requests

#: Seconds of the processor that one input may take.
LONGEST = 5.0

#: Takes an input drawn from chance; gives "taken", or what refused it.
Target = Callable[[random.Random], str]

_PROCESSES = Path(__file__).parents[2] / "processes"

EXPRESSIONS = (
    "amount * 2 + 1",
    'if amount > 5000 then "leader" else "clerk"',
    "for i in 1..3 return i * amount",
    "items[price > 2].name",
    "some x in items satisfies x.price > 1",
    "every x in [1, 2] satisfies x in [1..5]",
    'date("2026-03-10") + duration("P1D")',
    '{a: 1, "b c": a + 1}.a',
    "function(x, y) x + y",
    "sort(items, function(a, b) a.price < b.price)",
    'matches("abc", "a.*c")',
    "sum(items.price) / count(items)",
    'string join(["a", "b"], ", ")',
    "not(true or null)",
    "-(2 ** 10)",
    "[1, 2, 3][-1]",
    'date and time("2026-03-10T09:00:00+08:00")',
    "amount between 1 and 9",
    '@"P1Y2M"',
    "x instance of list<number>",
    "面积 >= 60.5",
    'substring("foobar", 3)',
    'replace("a1b", "[0-9]", "x")',
    "concatenate([1], [2, 3])",
    "(1..5)",
    'get value({k: "v"}, "k")',
)
_PIECES = (
    "if",
    "then",
    "else",
    "for",
    "in",
    "return",
    "some",
    "every",
    "satisfies",
    "between",
    "and",
    "or",
    "instance of",
    "function",
    "null",
    "true",
    "1",
    "2.5",
    '"a"',
    "x",
    "items",
    "amount",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ":",
    ",",
    "..",
    "+",
    "-",
    "*",
    "/",
    "**",
    "<",
    ">",
    "=",
    "!=",
    "@",
    "not",
    "date(",
    "count(",
    ".",
    "//",
    "/*",
)
TESTS = (
    "> 5",
    "[1..10]",
    '"a", "b"',
    "not(1)",
    "-",
    "? > 2 and ? < 9",
    '< date("2026-03-10")',
    "null",
    "(2..3]",
    "> amount",
)
_FACTS = {
    "amount": 6000,
    "items": [{"name": "a", "price": 3}, {"name": "b", "price": 1}],
    "x": [1],
    "面积": 61,
    "k": None,
}

BODIES = tuple(
    json.dumps(body, ensure_ascii=False).encode()
    for body in (
        {
            "matter": "9900101001",
            "applicant": {"name": "甲", "id_number": "110101190001010014"},
            "data": {"area": 61.25},
        },
        {"tasks": [{"id": "t", "data": {"ok": True}}] * 2},
        {"topics": ["pay"], "worker": "w", "max": 5, "lock_seconds": 60},
        {"name": "paid", "payload": {"amount": 12.5, "at": "2026-03-10T09:00:00+08:00", "n": None}},
        [[], {}, 0, -1, 1e-7, 123456789, "\U0001f600"],
    )
)
CURSORS = (
    cursor.encode(datetime(2026, 3, 10, tzinfo=UTC), 7),
    cursor.encode(2, datetime(2026, 3, 10, tzinfo=UTC), "a"),
    cursor.encode(datetime(9999, 12, 31, 23, 59, tzinfo=UTC), 2**40),
)
FILES = (
    b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0",
    b"GIF89a\1\0\1\0",
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1",
    b"RIFF\x24\0\0\0WEBPVP8 ",
    b"PK\3\4\x14\0\0\0\0\0",
    b"a,b\n1,2\n",
    "姓名,面积\n".encode("gb18030"),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"BM\x46\0\0\0",
    b"II*\0\x08\0\0\0",
    b"<html><script>",
    b"",
)
NAMES = (
    "a.pdf",
    "图.png",
    "../../etc/passwd",
    "C:\\x\\y.docx",
    "a.pdf.exe",
    ".htaccess",
    "con.txt",
    "a" * 300 + ".jpg",
    "a.tif",
)
_ENDINGS = tuple(EXTENSIONS)


def feel_expression(written: str) -> str:
    """An expression, evaluated with a few facts."""
    try:
        feel.evaluate(written, _FACTS)
    except feel.FeelError as error:
        assert str(error), written
        return "refused"
    return "taken"


def feel_test(written: str, value: object = 6) -> str:
    """A unary test of a value."""
    try:
        feel.unary_test(written, value, _FACTS)
    except feel.FeelError as error:
        assert str(error), written
        return "refused"
    return "taken"


def json_text(body: bytes) -> str:
    """The body of a request."""
    try:
        value = strict_json.parse(body)
    except (Malformed, Invalid) as error:
        assert error.detail
        return "refused"
    # What was taken is kept as it is.
    assert strict_json.parse(canonical(value)) == value, body
    return "taken"


def list_cursor(given: str, kind: type = int, ranked: bool = False) -> str:
    """A place in a list."""
    try:
        at = cursor.decode(given, kind, ranked=ranked)[-2]
    except Invalid as error:
        assert error.errors[0].pointer == "/cursor"
        return "refused"
    assert at.tzinfo is UTC, given
    return "taken"


def file_name(given: str | None) -> str:
    """The name of a file that is handed in, made plain."""
    name = plain_name(given)
    assert name and name not in (".", "..") and not set(name) & set('/\\\0"\r\n') and len(name.encode()) <= 255, name
    return name


def file_content(content: bytes, name: str = "x.docx") -> str:
    """A file that is handed in under a name."""
    try:
        kind = recognise(io.BytesIO(content), name, EXTENSIONS)
    except Unrecognised as error:
        assert str(error)
        return "refused"
    assert kind in EXTENSIONS.values()
    return "taken"


def _feel(chance: random.Random) -> str:
    return feel_expression(broken.text(chance, EXPRESSIONS, _PIECES))


def _unary_tests(chance: random.Random) -> str:
    written = broken.text(chance, TESTS, _PIECES)
    return feel_test(written, chance.choice([1, "a", None, True]))


def _json_texts(chance: random.Random) -> str:
    return json_text(broken.content(chance, BODIES))


def _cursors(chance: random.Random) -> str:
    given = broken.text(chance, CURSORS, ("=", "-", "_", "eyJ", "W10", "A"))
    return list_cursor(given, chance.choice([int, str]), chance.random() < 0.5)


def _uploads(chance: random.Random) -> str:
    name = file_name(broken.text(chance, NAMES, (".", "/", "\\", "..", "pdf", "图")) if chance.random() < 0.9 else None)
    named = name if chance.random() < 0.3 else f"x.{chance.choice(_ENDINGS)}"
    return file_content(broken.content(chance, FILES), named)


def _forms() -> Target:
    designed = [json.loads(path.read_bytes()) for path in sorted(_PROCESSES.rglob("*.form"))]

    def take(chance: random.Random) -> str:
        schema = chance.choice(designed)
        if chance.random() < 0.5:
            schema = broken.value(chance, schema)
        problems = forms.check_schema(schema, file="f.form")
        assert all(problem.message for problem in problems)
        if any(problem.severity == "error" for problem in problems):
            return "refused"
        sent = broken.value(chance, forms.ordinary(schema, {}))
        if not isinstance(sent, dict):
            return "no data"
        try:
            taken = forms.validate(schema, sent, {})
        except Invalid as error:
            assert error.errors and all(fault.pointer and fault.message for fault in error.errors)
            return "data refused"
        assert json.loads(canonical(taken)) == taken
        return "taken"

    return take


def _decisions() -> Target:
    models = [path.read_bytes() for path in (*_PROCESSES.rglob("*.dmn"),)]
    models += [file.content for file in base_set() if file.name.endswith(".dmn")]

    def take(chance: random.Random) -> str:
        try:
            model = dmn.parse(broken.content(chance, models))
            dmn.check(model)
            for name in model.decisions:
                model.evaluate(name, _FACTS)
        except dmn.DmnError as error:
            assert str(error)
            return "refused"
        return "taken"

    return take


def _diagrams() -> Target:
    diagrams = [file.content for file in base_set() if file.name.endswith(".bpmn")]

    def take(chance: random.Random) -> str:
        found = read([SourceFile(name="a.bpmn", content=broken.content(chance, diagrams))])
        assert all(problem.message and problem.file == "a.bpmn" for problem in found.problems)
        return "taken" if found.ok else "refused"

    return take


def targets(asked: Requests) -> dict[str, tuple[Target, int]]:
    """Each target by its name, with the inputs that it gets of a thousand: the quick ones more."""
    return {
        "FEEL expressions": (_feel, 320),
        "FEEL unary tests": (_unary_tests, 180),
        "JSON texts": (_json_texts, 185),
        "cursors": (_cursors, 150),
        "uploaded files and their names": (_uploads, 100),
        "forms and their data": (_forms(), 20),
        "DMN models": (_decisions(), 10),
        "BPMN diagrams": (_diagrams(), 10),
        "bodies of requests": (asked.body, 12),
        "forms with files": (asked.form, 8),
        "lines and headers of requests": (asked.line, 5),
    }


def run(inputs: int, seed: int = 0) -> dict[str, tuple[Counter[str], float]]:
    """Give the targets so many inputs in all. By target: what became of them, and the seconds of the slowest.

    :raises AssertionError: with the target and the number of an input that is not taken as it should be.
    """
    told = {}
    asked = Requests()
    for name, (target, share) in targets(asked).items():
        became, slowest = Counter[str](), 0.0
        for number in range(seed, seed + inputs * share // 1000):
            began = time.process_time()
            try:
                became[target(random.Random(f"{name} {number}"))] += 1
            except Exception as error:
                raised = "an error that is no fault of the input" if isinstance(error, YichuangError) else "this"
                raise AssertionError(f"{name}, input {number} raised {raised}: {error!r}") from error
            slowest = max(slowest, time.process_time() - began)
            assert slowest < LONGEST, f"{name}, input {number} took {slowest:.1f} s"
        told[name] = (became, slowest)
    asked.end()
    return told
