"""Who gets in, and with what: stories at the counter of the administrator."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta, timezone
from hashlib import sha1

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from engine.errors import Forbidden, Invalid, NotFound, Unauthorised, Unavailable
from engine.office import passwords
from engine.office.breached import Breached
from engine.office.catalogue import Catalogue
from engine.office.clock import OfficeClock
from engine.office.ledger import Ledger
from engine.office.people import FAILURES, FIRST, LOCK, TOKEN_PREFIX, FirstPassword, NewPerson, People
from engine.office.person import Membership, Role
from engine.storage import driver, tables

PASSWORD = "three calm herons"
GIVEN = "k3mp-x7wd-q9ra-t2vz"
#: Where the rules are the point, one kind of database is enough.
EMBEDDED = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
UNITS = "code,name,level,parent\nhall,大厅,department,\nhousing,住建委,department,\n"
CHINA = timezone(timedelta(hours=8))


@pytest.fixture
def people(database, clock):
    office_clock = OfficeClock(database, clock)
    ledger = Ledger(database, office_clock, CHINA)
    Catalogue(database, ledger).import_units(UNITS)
    people = People(database, office_clock, ledger, CHINA)
    people.add("lan", "蓝清和", PASSWORD, [("hall", "clerk"), ("housing", "leader")])
    return people


def pointers(error: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [field.pointer for field in error.value.errors]


class TestLoggingIn:
    def test_the_right_password_gives_the_person_with_their_units(self, people):
        person = people.authenticate("lan", PASSWORD)

        assert (person.username, person.name) == ("lan", "蓝清和")
        assert person.memberships == (Membership("hall", Role.CLERK), Membership("housing", Role.LEADER))

    def test_why_somebody_is_refused_is_not_told(self, people):
        people.add("gone", "已离职", PASSWORD, [("hall", "clerk")])
        people.disable("gone")
        attempts = [
            ("lan", "wrong"),
            ("nobody", PASSWORD),
            ("gone", PASSWORD),
            ("", ""),
            ("LAN", PASSWORD),
            ("a\0", "x"),
        ]

        told = set()
        for username, password in attempts:
            with pytest.raises(Unauthorised) as refused:
                people.authenticate(username, password)
            told.add(refused.value.detail)

        assert len(told) == 1

    def test_an_unknown_name_takes_as_long_as_a_wrong_password(self, slow_hashing, people):
        def shortest(username: str) -> float:
            durations = []
            for _ in range(3):
                began = time.process_time()
                with pytest.raises(Unauthorised):
                    people.authenticate(username, "wrong password")
                durations.append(time.process_time() - began)
            return min(durations)

        assert 0.5 < shortest("nobody") / shortest("lan") < 2

    def test_the_same_password_from_another_input_method(self, people):
        people.passwd("lan", "１２３ herons ﬁsh")

        assert people.authenticate("lan", "123 herons fish").username == "lan"

    @pytest.mark.parametrize("password", ["\ud800 surrogate", "x" * 100_000, "", "\0"])
    def test_odd_passwords_are_wrong_not_an_error(self, people, password):
        with pytest.raises(Unauthorised):
            people.authenticate("lan", password)

    def test_a_hash_of_weaker_parameters_is_renewed_at_the_next_log_in(self, slow_hashing, people, database):
        weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
        with database.write() as connection:
            connection.execute(update(tables.person).values(password_hash=weak))

        people.authenticate("lan", PASSWORD)

        with database.read() as connection:
            stored = connection.scalar(select(tables.person.c.password_hash))
        assert stored != weak and not PasswordHasher().check_needs_rehash(stored)
        assert people.authenticate("lan", PASSWORD).username == "lan"


class TestLockingOut:
    @staticmethod
    def guess(people: People, times: int) -> None:
        for _ in range(times):
            with pytest.raises(Unauthorised):
                people.authenticate("lan", "a guess")

    def test_after_ten_guesses_the_right_password_does_not_help_for_a_while(self, people, clock):
        self.guess(people, FAILURES)
        with pytest.raises(Unauthorised):
            people.authenticate("lan", PASSWORD)

        clock.pass_time(seconds=LOCK.total_seconds() - 1)
        self.guess(people, 1)  # does not make the lock longer
        with pytest.raises(Unauthorised):
            people.authenticate("lan", PASSWORD)

        clock.pass_time(seconds=1)
        assert people.authenticate("lan", PASSWORD).username == "lan"

    def test_a_right_password_in_between_starts_the_count_anew(self, people):
        self.guess(people, FAILURES - 1)
        people.authenticate("lan", PASSWORD)
        self.guess(people, FAILURES - 1)

        assert people.authenticate("lan", PASSWORD).username == "lan"

    def test_one_guess_after_the_lock_does_not_lock_again(self, people, clock):
        self.guess(people, FAILURES)
        clock.pass_time(seconds=LOCK.total_seconds())
        self.guess(people, 1)

        assert people.authenticate("lan", PASSWORD).username == "lan"

    def test_a_new_password_unlocks(self, people):
        self.guess(people, FAILURES)

        people.passwd("lan", "four calm herons")

        assert people.authenticate("lan", "four calm herons").username == "lan"

    def test_tokens_and_sessions_go_on_while_the_name_is_locked(self, people):
        token = people.new_token("lan")["token"]
        self.guess(people, FAILURES)

        assert people.by_token(token) == people.person("lan")


class TestTokens:
    def test_a_token_acts_as_its_owner_until_it_expires(self, people, clock):
        made = people.new_token("lan", days=30)

        assert made["token"].startswith(TOKEN_PREFIX)
        assert made["expires"] == "2026-04-09T09:00:00+08:00"
        assert people.by_token(made["token"]) == people.authenticate("lan", PASSWORD)
        clock.pass_time(days=30)
        with pytest.raises(Unauthorised):
            people.by_token(made["token"])

    def test_a_revoked_token_is_worthless_and_revoking_it_again_is_nothing(self, people):
        kept, revoked = (people.new_token("lan")["token"] for _ in range(2))

        people.revoke_token(revoked)
        people.revoke_token(revoked)

        with pytest.raises(Unauthorised):
            people.by_token(revoked)
        assert people.by_token(kept).username == "lan"

    def test_a_person_who_is_disabled_is_out_at_once_and_for_good(self, people):
        token = people.new_token("lan")["token"]
        assert people.by_token(token).username == "lan"

        people.disable("lan")

        for attempt in (
            lambda: people.by_token(token),
            lambda: people.authenticate("lan", PASSWORD),
        ):
            with pytest.raises(Unauthorised):
                attempt()
        with pytest.raises(NotFound):
            people.person("lan")
        with pytest.raises(NotFound):
            people.new_token("lan")

        people.enable("lan")
        assert people.authenticate("lan", PASSWORD).username == "lan"
        with pytest.raises(Unauthorised):
            people.by_token(token)  # what leaked before stays revoked

    @pytest.mark.parametrize("text", ["", "x", TOKEN_PREFIX, TOKEN_PREFIX + "A" * 43, "\ud800", "Bearer x", "é" * 52])
    def test_what_is_no_token(self, people, text):
        with pytest.raises(Unauthorised):
            people.by_token(text)
        with pytest.raises(NotFound):
            people.revoke_token(text)

    def test_reading_one_asks_the_database_once_and_writes_nothing(self, people, monkeypatch):
        token = people.new_token("lan")["token"]
        statements: list[str] = []
        run = driver.run

        def noted(connection, text, parameters=()):
            statements.append(text)
            return run(connection, text, parameters)

        monkeypatch.setattr(driver, "run", noted)

        people.by_token(token)

        assert len([s for s in statements if "FROM person" in s]) == 1
        assert all(s.startswith("SELECT") for s in statements), statements

    def test_the_token_itself_is_stored_nowhere(self, people, database):
        token = people.new_token("lan")["token"]

        with database.read() as connection:
            rows = str(connection.execute(select(tables.token)).all())
        assert token not in rows and token.removeprefix(TOKEN_PREFIX) not in rows

    @pytest.mark.parametrize("days", [0, -1, 3651])
    def test_a_token_for_too_long_or_no_time(self, people, days):
        with pytest.raises(Invalid) as refused:
            people.new_token("lan", days=days)
        assert pointers(refused) == ["/days"]


class TestJoining:
    @EMBEDDED
    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"username": ""}, ["/username"]),
            ({"username": "Lan"}, ["/username"]),
            ({"username": "蓝"}, ["/username"]),
            ({"username": "a" * 65}, ["/username"]),
            ({"username": "new\n"}, ["/username"]),
            ({"username": "system"}, ["/username"]),
            ({"username": "lan"}, ["/username"]),
            ({"name": " "}, ["/name"]),
            ({"name": "两\n行"}, ["/name"]),
            ({"name": "长" * 101}, ["/name"]),
            ({"password": "short"}, ["/password"]),
            ({"password": "x" * 257}, ["/password"]),
            ({"password": "abababababab"}, ["/password"]),
            ({"password": "Password1"}, ["/password"]),
            ({"password": "newcomer-1"}, ["/password"]),
            ({"password": "qwertyuiop"}, ["/password"]),
            ({"password": "Ａ１２３４５６７８９"}, ["/password"]),
            ({"password": "woaini1314"}, ["/password"]),
            ({"password": "Housing@2026"}, ["/password"]),
            ({"password": "2026住建委!!!"}, ["/password"]),
            ({"password": "YiChuang_123"}, ["/password"]),
            ({"memberships": []}, ["/units"]),
            ({"memberships": [("nowhere", "clerk")]}, ["/units/0/unit"]),
            ({"memberships": [("hall", "clerk"), ("hall", "boss")]}, ["/units/1/role"]),
            ({"memberships": [("hall", "clerk"), ("hall", "clerk")]}, ["/units/1"]),
            (
                {"username": "", "name": "", "password": "", "memberships": []},
                ["/username", "/name", "/password", "/units"],
            ),
        ],
    )
    def test_what_is_wrong_is_named_field_by_field_and_nobody_is_added(self, people, change, where):
        form = {
            "username": "newcomer",
            "name": "新人",
            "password": PASSWORD,
            "memberships": [("hall", "clerk")],
        } | change

        with pytest.raises(Invalid) as refused:
            people.add(**form)

        assert pointers(refused) == where
        assert [person["username"] for person in people.list()] == ["lan"]

    @EMBEDDED
    def test_the_most_frequent_passwords_are_refused_and_those_that_only_hold_such_a_word_are_not(self, people):
        from zxcvbn.frequency_lists import FREQUENCY_LISTS

        frequent = [password for password in FREQUENCY_LISTS["passwords"] if len(password) >= passwords.SHORTEST]
        assert len(frequent) > 3000
        assert [password for password in frequent if passwords.fault(password, "lan") is None] == []
        for good in ("three calm herons", "住建委门前的三只鹭", "housing for herons", "my password is long"):
            assert passwords.fault(good, "lan", ["housing", "住建委"]) is None

    def test_several_join_together_or_not_at_all(self, people):
        good = NewPerson(username="good", name="好", password=PASSWORD, memberships=[("hall", "clerk")])
        bad = NewPerson(username="bad", name="坏", password=PASSWORD, memberships=[("nowhere", "clerk")])

        with pytest.raises(Invalid) as refused:
            people.add_all([good, bad, good])
        assert pointers(refused) == ["/1/units/0/unit", "/2/username"]
        with pytest.raises(NotFound):
            people.person("good")

        people.add_all([good])
        assert people.authenticate("good", PASSWORD).units(Role.CLERK) == {"hall"}

    def test_the_list_names_everybody_without_secrets(self, people):
        people.add("aa", "甲", PASSWORD, [("hall", "designer")])
        people.disable("aa")

        assert people.list() == [
            {"username": "aa", "name": "甲", "disabled": True, "units": [{"unit": "hall", "role": "designer"}]},
            {
                "username": "lan",
                "name": "蓝清和",
                "disabled": False,
                "units": [{"unit": "hall", "role": "clerk"}, {"unit": "housing", "role": "leader"}],
            },
        ]

    def test_two_administrators_add_the_same_name_at_once(self, people):
        def add(name: str) -> str:
            try:
                return people.add("twin", name, PASSWORD, [("hall", "clerk")]).name
            except Invalid as refused:
                assert refused.errors[0].pointer == "/username"
                return ""

        with ThreadPoolExecutor(4) as pool:
            names = [*pool.map(add, ["甲", "乙", "丙", "丁"])]

        assert len([name for name in names if name]) == 1
        assert people.person("twin").name in names


class TestFirstPasswords:
    """A password that somebody else set is good for choosing one's own, and passes (ASVS 6.4.1)."""

    @pytest.fixture
    def admin(self, people):
        return people.add("root", "管理员", PASSWORD, [("hall", "admin")])

    @pytest.fixture(params=["added", "another", "at the shell"])
    def first(self, request, people, admin):
        if request.param == "another":
            people.passwd("lan", GIVEN, by=admin)
            return "lan"
        by = None if request.param == "at the shell" else admin
        people.add("new", "新人", GIVEN, [("hall", "clerk")], first=by is None, by=by)
        return "new"

    def test_it_opens_nothing_but_the_choice_of_another(self, people, first):
        with pytest.raises(FirstPassword):
            people.authenticate(first, GIVEN)
        with pytest.raises(Unauthorised):
            people.authenticate(first, "a guess")

        people.change_password(first, GIVEN, "four calm herons")

        assert people.authenticate(first, "four calm herons").username == first
        with pytest.raises(Unauthorised):
            people.change_password(first, GIVEN, "five calm herons")

    def test_of_two_who_choose_at_the_same_moment_one_has_chosen(self, people, first, monkeypatch):
        hashed = passwords.hashed

        def after_another(password):
            monkeypatch.setattr(passwords, "hashed", hashed)
            people.change_password(first, GIVEN, "four calm herons")
            return hashed(password)

        monkeypatch.setattr(passwords, "hashed", after_another)
        with pytest.raises(Unauthorised):
            people.change_password(first, GIVEN, "five calm herons")
        assert people.authenticate(first, "four calm herons").username == first

    @pytest.mark.parametrize("again", [GIVEN, GIVEN.replace("-", "－")])
    def test_it_cannot_be_kept(self, people, first, again):
        with pytest.raises(Invalid) as refused:
            people.change_password(first, GIVEN, again)
        assert pointers(refused) == ["/password"]

    def test_after_a_week_it_is_a_wrong_password(self, people, first, clock):
        clock.pass_time(seconds=FIRST.total_seconds() - 1)
        with pytest.raises(FirstPassword):
            people.authenticate(first, GIVEN)

        clock.pass_time(seconds=1)
        for attempt in (
            lambda: people.authenticate(first, GIVEN),
            lambda: people.change_password(first, GIVEN, "four calm herons"),
        ):
            with pytest.raises(Unauthorised, match="user name or the password is wrong"):
                attempt()

    def test_they_are_random_and_accepted(self):
        made = {passwords.first() for _ in range(200)}
        assert len(made) == 200
        assert not any(passwords.fault(one, "lan", ["hall"]) for one in made)


