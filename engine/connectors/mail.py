"""One message by SMTP (RFC 5321) for a job."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from engine.connectors.outcomes import Done, Failed, Outcome, Refused, Thrown
from engine.mail_address import is_mail_address

#: How the connection is protected: from its beginning, by STARTTLS, or not at all.
PROTECTIONS = ("tls", "starttls", "none")
MOST_RECIPIENTS, MOST_TEXT = 50, 100_000
_TIMEOUT = 30


@dataclass(frozen=True, kw_only=True)
class MailConnector:
    """Does jobs with the topic ``mail``."""

    host: str = ""
    port: int = 587
    protection: str = "starttls"
    user: str = ""
    password: str = ""
    #: Address that the messages come from.
    sender: str = ""

    def __call__(self, id: str, given: Mapping[str, Any]) -> Outcome:
        """Send one message.

        :param id: is in its ``Message-ID``: whoever gets it twice can tell.
        """
        if not self.host or not self.sender:
            return Refused("Mail is not set up: name YICHUANG_SMTP_HOST and YICHUANG_SMTP_FROM.")
        try:
            message, recipients = self._message(id, given)
        except ValueError as error:
            return Refused(f"{error}.")
        try:
            with self._connected() as server:
                missed = server.send_message(message, self.sender, recipients)
        except smtplib.SMTPNotSupportedError as error:
            return Refused(f"The mail server cannot do what the settings ask for: {error}.")
        except smtplib.SMTPRecipientsRefused as error:
            return _refused(max(code for code, _ in error.recipients.values()))
        except smtplib.SMTPAuthenticationError as error:
            return Failed(f"The mail server refuses the office's log-in ({error.smtp_code}).")
        except smtplib.SMTPResponseException as error:
            return _refused(error.smtp_code)
        except (OSError, smtplib.SMTPException) as error:
            return Failed(f"The mail server cannot be reached: {type(error).__name__}.")
        return Done({"mail": {"sent": len(recipients) - len(missed), "refused": len(missed)}})

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.protection == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT)
        try:
            if self.protection == "starttls":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, id: str, given: Mapping[str, Any]) -> tuple[EmailMessage, list[str]]:
        to, cc = _addresses(given, "to"), _addresses(given, "cc")
        reply = _addresses(given, "reply_to")
        if not to:
            raise ValueError("The input to gives no address")
        if len(to) + len(cc) > MOST_RECIPIENTS:
            raise ValueError(f"A message goes to {MOST_RECIPIENTS} addresses at most")
        subject, text = given.get("subject"), given.get("text")
        if not isinstance(subject, str) or not subject.strip() or not subject.isprintable() or len(subject) > 500:
            raise ValueError("The input subject gives no text of one line")
        if not isinstance(text, str) or not text.strip() or len(text) > MOST_TEXT:
            raise ValueError(f"The input text gives no text of at most {MOST_TEXT} characters")
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"], message["Subject"] = self.sender, ", ".join(to), subject
        if cc:
            message["Cc"] = ", ".join(cc)
        if reply:
            message["Reply-To"] = ", ".join(reply)
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{re.sub(r'[^A-Za-z0-9.-]', '.', id)}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answer, please
        message.set_content(text)
        return message, to + cc


def _addresses(given: Mapping[str, Any], name: str) -> list[str]:
    value = given.get(name)
    several = value if isinstance(value, list) else [] if value is None else [value]
    for one in several:
        if not is_mail_address(one):
            raise ValueError(f"The input {name} gives something that is no mail address")
    return [one.strip() for one in several]


def _refused(code: int) -> Outcome:
    if 400 <= code < 500:
        return Failed(f"The mail server answered {code}.")
    return Thrown(f"smtp-{code}", f"The mail server answered {code}.")
