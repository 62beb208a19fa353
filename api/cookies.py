"""Cookies as browsers guard them best: over HTTPS for this host alone, by name (RFC 6265bis §4.1.3.2)."""

from __future__ import annotations

import hashlib

from flask import Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface


class SessionCookie(SecureCookieSessionInterface):
    """The pages' session, signed with HMAC and SHA-256; its cookie is called as `name` says."""

    digest_method = staticmethod(hashlib.sha256)

    def get_cookie_name(self, app: Flask) -> str:
        """The cookie's name for this request."""
        return name(app.config["SESSION_COOKIE_NAME"])

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the browser is to send it over HTTPS only."""
        return secure()


def secure() -> bool:
    """Whether this request came over HTTPS, or the setting says that all do."""
    return request.is_secure or bool(current_app.config["SESSION_COOKIE_SECURE"])


def name(plain: str) -> str:
    """What a cookie is called: behind HTTPS so that no other host, and nothing without HTTPS, can set it."""
    return f"__Host-{plain}" if secure() else plain


def keep(answer: Response, plain: str, value: str, seconds: int) -> None:
    """Have the browser keep a value."""
    answer.set_cookie(name(plain), value, max_age=seconds, samesite="Lax", httponly=True, secure=secure())


def kept(plain: str) -> str | None:
    """The value that the browser keeps."""
    return request.cookies.get(name(plain))
