"""Servers and workers need less of PostgreSQL than whoever upgrades it: what the guide grants is enough."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from engine import Office
from tests.conftest import SetClock, administering, database_of_its_own
from tests.office.at_work import accept, do_named, matter_of_type, to_the_end

GUIDE = Path(__file__).parents[2] / "docs" / "operating.md"
SERVICE = "yichuang_service"


def test_the_account_of_servers_and_workers_can_change_neither_tables_nor_histories(
    postgres: str, postgres_template: str, tmp_path: Path, clock: SetClock
) -> None:
    (granted,) = re.findall(r"```sql\n(revoke .*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    with administering(postgres) as execute:
        execute(f"create role {SERVICE} login")
    with database_of_its_own(postgres, postgres_template) as owners:
        with administering(owners) as execute:
            execute(granted)
        url = make_url(owners).set(username=SERVICE).render_as_string(hide_password=False)
        office = Office(url, keyring=f"sqlite:///{tmp_path}/keyring.db", clock=clock, materials=tmp_path / "materials")
        office.keyring.upgrade()

        # with what the guide grants the office is ready, carries cases, fires what is due, administers and proves
        office.check_ready()
        types = ("instant", "promised", "joint")
        cases = [accept(office, matter_of_type(office, type), serial=serial) for serial, type in enumerate(types, 901)]
        assert to_the_end(office, cases[0])["status"] == "completed"
        do_named(office, cases[2], "check_materials")
        clock.pass_time(days=60)
        assert office.clock.tick() > 0
        admin, auditor = office.people.person("admin"), office.people.person("auditor")
        office.people.add("new", "新人", "three calm herons", [("hall", "clerk")], by=admin)
        assert all(office.history.verify(case["number"], by=auditor)["ok"] for case in cases)
        assert all(proof["ok"] for proof in office.ledger.prove(by=auditor))
        office.close()

        # and nothing that nobody but the owner should do
        service = create_engine(url)
        refused = Counter[str]()
        for statement in (
            "update entry set hash = hash",
            "delete from entry",
            "update act set hash = hash",
            "delete from act",
            "truncate entry",
            "drop table entry",
            "alter table entry add column more text",
            "create table more (id int)",
            "update alembic_version set version_num = '0001'",
        ):
            with service.connect() as connection, pytest.raises(ProgrammingError) as error:
                connection.execute(text(statement))
            refused[type(error.value.orig).__name__] += 1
        assert refused == {"InsufficientPrivilege": 9}
        service.dispose()
    with administering(postgres) as execute:
        execute(f"drop role {SERVICE}")
