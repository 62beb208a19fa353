"""The application factory: what an office looks like over HTTP, put together in one visible place."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from api import calls, log, metrics, pages, protection, provider, serving, settings, watching
from api.health import health
from api.pages.errors import problem_page
from api.problems import answers as problem_answers
from api.reference import reference
from api.routing import Application
from engine import Office


def create_app(office: Office | None = None, **given: Any) -> Flask:
    """An application that serves `office` (the environment's, where none is given).

    :param given: settings by name, such as ``MAX_UPLOAD_MB=5``; they win over the environment's.
    """
    app = Application("api", static_folder="static", template_folder="templates")
    settings.apply(app, given)
    served = office or Office.from_environment()
    served.watchman.on_step(metrics.step)
    serving.serve(app, served)
    provider.register(app)
    log.register(app)
    watching.register(app)
    problem_answers.register(app)
    protection.register(app)
    calls.register(app)
    app.register_blueprint(health)
    app.register_blueprint(reference)
    app.register_blueprint(pages.blueprint)
    problem_answers.show_as_page(app, problem_page)
    proxies = int(app.config["TRUSTED_PROXIES"])
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, proxies, proxies, proxies, proxies)  # type: ignore[method-assign]
    return app
