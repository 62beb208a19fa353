"""The office behind the API in the tests: the demonstration office, and in it a matter of two steps."""

from __future__ import annotations

import json
from pathlib import Path

from engine import Office, demonstration
from engine.definitions.model import SourceFile
from tests.api.calling import MODELS
from tests.conftest import SetClock

#: Who calls, by role. `clerk` serves one window of the hall; `housing` handles the second step.
PEOPLE = ("clerk", "leader", "designer", "auditor", "admin", "housing", "housing.leader", "planning")


def furnish(folder: Path) -> dict[str, str]:
    """Make it in a folder. Gives a token for each of `PEOPLE` and of a worker, which `tokens.json` holds too."""
    office = Office(f"sqlite:///{folder}/office.db", keyring=f"sqlite:///{folder}/keyring.db", clock=SetClock())
    office.upgrade()
    demonstration.load(office)
    return furnish_more(office, folder)


def furnish_more(office: Office, folder: Path) -> dict[str, str]:
    """The same in a demonstration office, which is closed then."""
    sources = [SourceFile(name=p.name, content=p.read_bytes()) for p in sorted(MODELS.glob("[tl]*.*"))]
    office.definitions.deploy(sources, by=office.people.person("designer"))
    office.catalogue.import_matters((MODELS / "matters.csv").read_text(encoding="utf-8"))
    office.people.add("payments", "缴费系统", None, [("chenghuai", "worker")])
    # Who can stand in for the clerk.
    office.people.add("colleague", "同事", "a long enough word", [("hall", "clerk")])
    tokens = {name: office.people.new_token(name)["token"] for name in (*PEOPLE, "payments")}
    (folder / "tokens.json").write_text(json.dumps(tokens))
    office.close()
    return tokens