class TestBreachedPasswords:
    @pytest.fixture
    def listed(self, tmp_path):
        stolen = sorted(sha1(f"stolen {n} herons".encode()).hexdigest().upper() for n in range(300))
        path = tmp_path / "breached"
        path.write_text("".join(f"{digest}:{n}\r\n" for n, digest in enumerate(stolen)))
        return path

    def test_each_of_the_list_is_found_and_no_other(self, listed):
        breached = Breached(listed)
        assert all(f"stolen {n} herons" in breached for n in range(300))
        assert not any(f"other {n} herons" in breached for n in range(300))

    def test_nobody_chooses_one(self, database, clock, listed, people):
        guarded = People(database, OfficeClock(database, clock), people._ledger, CHINA, Breached(listed))
        for attempt in (
            lambda: guarded.add("new", "新人", "stolen 7 herons", [("hall", "clerk")]),
            lambda: guarded.passwd("lan", "ｓtolen 7 herons"),
            lambda: guarded.change_password("lan", PASSWORD, "stolen 299 herons"),
        ):
            with pytest.raises(Invalid, match="stolen elsewhere"):
                attempt()
        guarded.passwd("lan", "stolen 300 herons")

    def test_what_is_no_such_list_is_refused_at_once(self, tmp_path, listed):
        for content in ("", "password1\n", "5BAA\n"):
            (tmp_path / "wrong").write_text(content)
            with pytest.raises(Invalid, match="no list of breached passwords"):
                Breached(tmp_path / "wrong")
        with pytest.raises(Invalid, match="cannot be read"):
            Breached(tmp_path / "nowhere")

    def test_without_the_list_no_password_is_taken(self, listed):
        breached = Breached(listed)
        listed.unlink()
        with pytest.raises(Unavailable):
            passwords.fault("four calm herons", "lan", (), breached)


