"""One HTTP request (RFC 9110) for a job: bounded in time and size, to named hosts only, redirected nowhere."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from engine.connectors.hosts import Hosts, NotAllowed
from engine.connectors.outcomes import Done, Failed, Outcome, Refused, Thrown

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
#: Seconds that a request may take in all, by default and at most.
USUAL_TIMEOUT, LONGEST_TIMEOUT = 10, 60
#: Bytes of an answer: it stands in the history as long as the case does.
MOST_BYTES = 256 * 1024
#: Statuses that pass by themselves (RFC 9110 §15, RFC 8470, RFC 6585), besides all of 500 and above.
_PASSING = frozenset({408, 425, 429})
_LONGEST_AFTER = 86_400
_PORTS = {"http": 80, "https": 443}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE = re.compile(r"[\x20-\x7e]{0,4000}")
#: What the connector itself says of a request.
_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect"}
    | {"idempotency-key", "accept-encoding", "proxy-authorization"}
)


class Wrong(Exception):
    """An input that cannot be sent."""


@dataclass(frozen=True)
class HttpConnector:
    """Does jobs with the topic ``http``."""

    hosts: Hosts = field(default_factory=Hosts)
    #: Headers by host as the setting names it (``host``, ``host:port``): secrets that no diagram and no history shows.
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __call__(self, id: str, given: Mapping[str, Any]) -> Outcome:
        """Send one request. The answer is ``response``: its status, and its body, read where it is JSON.

        :param id: goes along as ``Idempotency-Key``: the same work, however often it is tried.
        """
        try:
            request = _Request.read(id, given, self.headers)
            addresses = self.hosts.addresses(request.host, request.port, _PORTS[request.scheme])
        except (Wrong, NotAllowed) as error:
            return Refused(f"{error}.")
        except OSError:
            return Failed(f"The host {given.get('url') and urlsplit(given['url']).hostname} cannot be found.")
        try:
            status, headers, body = _exchange(request, addresses)
        except TimeoutError:
            return Failed(f"{request.host} did not answer within {request.timeout:g} seconds.")
        except ssl.SSLCertVerificationError as error:
            return Failed(f"The certificate of {request.host} is not valid: {error.verify_message}.")
        except (OSError, http.client.HTTPException) as error:
            return Failed(f"No answer came from {request.host}: {type(error).__name__}.")
        return _read(request, status, headers, body)


@dataclass(frozen=True, kw_only=True)
class _Request:
    scheme: str
    host: str
    port: int
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout: float

    @classmethod
    def read(cls, id: str, given: Mapping[str, Any], secrets: Mapping[str, Mapping[str, str]]) -> _Request:
        url, method = given.get("url"), given.get("method")
        parts = _url(url)
        host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
        method = str(method or ("GET" if given.get("body") is None else "POST")).upper()
        if method not in METHODS:
            raise Wrong(f"The method is none of {', '.join(METHODS)}")
        headers, body = {"Accept": "application/json", "User-Agent": "Yichuang"}, given.get("body")
        content: bytes | None = None
        if isinstance(body, str):
            content, headers["Content-Type"] = body.encode(), "text/plain; charset=utf-8"
        elif body is not None:
            content, headers["Content-Type"] = json.dumps(body, ensure_ascii=False).encode(), "application/json"
        for name, value in (_mapping(given.get("headers"), "headers") or {}).items():
            if name.lower() in _OURS or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(_text(value)):
                raise Wrong(f"The header {name!r} cannot be set, or has a value that cannot be sent")
            headers = {old: headers[old] for old in headers if old.lower() != name.lower()} | {name: _text(value)}
        usual = port == _PORTS[parts.scheme]
        headers |= secrets.get(f"{host}:{port}") or (secrets.get(host, {}) if usual else {})
        query = _mapping(given.get("query"), "query") or {}
        target = quote(parts.path or "/", safe="%/:=&~+!$,;'@()*-._")
        search = [quote(parts.query, safe="%/:=&?~+!$,;'@()*-._")] if parts.query else []
        if asked := {name: _text(value) for name, value in query.items() if value is not None}:
            search.append(urlencode(asked))
        shown = f"[{host}]" if ":" in host else host
        return cls(
            scheme=parts.scheme,
            host=host,
            port=port,
            method=method,
            target=target + ("?" + "&".join(search) if search else ""),
            headers={
                **headers,
                "Host": shown if usual else f"{shown}:{port}",
                "Idempotency-Key": id,
            },
            body=content,
            timeout=_timeout(given.get("timeout")),
        )


def _url(url: Any) -> SplitResult:
    if not isinstance(url, str) or not url:
        raise Wrong("The input url gives no text")
    if any(ord(sign) <= 0x20 or sign in "\\\x7f" for sign in url) or len(url) > 4000:
        raise Wrong("The URL has blanks, control characters or backslashes in it, or is too long")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Wrong("The URL cannot be read") from None
    if parts.scheme not in _PORTS or not host:
        raise Wrong("The URL does not begin with https:// or http:// and a host")
    if parts.username is not None:
        raise Wrong("The URL holds a user name: secrets belong into the setting YICHUANG_CONNECTOR_HEADERS")
    if not host.isascii():
        try:
            parts = parts._replace(netloc=parts.netloc.encode("idna").decode())
        except UnicodeError:
            raise Wrong("The URL's host is none") from None
    return parts


def _mapping(value: Any, name: str) -> Mapping[str, Any] | None:
    if value is not None and not isinstance(value, Mapping):
        raise Wrong(f"The input {name} gives no context")
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if not isinstance(value, str | int | float):
        raise Wrong("A header or a part of the query is neither text nor number")
    return str(value)


def _timeout(value: Any) -> float:
    if value is None:
        return USUAL_TIMEOUT
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST_TIMEOUT:
        raise Wrong(f"The input timeout gives no number of seconds up to {LONGEST_TIMEOUT}")
    return float(value)


class _Connection(http.client.HTTPConnection):
    """A connection to addresses that were checked, whatever the host's name leads to meanwhile."""

    def __init__(self, request: _Request, addresses: list[str]) -> None:
        super().__init__(request.host, request.port, timeout=request.timeout)
        self._request, self._addresses = request, addresses
        self._end = monotonic() + request.timeout
        self.opened: socket.socket | None = None

    def connect(self) -> None:
        for left, address in reversed(list(enumerate(reversed(self._addresses)))):
            try:
                connected = socket.create_connection((address, self._request.port), self._left())
                break
            except OSError:
                if not left:
                    raise
        connected.settimeout(self._left())
        if self._request.scheme == "https":
            connected = ssl.create_default_context().wrap_socket(connected, server_hostname=self._request.host)
        # The library lets go of it while the answer is still read.
        self.sock = self.opened = connected

    def _left(self) -> float:
        """Seconds that are left of the request's time.

        :raises TimeoutError: where none are.
        """
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def _exchange(request: _Request, addresses: list[str]) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Send a request and read the answer: at most one byte more than may be.

    :raises TimeoutError: where all of it takes longer than it may, however slowly the other side goes on.
    """
    connection, over = _Connection(request, addresses), threading.Event()

    def end() -> None:
        over.set()
        if connection.opened is not None:
            with suppress(OSError):
                connection.opened.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(request.timeout, end)
    watch.start()
    try:
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            connection.putheader(name, value)
        if request.body is not None:
            connection.putheader("Content-Length", str(len(request.body)))
        elif request.method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", "0")
        connection.endheaders(request.body)
        answer = connection.getresponse()
        body = answer.read(MOST_BYTES + 1)
        if over.is_set():
            raise TimeoutError
        return answer.status, answer.headers, body
    except (OSError, http.client.HTTPException, ValueError):
        if over.is_set():
            raise TimeoutError from None
        raise
    finally:
        watch.cancel()
        connection.close()


def _read(request: _Request, status: int, headers: http.client.HTTPMessage, body: bytes) -> Outcome:
    if status in _PASSING or status >= 500:
        after = headers.get("Retry-After", "")
        wait = min(int(after), _LONGEST_AFTER) if after.isascii() and after.isdigit() and len(after) < 9 else None
        return Failed(f"{request.host} answered {status}.", wait)
    if not 200 <= status < 300:
        return Thrown(f"http-{status}", f"{request.host} answered {status}.")
    if len(body) > MOST_BYTES:
        return Refused(f"The answer of {request.host} is larger than {MOST_BYTES} bytes.")
    kind = headers.get_content_type()
    if not body:
        return Done({"response": {"status": status, "body": None}})
    try:
        if kind == "application/json" or kind.endswith("+json"):
            return Done({"response": {"status": status, "body": json.loads(body)}})
        charset = headers.get_content_charset() or "utf-8"
        return Done({"response": {"status": status, "body": body.decode(charset)}})
    except (ValueError, LookupError, RecursionError):
        return Refused(f"The answer of {request.host} is not what its Content-Type says, or no text.")
