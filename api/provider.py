"""The office's identity provider, which vouches for who somebody is (OpenID Connect Core 1.0 §3.1, code flow).

People log in there and are sent back with a code, for which the provider hands out a signed statement: the ID token.
Nothing else of the provider is asked for or kept, and a log-out here is none there. Here is what an office says of its
provider; how one talks with it is in `api.openid`, which is loaded only where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, current_app

from engine.errors import FieldError, Invalid, Unauthorised, Unavailable

if TYPE_CHECKING:
    from api.openid import Provider

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class ProviderAway(Unavailable):
    """The identity provider cannot be reached, or does not answer as one."""


class NotVouchedFor(Unauthorised):
    """The identity provider vouches for nobody."""


@dataclass(frozen=True, kw_only=True)
class Errand:
    """What the browser keeps while somebody is at the provider; each is good for one return."""

    #: Comes back with the code: the return belongs to this browser (RFC 6749 §10.12).
    state: str
    #: Stands in the ID token: it was made for this errand (OpenID Connect Core 1.0 §15.5.2).
    nonce: str
    #: Proves that whoever brings the code is whoever set out (RFC 7636).
    verifier: str
    #: Where to go on in the office.
    onwards: str


@dataclass(frozen=True, kw_only=True)
class Vouched:
    """What the provider states of somebody."""

    username: str
    #: When the person proved to the provider who they are, in seconds since the epoch; 0 where it does not say.
    proved: int


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Which provider it is, and what it knows this office by."""

    issuer: str
    client_id: str
    client_secret: str
    #: The claim that is a person's user name here.
    claim: str
    scopes: str

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Terms | None:
        """What the settings say; None where they name no provider.

        :raises Invalid: naming each setting that is missing or wrong.
        """
        given = {name: str(settings[f"OIDC_{name}"] or "").strip() for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")}
        claim, scopes = str(settings["OIDC_CLAIM"]), str(settings["OIDC_SCOPES"])
        only = settings["OIDC_ONLY"]
        faults = []
        if not given["ISSUER"]:
            if only or given["CLIENT_ID"]:
                faults.append(FieldError("YICHUANG_OIDC_ISSUER", "name the provider's issuer, or leave out the others"))
        else:
            if not is_protected(given["ISSUER"]):
                faults.append(FieldError("YICHUANG_OIDC_ISSUER", "an https address, as the provider itself writes it"))
            for name in ("CLIENT_ID", "CLIENT_SECRET"):
                if not given[name]:
                    faults.append(FieldError(f"YICHUANG_OIDC_{name}", "the provider gives it to each client"))
            if "openid" not in scopes.split():
                faults.append(FieldError("YICHUANG_OIDC_SCOPES", "openid must be among them"))
        if not isinstance(only, bool):
            faults.append(FieldError("YICHUANG_OIDC_ONLY", "true or false"))
        if faults:
            raise Invalid("The settings of the identity provider are not complete.", errors=faults)
        if not given["ISSUER"]:
            return None
        return cls(
            issuer=given["ISSUER"],
            client_id=given["CLIENT_ID"],
            client_secret=given["CLIENT_SECRET"],
            claim=claim,
            scopes=scopes,
        )


def register(app: Flask) -> None:
    """Let people log in to `app` through the provider that its settings name."""
    terms = Terms.of(app.config)
    app.extensions["provider"] = None if terms is None else _opened(terms)


def provider() -> Provider | None:
    """The provider of this application."""
    known: Provider | None = current_app.extensions["provider"]
    return known


def is_protected(url: object) -> bool:
    """Whether nobody between can read or change what goes there; on this machine there is nobody between."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        )
    except ValueError:
        return False


def _opened(terms: Terms) -> Provider:
    # Only here: most offices have none, and the libraries take a quarter of a second to load.
    from api.openid import Provider

    return Provider(terms)
