"""The application factory: what an office looks like over HTTP, put together in one visible place."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from api import calls, log, metrics, pages, serving, settings, watching
from api.health import health
from api.pages.errors import problem_page
from api.problems import answers as problem_answers
from api.reference import reference
from engine import Office

#: For every answer that does not say otherwise: nothing may be loaded, framed or kept.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_app(office: Office | None = None, **given: Any) -> Flask:
    """An application that serves `office` (the environment's, where none is given).

    :param given: settings by name, such as ``MAX_UPLOAD_MB=5``; they win over the environment's.
    """
    app = Flask("api", static_folder="static", template_folder="templates")
    settings.apply(app, given)
    served = office or Office.from_environment()
    served.watchman.on_step(metrics.step)
    serving.serve(app, served)
    log.register(app)
    watching.register(app)
    problem_answers.register(app)
    app.after_request(_protect)
    calls.register(app)
    app.register_blueprint(health)
    app.register_blueprint(reference)
    app.register_blueprint(pages.blueprint)
    problem_answers.show_as_page(app, problem_page)
    proxies = int(app.config["TRUSTED_PROXIES"])
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, proxies, proxies, proxies, proxies)  # type: ignore[method-assign]
    return app


def _protect(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
