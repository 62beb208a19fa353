"""Which hosts the office calls, and at which addresses: nothing that an administrator did not name.

A host is named with its port where that is not the scheme's own: ``pay.example.gov.cn``, ``10.1.2.3:8080``,
``[fd00::1]:8080``. What a name leads to is looked up once, checked, and connected to as it was checked, so that no
second look-up can lead elsewhere. Addresses that are not of the public internet (RFC 6890: private, loopback,
link-local and other special ones) are refused, unless the same list names them, alone (``10.1.2.3``) or in a network
(``10.1.0.0/16``).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


#: IPv6 addresses that stand for an IPv4 one, of whatever kind: NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo (RFC 4380).
_EMBEDDING = tuple(ipaddress.ip_network(text) for text in ("64:ff9b::/96", "2002::/16", "2001::/32"))


class NotAllowed(Exception):
    """The office does not call this host, or not at this address."""


@dataclass(frozen=True)
class Hosts:
    """The hosts that are named, and the networks in which their addresses may lie besides the public internet."""

    #: (host in lower case, port or None for the schemes' own).
    named: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def read(cls, entries: Iterable[str]) -> Hosts:
        """The list as a setting has it.

        :raises ValueError: where an entry is neither a host nor a network.
        """
        named, networks = set(), []
        for entry in (text.strip() for text in entries):
            if not entry:
                continue
            if "/" in entry:
                networks.append(ipaddress.ip_network(entry))
                continue
            host, port = _split(entry)
            named.add((host, port))
            with suppress(ValueError):
                networks.append(ipaddress.ip_network(host))
        return cls(frozenset(named), tuple(networks))

    def addresses(self, host: str, port: int, usual: int) -> list[str]:
        """The addresses at which a host may be called.

        :param usual: the scheme's own port, which an entry need not name.
        :raises NotAllowed: where there are none.
        :raises OSError: where the name cannot be resolved.
        """
        plain = host.lower().rstrip(".")
        if (plain, port) not in self.named and not (port == usual and (plain, None) in self.named):
            told = plain if port == usual else f"{plain}:{port}"
            raise NotAllowed(f"{told} is not among the hosts of the setting YICHUANG_CONNECTOR_HOSTS")
        found = socket.getaddrinfo(plain, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
        allowed = [address for address in addresses if self._may_be(ipaddress.ip_address(address.partition("%")[0]))]
        if not allowed:
            raise NotAllowed(
                f"{plain} is at a private or special address: name its network in YICHUANG_CONNECTOR_HOSTS too, "
                "such as 10.1.0.0/16, if that is meant"
            )
        return allowed

    def _may_be(self, address: Address) -> bool:
        mapped = getattr(address, "ipv4_mapped", None)
        plain = mapped or address
        public = plain.is_global and not plain.is_multicast and not any(_within(plain, net) for net in _EMBEDDING)
        return public or any(_within(plain, network) for network in self.networks)


def _within(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network


def _split(entry: str) -> tuple[str, int | None]:
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = entry.rpartition(":") if entry.count(":") == 1 else (entry, "", "")
    if not host or any(sign in host for sign in "@*?#, \t") or not re.fullmatch(r"[0-9]{0,5}", port):
        raise ValueError(f"{entry!r} is no host: write it like pay.example.gov.cn, pay.intra:8443 or 10.1.0.0/16")
    return host.lower().rstrip("."), int(port) if port else None
