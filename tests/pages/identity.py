"""A small identity provider for the tests: it speaks OpenID Connect over HTTP, and signs with a key of its own."""

from __future__ import annotations

import secrets
import time
from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urlencode

from flask import Flask, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.wrappers import Response

CLIENT, SECRET = "yichuang", "what the provider gave to the office"
RETURN = "http://localhost/login/provider/return"


class Identity:
    """The provider. `username` is who sits before the browser; `claims` and `header` change what is stated of them."""

    def __init__(self) -> None:
        self.issuer = ""
        #: Where the office may have people sent back to.
        self.back = RETURN
        self.username = "clerk"
        self.claims: dict[str, Any] = {}
        self.described: dict[str, Any] = {}
        self.answer: tuple[str, int] | None = None
        self.key = self.signing = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"}, private=True)
        self.asked: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self.app = Flask("identity")
        self.app.add_url_rule("/office/.well-known/openid-configuration", view_func=self._describe)
        self.app.add_url_rule("/office/authorise", view_func=self._authorise)
        self.app.add_url_rule("/office/token", view_func=self._hand_out, methods=["POST"])
        self.app.add_url_rule("/office/keys", view_func=self._publish)

    def change_key(self) -> None:
        """Sign with another key from now on, and publish that one alone."""
        self.key = self.signing = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"}, private=True)

    def _describe(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorise",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            **self.described,
        }

    def _authorise(self) -> Response:
        asked = request.args.to_dict()
        self.asked.append(asked)
        assert (asked["client_id"], asked["redirect_uri"], asked["response_type"]) == (CLIENT, self.back, "code")
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return redirect(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    def _hand_out(self) -> tuple[Any, int]:
        if self.answer:
            return self.answer
        scheme, _, proof = request.headers["Authorization"].partition(" ")
        name, _, secret = b64decode(proof).decode().partition(":")
        if (scheme, name, unquote(secret)) != ("Basic", CLIENT, SECRET):
            return {"error": "invalid_client"}, 401
        asked = self._codes.pop(request.form["code"], None)
        challenge = urlsafe_b64encode(sha256(request.form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"] or request.form["redirect_uri"] != self.back:
            return {"error": "invalid_grant"}, 400
        return {
            "access_token": secrets.token_urlsafe(),
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": self._statement(asked["nonce"]),
        }, 200

    def _statement(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "0815",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "preferred_username": self.username,
            **self.claims,
        }
        stated = {name: value for name, value in claims.items() if value is not None}
        algorithm = "HS256" if self.signing.key_type == "oct" else "RS256"
        return jwt.encode({"alg": algorithm, "kid": self.signing.kid}, stated, self.signing, algorithms=[algorithm])

    def _publish(self) -> Any:
        return KeySet([self.key]).as_dict(private=False)
