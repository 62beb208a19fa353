"""The demonstration office: an invented district that works, and that nobody takes for a real one."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from stdnum.cn import ric

from engine import Office, demonstration
from engine.errors import Forbidden
from engine.office.person import Role
from engine.storage import tables

PRINCIPAL = ("clerk", "leader", "designer", "auditor", "admin")


def empty_office(url: str, folder: Path) -> Office:
    """An office without anything."""
    office = Office(url, keyring=f"sqlite:///{folder}/keyring.db")
    office.upgrade()
    return office


def rows(office) -> dict[str, list[tuple[object, ...]]]:
    """All that is stored about the office itself."""
    kept = (tables.unit, tables.window, tables.matter, tables.person, tables.membership, tables.setting)
    with office.database.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in kept
        }


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A demonstration office that the tests only read."""
    folder = tmp_path_factory.mktemp("demonstration")
    office = empty_office(f"sqlite:///{folder}/office.db", folder)
    demonstration.load(office)
    yield office
    office.close()


@pytest.fixture
def own_office(empty_database_url, tmp_path):
    """An empty office, on either database, for a test that changes it."""
    office = empty_office(empty_database_url, tmp_path)
    yield office
    office.close()


class TestLoading:
    def test_it_takes_no_time_and_marks_the_office(self, own_office):
        began = time.process_time()
        assert demonstration.load(own_office) is True
        assert time.process_time() - began < 10

        assert own_office.is_demonstration

    def test_a_second_load_changes_nothing(self, office):
        before = rows(office)

        assert demonstration.load(office) is False

        assert rows(office) == before

    def test_what_the_office_changed_stays_changed_and_what_is_missing_comes(self, own_office):
        own_office.catalogue.import_units("code,name,level\nchenghuai,我们的区,district\n")
        demonstration.load(own_office)
        own_office.people.passwd("clerk", "a new password")
        own_office.people.disable("housing")
        own_office.catalogue.import_windows("code,name,unit\nH01,改了名的窗口,hall\n")

        demonstration.load(own_office)

        assert own_office.catalogue.unit("chenghuai")["name"] == "我们的区"
        assert own_office.catalogue.window("H01")["name"] == "改了名的窗口"
        assert own_office.people.authenticate("clerk", "a new password").username == "clerk"
        assert [p["username"] for p in own_office.people.list() if p["disabled"]] == ["housing"]

    def test_an_office_with_real_cases_gets_no_published_password(self, own_office):
        add_a_case(own_office)

        with pytest.raises(Forbidden):
            demonstration.load(own_office)

        assert own_office.people.list() == [] and own_office.catalogue.units() == []

    def test_a_demonstration_office_with_cases_can_be_completed(self, own_office):
        demonstration.load(own_office)
        add_a_case(own_office)

        assert demonstration.load(own_office) is False


class TestUnitsAndWindows:
    def test_four_levels_under_one_district(self, office):
        units = office.catalogue.units()
        level = {unit["code"]: unit["level"] for unit in units}

        assert [unit["code"] for unit in units if unit["parent"] is None] == ["chenghuai"]
        assert [*level.values()].count("district") == 1
        assert [*level.values()].count("department") >= 45
        assert ([*level.values()].count("township"), [*level.values()].count("subdistrict")) == (14, 2)
        assert len([at for at in level.values() if at in ("village", "community")]) >= 16
        for unit in units:
            if unit["level"] in ("village", "community"):
                assert level[unit["parent"]] == {"village": "township", "community": "subdistrict"}[unit["level"]]
        assert {*office.catalogue.descendants("chenghuai")} == level.keys()

    def test_the_departments_that_diagrams_name(self, office):
        names = """planning housing fire environment water forestry transport civil-affairs market health education
            agriculture hr police tax culture emergency justice statistics commerce"""
        for code in names.split():
            assert office.catalogue.unit(code)["level"] == "department"

    def test_windows_at_every_level_and_each_has_a_clerk_and_a_leader(self, office):
        windows = office.catalogue.windows()
        levels = {office.catalogue.unit(window["unit"])["level"] for window in windows}

        assert levels == {"district", "department", "township", "subdistrict", "village", "community"}
        assert all(re.fullmatch("[A-Z0-9]+", window["code"]) for window in windows)
        for window in windows:
            assert {Role.CLERK, Role.LEADER} <= roles_in(office, window["unit"])


