"""What can be set from outside: environment variables with the prefix ``YICHUANG_``, and their defaults."""

from __future__ import annotations

import os
import secrets
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Config, Flask

from api.cookies import SessionCookie
from api.environment import CHECKPOINTS, PREFIX, VAR

DEFAULTS: dict[str, Any] = {
    # Largest upload, in megabytes (2**20 bytes).
    "MAX_UPLOAD_MB": 20,
    "LOG_LEVEL": "info",
    # How many reverse proxies stand before the server and set X-Forwarded-*; 0 trusts none.
    "TRUSTED_PROXIES": 0,
    # Send cookies over HTTPS only, whatever this request came over: where a proxy that is not trusted takes it off.
    "SESSION_COOKIE_SECURE": False,
    # Where the server appends checkpoints, and reads them: perhaps what another machine keeps.
    "CHECKPOINTS": CHECKPOINTS,
    # The identity provider: its issuer (none: people log in with a password), and what it knows this office by.
    "OIDC_ISSUER": "",
    "OIDC_CLIENT_ID": "",
    "OIDC_CLIENT_SECRET": "",
    # The claim that is a person's user name here.
    "OIDC_CLAIM": "preferred_username",
    "OIDC_SCOPES": "openid profile",
    # Where it sends people back to; null for this server's address as the request has it.
    "OIDC_REDIRECT_URI": None,
    # Nobody logs in with a password.
    "OIDC_ONLY": False,
}


def read() -> Config:
    """The defaults, and what the environment says."""
    config = Config(".", DEFAULTS)
    config.from_prefixed_env(PREFIX)
    return config


def apply(app: Flask, given: dict[str, Any]) -> None:
    """Set the configuration of `app`: defaults, then the environment, then what was `given` in code."""
    app.config.from_mapping(read())
    app.config.from_mapping(given)
    app.session_interface = SessionCookie()
    app.config.update(
        SECRET_KEY=app.config["SECRET_KEY"] or secret_key(VAR),
        MAX_CONTENT_LENGTH=int(app.config["MAX_UPLOAD_MB"]) * 2**20,
        SESSION_COOKIE_NAME="yichuang",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        # Flask's debugger and its propagation of errors would show what a request carried.
        PROPAGATE_EXCEPTIONS=False,
        TRAP_HTTP_EXCEPTIONS=False,
    )


def secret_key(folder: Path) -> str:
    """The key that signs session cookies: made on the first run and kept in `folder`, readable by its owner only."""
    path = folder / "secret_key"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        # Another worker may have just created it and not written it yet.
        for _ in range(100):
            if key := path.read_text(encoding="ascii"):
                return key
            time.sleep(0.02)
        raise
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii")
