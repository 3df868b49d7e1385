"""Which addresses may be spoken to: https anywhere, plain http on this machine only, link-local never."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from pulumi_agbcontext.messages import reasons


def is_loopback(host: str) -> bool:
    """Whether a host, by name or by address, is this machine.

    Args:
        host: as it stands in a URL, without port and brackets.
    """
    return host.lower() == "localhost" or any(address.is_loopback for address in _literal(host))


def is_link_local(host: str) -> bool:
    """Whether a host is a link-local address, where clouds answer for a machine's credentials.

    Args:
        host: an address; a name is never link-local itself.
    """
    return any(address.is_link_local for address in _literal(host))


def resolves_to_link_local(host: str) -> bool:
    """Whether a host is a link-local address or a name for one; an unknown name is not.

    Args:
        host: a name or an address.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return any(is_link_local(str(entry[4][0])) for entry in found)


def objection(url: str, *, allow_insecure: bool) -> str:
    """What speaks against using a URL; empty when nothing does.

    Args:
        url: absolute.
        allow_insecure: whether plain http to other machines is allowed.

    Returns:
        The reason in a few words, without any part of the URL but scheme and host.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return reasons.NOT_A_URL
    if parts.scheme not in ("http", "https") or not host:
        return reasons.NOT_A_URL
    if is_link_local(host):
        return reasons.LINK_LOCAL
    if parts.scheme == "http" and not allow_insecure and not is_loopback(host):
        return reasons.PLAIN_HTTP
    return ""


def _literal(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The address that a host spells, in any form that sockets understand, and the IPv4 one inside an IPv6 one."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            return [ipaddress.IPv4Address(socket.inet_aton(host))]
        except (OSError, UnicodeError):
            return []
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return [address, mapped] if mapped else [address]
