"""A server that cannot work says so to whoever watches it."""

from __future__ import annotations

from pathlib import Path

from api import create_app
from engine import Office
from tests.conftest import SetClock
from tests.office.at_work import accept, matter_of_type


def test_an_office_whose_keys_were_never_made_is_not_ready(embedded_office: Office, tmp_path: Path) -> None:
    office = Office(embedded_office.database.url.render_as_string(), keyring=f"sqlite:///{tmp_path}/elsewhere.db")
    client = create_app(office, TESTING=True, SECRET_KEY="k").test_client()

    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "yichuang init" in answer.json["detail"]
    office.keyring.upgrade()
    assert client.get("/readyz").status_code == 200
    office.close()


def test_an_empty_database_is_not_ready(tmp_path: Path) -> None:
    office = Office(f"sqlite:///{tmp_path}/new.db", keyring=f"sqlite:///{tmp_path}/keyring.db")
    client = create_app(office, TESTING=True, SECRET_KEY="k").test_client()

    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    office.upgrade()
    assert client.get("/readyz").status_code == 200
    office.close()


def test_a_clock_that_nobody_keeps_is_told_and_leaves_the_server_ready(
    embedded_office: Office, clock: SetClock
) -> None:
    client = create_app(embedded_office, TESTING=True, SECRET_KEY="k").test_client()
    accept(embedded_office, matter_of_type(embedded_office, "promised"))
    clock.pass_time(days=90)
    told = client.get("/readyz")
    assert (told.status_code, told.json["clock"]["status"]) == (200, "late")
    assert told.json["clock"]["due"] == 1 and told.json["clock"]["seconds"] > 60
    embedded_office.clock.tick()
    assert client.get("/readyz").json["clock"] == {"status": "ok", "due": 0, "seconds": 0.0}
