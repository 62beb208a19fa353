"""Talking with the identity provider, by libraries that know the protocol (OpenID Connect Core 1.0 §3.1, code flow)."""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from requests import RequestException

from api.provider import Errand, NotVouchedFor, ProviderAway, Terms, Vouched, is_protected

if TYPE_CHECKING:
    from joserfc.jwk import KeySetSerialization

#: Seconds until a connection to the provider is made, and until its answer goes on.
TIMEOUT = (3.0, 5.0)
#: Seconds for which what the provider tells of itself is believed.
REMEMBERED = 3600.0
#: Seconds by which the provider's clock may be another than ours.
LEEWAY = 60

#: Signatures that the provider alone can make: none by a secret that is shared, and not "none" (RFC 7518 §3.1).
_SIGNATURES = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_WELL_KNOWN = "/.well-known/openid-configuration"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Provider:
    """One identity provider."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._described: tuple[float, Mapping[str, Any]] | None = None
        self._keys: KeySet | None = None

    def send(self, redirect_uri: str, onwards: str, *, anew: bool = False) -> tuple[str, Errand]:
        """Where to send the browser, and what it is to keep.

        :param redirect_uri: where the provider sends it back to; one of those that it knows, to the letter.
        :param anew: whether the person is to prove who they are again, though the provider remembers them.
        :raises ProviderAway: if it cannot be asked where that is.
        """
        errand = Errand(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            onwards=onwards,
        )
        with self._session(redirect_uri) as session:
            url, _ = session.create_authorization_url(
                self._description(session)["authorization_endpoint"],
                state=errand.state,
                nonce=errand.nonce,
                code_verifier=errand.verifier,
                # §3.1.2.1: with max_age the statement says when that was.
                **({"prompt": "login", "max_age": "0"} if anew else {}),
            )
        return url, errand

    def vouched(self, errand: Errand, came_back: Mapping[str, str], redirect_uri: str) -> Vouched:
        """For whom the provider vouches.

        :param came_back: the query with which the browser came back.
        :raises NotVouchedFor: if it vouches for nobody, or what came does not belong together.
        :raises ProviderAway: if it does not answer.
        """
        if not secrets.compare_digest(came_back.get("state", "").encode(), errand.state.encode()):
            raise NotVouchedFor("What came back does not belong to this log-in.")
        # RFC 9207: with which provider the code is good.
        if came_back.get("iss", self._terms.issuer) != self._terms.issuer:
            raise NotVouchedFor("The code is another provider's.")
        if not came_back.get("code"):
            raise NotVouchedFor("The provider gave no code.")
        try:
            with self._session(redirect_uri) as session:
                token = session.fetch_token(
                    self._description(session)["token_endpoint"],
                    grant_type="authorization_code",
                    code=came_back["code"],
                    code_verifier=errand.verifier,
                )
                claims = self._claims(session, token, errand.nonce)
        except (RequestException, OSError) as error:
            raise ProviderAway from error
        except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
            raise NotVouchedFor(f"The provider's statement does not hold: {_told(error)}.") from error
        username = claims.get(self._terms.claim)
        if not isinstance(username, str) or not username:
            raise NotVouchedFor(f"The provider's statement has no {self._terms.claim}.")
        proved = claims.get("auth_time")
        return Vouched(username=username, proved=min(int(proved), int(time.time())) if proved else 0)

    def _claims(self, session: OAuth2Session, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """What an ID token states, once all of OpenID Connect Core 1.0 §3.1.3.7 holds."""
        registry = JWSRegistry(algorithms=_SIGNATURES, strict_check_header=False)
        try:
            decoded = jwt.decode(token["id_token"], self._known_keys(session), registry=registry)
        except InvalidKeyIdError:
            # The provider has a new key since.
            self._keys = None
            decoded = jwt.decode(token["id_token"], self._known_keys(session), registry=registry)
        client_id = self._terms.client_id
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": self._terms.issuer},
                "aud": {"essential": True, "value": self._terms.client_id},
            },
            {"nonce": nonce, "client_id": client_id, "access_token": token.get("access_token")},
        )
        claims.validate(leeway=LEEWAY)
        return dict(claims)

    def _known_keys(self, session: OAuth2Session) -> KeySet:
        if self._keys is None:
            self._keys = KeySet.import_key_set(
                cast("KeySetSerialization", _asked(session, self._description(session)["jwks_uri"]))
            )
        return self._keys

    def _description(self, session: OAuth2Session) -> Mapping[str, Any]:
        """What the provider tells of itself (OpenID Connect Discovery 1.0 §4), asked again once an hour."""
        now = time.monotonic()
        if self._described is None or now - self._described[0] > REMEMBERED:
            told = _asked(session, self._terms.issuer.rstrip("/") + _WELL_KNOWN)
            # §4.3: or somebody else describes itself as the one that was asked.
            if told.get("issuer") != self._terms.issuer:
                raise ProviderAway("The provider calls itself by another issuer than YICHUANG_OIDC_ISSUER.")
            if not all(is_protected(told.get(name)) for name in _ENDPOINTS):
                raise ProviderAway("The provider does not tell its endpoints, or some without https.")
            self._described, self._keys = (now, told), None
        return self._described[1]

    def _session(self, redirect_uri: str) -> OAuth2Session:
        session = OAuth2Session(
            self._terms.client_id,
            self._terms.client_secret,
            scope=self._terms.scopes,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            default_timeout=TIMEOUT,
        )
        # As the connectors: no proxy of the environment, the system's authorities, and no redirects.
        paths = ssl.get_default_verify_paths()
        session.trust_env, session.verify, session.max_redirects = False, paths.cafile or paths.capath or True, 0
        return session


def _asked(session: OAuth2Session, url: str) -> Mapping[str, Any]:
    try:
        answer = session.request("GET", url, withhold_token=True)
        answer.raise_for_status()
        told = answer.json()
    except (RequestException, OSError, ValueError) as error:
        raise ProviderAway from error
    if not isinstance(told, dict):
        raise ProviderAway
    return told


def _told(error: Exception) -> str:
    """What is wrong, by the kind of fault and the claim's name: none of what the statement says."""
    claim = getattr(error, "claim", None)
    return f"{type(error).__name__} {claim}" if claim else type(error).__name__
