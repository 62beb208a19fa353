"""The pages in a real browser, before a real server with the demonstration office."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext

from api import create_app
from engine import Office
from tests.pages.desk import Desk
from tests.serving import served

SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
SCREENSHOTS.mkdir(exist_ok=True)


@pytest.fixture
def app(embedded_office: Office) -> Flask:
    """The application of the demonstration office."""
    return create_app(embedded_office, SECRET_KEY="a key for tests only")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor without a browser."""
    return app.test_client()


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """URL of a server of that application."""
    with served(app) as url:
        yield url


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that nobody has used yet."""
    fresh = browser.new_context(viewport={"width": 1280, "height": 900})
    yield fresh
    fresh.close()


@pytest.fixture
def desk(site: str, context: BrowserContext) -> Iterator[Desk]:
    """Somebody's desk with the pages open; whatever the browser complains of fails the test."""
    opened = Desk(site, context.new_page(), SCREENSHOTS)
    yield opened
    assert not opened.complaints
