"""The pages' texts: everything that a page says is in the catalogue, in both languages."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from string import Formatter

import pytest

from api.pages import bilingual, diagrams, texts, times
from api.pages.texts import Language
from api.problems.types import PROBLEM_TYPES
from engine.history.kinds import Kind
from engine.office.person import Role

API = Path(__file__).parents[2] / "api"
FORMS = [*(API.parent / "processes").glob("*/*.form")]
SOURCES = [*API.glob("templates/pages/*.html"), *API.glob("pages/*.py")]


def test_what_pages_say_is_in_the_catalogue() -> None:
    said = {key for source in SOURCES for key in re.findall(r"\bt\(['\"]([a-z_.-]+)['\"][,)]", source.read_text())}
    scripts = {
        f"script.{key}"
        for source in API.glob("assets/src/*.js")
        for key in re.findall(r"\bword\('([a-z_]+)'\)", source.read_text())
    }
    assert len(said) > 100
    assert (said | scripts) - texts.catalogue().keys() == set()


def test_every_text_takes_the_same_values_in_both_languages() -> None:
    for key, pair in texts.catalogue().items():
        zh, en = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in pair)
        assert zh == en, key
        assert all(text.strip() for text in pair), key


def test_english_has_no_chinese_punctuation() -> None:
    # Curly quotation marks come out of a Chinese font as wide as a character.
    chinese = re.compile("[“”‘’「」《》、。，；：？！（）]")
    assert {key: english for key, (_, english) in texts.catalogue().items() if chinese.search(english)} == {}


def test_one_thing_is_no_several_things_in_english() -> None:
    known = texts.catalogue()
    counted = [key for key, (_, english) in known.items() if re.search(r"\{(n|days)\} (\w+ )?\w+[^s ]s\b", english)]
    # What is said of the entry of a number is of one anyhow.
    ordinal = {"playback.broken", "script.playback_fault"}
    several = {key for key in counted if not key.startswith("one.")} - ordinal
    assert {key for key in several if f"one.{key}" not in known} == set()
    assert texts.text("en", "matter.days", n=1) == "1 working day"
    assert texts.text("en", "matter.days", n=2) == "2 working days"
    assert texts.text("zh", "matter.days", n=1) == "1 个工作日"


def test_every_word_of_the_engine_has_its_text() -> None:
    wanted = [
        *(f"history.{kind.replace('.', '_').replace('-', '_')}" for kind in Kind),
        *(f"role.{role}" for role in Role),
        *(f"problem.{part}.{name}" for part in ("title", "way") for name in PROBLEM_TYPES),
    ]
    # Never answered by a page.
    never = {"unsupported-media-type", "definition-invalid"}
    missing = {key for key in wanted if key.rpartition(".")[2] not in never} - texts.catalogue().keys()
    assert missing == set()


@pytest.mark.parametrize("form", sorted(FORMS), ids=lambda form: form.name)
def test_what_our_forms_say_is_in_one_language_at_a_time(form: Path) -> None:
    schema = json.loads(form.read_text())
    for language, other in (("zh", "[A-Za-z]{3,}"), ("en", "[\u4e00-\u9fff]")):
        shown = bilingual.form(schema, language, "")  # type: ignore[arg-type]
        said = [component["text"] for component in shown["components"] if "text" in component]
        found = [text for text in said if re.search(other, re.sub(r"\{\{.*?\}\}", "", text))]
        assert found == []


def test_every_icon_is_in_the_sprite() -> None:
    drawn = set(json.loads((API / "assets" / "icons.json").read_text()))
    used = {
        name
        for source in API.glob("templates/pages/*.html")
        for call in re.findall(r"(?:m\.)?icon\((.*?)\)(?:\}|,)", source.read_text())
        for name in re.findall(r"'([a-z-]+)'(?!\s*:|\])", call)
    }
    assert used - drawn - {"claimed", "completed"} == set()


BEIJING = timezone(timedelta(hours=8))
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("due", "overdue", "zh", "en"),
    [
        ("2026-03-10T23:59:59+08:00", False, "今天到期", "due today"),
        ("2026-03-10T16:30:00+00:00", False, "明天到期", "due tomorrow"),
        ("2026-03-13T09:00:00+08:00", False, "还剩 3 天", "3 days left"),
        ("2026-03-10T07:00:00+08:00", True, "逾期 2 小时", "2 h late"),
        ("2026-03-08T23:00:00+08:00", True, "逾期 2 天", "2 days late"),
    ],
)
def test_limits_in_words(due: str, overdue: bool, zh: str, en: str) -> None:
    assert times.remaining(due, NOW, "zh", overdue=overdue) == zh
    assert times.remaining(due, NOW, "en", overdue=overdue) == en


@pytest.mark.parametrize(
    ("at", "zh", "en"),
    [
        ("2026-03-10T08:59:50+08:00", "刚刚", "now"),
        ("2026-03-10T08:18:00+08:00", "42 分钟前", "42 min ago"),
        ("2026-03-10T02:00:00+08:00", "7 小时前", "7 h ago"),
        ("2026-03-09T23:00:00+08:00", "昨天", "yesterday"),
        ("2026-03-01T23:00:00+08:00", "9 天前", "9 days ago"),
        ("2026-03-11T00:30:00+08:00", "明天", "tomorrow"),
    ],
)
def test_instants_in_words(at: str, zh: str, en: str) -> None:
    assert times.relative(at, NOW, "zh") == zh
    assert times.relative(at, NOW, "en") == en


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("准予 Grant", "准予", "Grant"),
        ("材料齐全，予以受理 Complete: accept", "材料齐全，予以受理", "Complete: accept"),
        # Not two languages: shown whole.
        ("方案 A", "方案 A", "方案 A"),
        ("营业执照 (PDF)", "营业执照 (PDF)", "营业执照 (PDF)"),
        ("Grant", "Grant", "Grant"),
        ("承诺日期 Promised date: {{case.due}}", *(2 * ("承诺日期 Promised date: {{case.due}}",))),
    ],
)
def test_labels_in_two_languages(text: str, zh: str, en: str) -> None:
    assert bilingual.label(text, "zh") == zh
    assert bilingual.label(text, "en") == en


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_a_choice_never_loses_the_difference_between_its_options(language: Language) -> None:
    labels = ["方案 Alpha", "方案 Beta"]
    assert len(set(bilingual.options(labels, language))) == 2


def test_a_form_s_heading_is_not_repeated() -> None:
    schema = {"type": "default", "components": [{"type": "text", "text": "## 核对材料\n\nCheck of the materials"}]}
    assert bilingual.form(schema, "zh", "核对材料")["components"] == []
    assert bilingual.form(schema, "en", "核对材料")["components"][0]["text"] == "Check of the materials"
    assert schema["components"] == [{"type": "text", "text": "## 核对材料\n\nCheck of the materials"}]


def test_the_english_explanation_of_a_chinese_label_is_its_english() -> None:
    field = {"type": "radio", "key": "decision", "label": "决定", "description": "Decision", "values": []}
    shown = {
        language: bilingual.form({"components": [field]}, language, "")["components"][0] for language in ("zh", "en")
    }
    assert shown["zh"] == {"type": "radio", "key": "decision", "label": "决定", "values": []}
    assert shown["en"] == {"type": "radio", "key": "decision", "label": "Decision", "values": []}
    # What explains more than the label, or a label that is English already, stays beneath it.
    assert bilingual.named("金额", "1 000 000 at most", "en") == "金额"
    assert bilingual.named("Amount", "In yuan", "en") == "Amount"


def test_the_heads_of_a_table_are_in_one_language() -> None:
    schema = json.loads((API.with_name("processes") / "joint" / "joint-decision.form").read_text(encoding="utf-8"))
    heads = {}
    for language in ("zh", "en"):
        (table,) = [part for part in bilingual.form(schema, language, "")["components"] if part["type"] == "table"]
        heads[language] = [column["label"] for column in table["columns"]]
    assert heads == {"zh": ["部门", "意见", "条件或理由"], "en": ["Department", "Opinion", "Conditions or reason"]}


@pytest.mark.parametrize("path", sorted(API.with_name("processes").glob("*/*.form")), ids=lambda path: path.stem)
def test_every_field_of_our_forms_is_named_in_english(path: Path) -> None:
    fields = diagrams.named_fields(json.loads(path.read_text(encoding="utf-8")))
    chinese = re.compile("[\u4e00-\u9fff]")
    assert [key for key, field in fields.items() if chinese.search(field.named("en"))] == []
    assert [key for key, field in fields.items() if not chinese.search(field.named("zh"))] == []