class TestWhoMayDoThat:
    @pytest.fixture
    def admin(self, people):
        return people.add("root", "管理员", PASSWORD, [("hall", "admin")])

    def test_only_an_administrator_changes_others(self, people, admin):
        lan = people.person("lan")
        for attempt in (
            lambda by: people.add("x", "某", PASSWORD, [("hall", "clerk")], by=by),
            lambda by: people.passwd("root" if by is lan else "lan", "five calm herons", by=by),
            lambda by: people.new_token("root" if by is lan else "lan", by=by),
            lambda by: people.disable("lan", by=by),
            lambda by: people.enable("lan", by=by),
        ):
            with pytest.raises(Forbidden):
                attempt(lan)
            attempt(admin)

    def test_everybody_changes_their_own_password_and_makes_their_own_tokens(self, people):
        lan = people.person("lan")

        people.passwd("lan", "six calm herons", by=lan)

        assert people.by_token(people.new_token("lan", by=lan)["token"]) == lan
        assert people.authenticate("lan", "six calm herons") == lan

    @pytest.mark.parametrize("username", ["nobody", "", "a\0", "Ä"])
    def test_nobody_of_that_name(self, people, username):
        for attempt in (
            lambda: people.person(username),
            lambda: people.passwd(username, "seven calm herons"),
            lambda: people.disable(username),
            lambda: people.enable(username),
            lambda: people.new_token(username),
        ):
            with pytest.raises(NotFound):
                attempt()