class TestMatters:
    def test_at_least_thirty_over_all_five_types(self, office):
        matters = office.catalogue.matters()

        assert len(matters) >= 30
        for type in ("instant", "joint", "promised", "reported", "returned"):
            assert len([matter for matter in matters if matter["type"] == type]) >= 5

    def test_joint_ones_from_two_departments_to_forty_four(self, office):
        sizes = {len(m["departments"]) for m in office.catalogue.matters() if m["type"] == "joint"}
        assert {2, 3, 5, 44} <= sizes
        assert all(not m["departments"] for m in office.catalogue.matters() if m["type"] != "joint")

    def test_every_unit_that_gets_a_task_has_people_for_it(self, office):
        for matter in office.catalogue.matters():
            for unit in (matter["unit"], *matter["departments"]):
                assert {Role.CLERK, Role.LEADER} <= roles_in(office, unit), unit

    def test_they_are_what_a_catalogue_wants(self, office):
        for matter in office.catalogue.matters():
            assert re.fullmatch(r"(01|05|07|10|20)\d{8}", matter["code"]), "GB/T 39554: type, main item, sub item"
            assert re.search(r"《.+》", matter["legal_basis"]) and matter["materials"]
            assert matter["promised_days"] <= matter["statutory_days"]
            assert (matter["promised_days"] == 0) == (matter["type"] == "instant"), "done at once, or promised a time"
            assert any(material["required"] for material in matter["materials"])
            # The principal clerk, at H01, can accept everything.
            assert not matter["windows"] or "H01" in matter["windows"]


class TestPeople:
    def test_the_principal_five_are_easy_to_remember(self, office):
        for role in PRINCIPAL:
            person = office.people.authenticate(role, demonstration.PASSWORD)
            assert person.roles == {Role(role)}

    def test_the_principal_clerk_has_one_unit_with_one_window(self, office):
        (seat,) = office.people.person("clerk").memberships
        assert seat == office.people.person("clerk2").memberships[0]
        assert office.people.person("leader").units(Role.LEADER) == {seat.unit}
        assert [w["code"] for w in office.catalogue.windows() if w["unit"] == seat.unit] == ["H01"]

    def test_every_unit_has_its_own_two(self, office):
        people = {person["username"]: person["units"] for person in office.people.list()}
        for unit in office.catalogue.units():
            assert people[unit["code"]] == [{"unit": unit["code"], "role": "clerk"}]
            assert people[unit["code"] + ".leader"] == [{"unit": unit["code"], "role": "leader"}]

    def test_there_are_several_in_every_role_and_no_name_is_there_twice(self, office):
        people = office.people.list()
        # A worker is a program's account, which the demonstration has no use for.
        for role in set(Role) - {Role.WORKER}:
            assert len([person for person in people if role in {seat["role"] for seat in person["units"]}]) >= 2
        assert len({person["name"] for person in people}) == len(people)

    def test_the_log_ins_that_are_printed_work(self, office):
        logins = demonstration.logins()

        assert tuple(login.username for login in logins[:5]) == PRINCIPAL
        names = {unit["code"]: unit["name"] for unit in office.catalogue.units()}
        for username, role, unit in logins:
            assert (role, unit) in {(s.role, names[s.unit]) for s in office.people.person(username).memberships}

    def test_applicants_have_possible_identity_numbers_of_nobody(self):
        applicants = demonstration.applicants()
        assert len({applicant["id_number"] for applicant in applicants}) == len(applicants) >= 5
        for applicant in applicants:
            assert applicant["id_type"] == "resident_id"
            assert ric.is_valid(applicant["id_number"])
            assert ric.get_birth_date(applicant["id_number"]).year == 1900


@cache
def seats(office) -> list[tuple[str, str]]:
    """Who is what where: (unit, role) of everybody."""
    return [(seat["unit"], seat["role"]) for person in office.people.list() for seat in person["units"]]


def roles_in(office, unit: str) -> set[str]:
    """The roles that somebody has in a unit."""
    return {role for where, role in seats(office) if where == unit}


def add_a_case(office) -> None:
    """A case in the table, whatever it is about."""
    now = datetime(2026, 3, 2, tzinfo=UTC)
    given = {"id": "a", "identity": "x"}
    binding = {"id": "b", "root": "one_window", "versions": "{}"}
    texts = ("number", "window", "unit", "matter", "status", "agent", "channel", "name_hash", "opening", "limit_state")
    row = {name: "x" for name in (*texts, "head", "state_digest")}
    row |= {"applicant": "a", "received_at": now, "last_at": now, "seq": 1, "binding": "b", "state": b""}
    with office.database.write() as connection:
        connection.execute(insert(tables.applicant).values(given))
        connection.execute(insert(tables.binding).values(binding))
        connection.execute(insert(tables.case).values(row))
