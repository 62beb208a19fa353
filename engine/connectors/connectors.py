"""The office's connectors, as its settings make them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from engine.connectors.fields import HTTP, MAIL
from engine.connectors.hosts import Hosts
from engine.connectors.http import HttpConnector
from engine.connectors.mail import PROTECTIONS, MailConnector
from engine.connectors.outcomes import Outcome
from engine.errors import Invalid


@dataclass(frozen=True)
class Connectors:
    """One connector a topic. As they are without settings, none reaches anybody."""

    http: HttpConnector = field(default_factory=HttpConnector)
    mail: MailConnector = field(default_factory=MailConnector)

    @property
    def by_topic(self) -> Mapping[str, Callable[[str, Mapping[str, Any]], Outcome]]:
        """Who does the jobs of a topic."""
        return {HTTP: self.http, MAIL: self.mail}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The connectors that the environment's settings make.

        They are ``YICHUANG_CONNECTOR_HOSTS``, ``…CONNECTOR_HEADERS``, and ``…SMTP_`` with ``HOST``, ``PORT``,
        ``PROTECTION``, ``USER``, ``PASSWORD`` and ``FROM``.

        :raises Invalid: naming the setting that cannot be read.
        """

        def setting(name: str, default: str = "") -> str:
            return environment.get(f"YICHUANG_{name}", "").strip() or default

        try:
            hosts = Hosts.read(setting("CONNECTOR_HOSTS").split(","))
        except ValueError as error:
            raise Invalid(f"YICHUANG_CONNECTOR_HOSTS: {error}.") from error
        try:
            headers = json.loads(setting("CONNECTOR_HEADERS", "{}"))
            if not all(isinstance(text, str) for of_host in headers.values() for text in of_host.values()):
                raise ValueError("a value is no text")
        except (ValueError, AttributeError) as error:
            told = 'write JSON such as {"pay.example.gov.cn": {"Authorization": "Bearer …"}}'
            raise Invalid(f"YICHUANG_CONNECTOR_HEADERS cannot be read: {told}.") from error
        protection, port = setting("SMTP_PROTECTION", "starttls"), setting("SMTP_PORT", "587")
        if protection not in PROTECTIONS:
            raise Invalid(f"YICHUANG_SMTP_PROTECTION is one of {', '.join(PROTECTIONS)}.")
        if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise Invalid("YICHUANG_SMTP_PORT is a number from 1 to 65535.")
        mail = MailConnector(
            host=setting("SMTP_HOST"),
            port=int(port),
            protection=protection,
            user=setting("SMTP_USER"),
            password=environment.get("YICHUANG_SMTP_PASSWORD", ""),
            sender=setting("SMTP_FROM"),
        )
        return cls(HttpConnector(hosts, headers), mail)
