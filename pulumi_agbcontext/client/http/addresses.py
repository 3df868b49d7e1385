"""Rules for addresses: https to any host, plain http only to this machine, and no requests to metadata services."""

from __future__ import annotations

import ipaddress
import re
import socket
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from pulumi_agbcontext.messages import causes

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# The metadata services that are not link-local: Alibaba Cloud, AWS over IPv6 and Google Cloud over IPv6.
_METADATA = frozenset(map(ipaddress.ip_address, ("100.100.100.200", "fd00:ec2::254", "fd20:ce::254")))
# IPv6 networks whose last 32 bits are an IPv4 address: compatible, mapped, translated (RFC 7915) and NAT64 (RFC 6052).
_ENDS_IN_IPV4 = [ipaddress.IPv6Network(text) for text in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")]
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")

_ORIGIN = re.compile(r"(https?)://([^/?#]*)", re.IGNORECASE)
# Stricter than RFC 3986, so that all URL parsers agree on the host and port. The pattern includes an IPv6
# zone so that the address in front of it is checked as well.
_AUTHORITY = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+(?:%[\w.~%-]*)?)\]|(?P<name>[A-Za-z0-9._-]+))(?::[0-9]{1,5})?")
_LONGEST_AUTHORITY = 261  # in characters: a name of 255, a colon and a port


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, by name or by address.

    Args:
        host: host from a URL, without port and brackets.
    """
    if host.lower() == "localhost":
        return True
    address = None if any(c.isspace() for c in host) else _address(host)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return address is not None and (mapped or address).is_loopback


def is_forbidden(host: str) -> bool:
    """Return whether a host is a link-local address or a cloud metadata service, which may expose credentials.

    Args:
        host: an address in any notation, including IPv4 addresses embedded in IPv6; names are never forbidden.
    """
    address = _address(host)
    if address is None:
        return False
    inside = _embedded(address) if isinstance(address, ipaddress.IPv6Address) else ()
    return any(found.is_link_local or found in _METADATA for found in (address, *inside))


def objection_to_address(address: str, *, loopback_only: bool) -> str:
    """Return why a socket must not connect to an address, or an empty string.

    Args:
        address: address in the notation of the operating system.
        loopback_only: whether only this machine is allowed.
    """
    if is_forbidden(address):
        return causes.LINK_LOCAL
    return causes.PLAIN_HTTP if loopback_only and not is_loopback(address) else ""


def objection(url: str, *, allow_insecure: bool) -> str:
    """Return why a URL must not be used, or an empty string.

    Args:
        url: absolute URL.
        allow_insecure: whether plain `http` to other machines is allowed.

    Returns:
        A short reason, without any part of the URL.
    """
    # Parsers treat these characters differently and therefore disagree on the host.
    if not url.isprintable() or " " in url or "\\" in url:
        return causes.NOT_A_URL
    origin = _ORIGIN.match(url)
    if origin is None or len(origin[2]) > _LONGEST_AUTHORITY:
        return causes.NOT_A_URL
    return _objection(origin[1].lower(), origin[2], allow_insecure)


@lru_cache(maxsize=1024)
def _objection(scheme: str, authority: str, allow_insecure: bool) -> str:
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        return causes.NOT_A_URL
    host = match["name"] or match["ipv6"]
    if is_forbidden(host):
        return causes.LINK_LOCAL
    if not _is_usable(scheme, authority, match["ipv6"]):
        return causes.NOT_A_URL
    if scheme == "http" and not allow_insecure and not is_loopback(host):
        return causes.PLAIN_HTTP
    return ""


def _is_usable(scheme: str, authority: str, ipv6: str | None) -> bool:
    """Return whether the port is in range and the text in brackets is an IPv6 address without a zone."""
    try:
        port = urlsplit(f"{scheme}://{authority}").port
        if ipv6 is not None:
            ipaddress.IPv6Address(ipv6)
    except ValueError:
        return False
    return port != 0 and "%" not in authority


def _address(host: str) -> _Address | None:
    """Return the address of a host in any notation that sockets accept, or None for a name."""
    # Resolvers normalize characters such as full-width digits and ignore a final dot. The zone is irrelevant.
    plain = host if host.isascii() else unicodedata.normalize("NFKC", host)
    plain = plain.partition("%")[0].removesuffix(".")
    try:
        return ipaddress.ip_address(plain)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(plain))
    except (OSError, ValueError):
        return None


def _embedded(address: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    """Yield the IPv4 addresses to which translators and tunnels may deliver packets for an IPv6 address."""
    octets = address.packed
    if any(address in network for network in _ENDS_IN_IPV4):
        yield ipaddress.IPv4Address(octets[12:])
    if address in _LOCAL_NAT64:  # the position depends on the prefix length, and octet 8 is skipped
        for found in (octets[6:8] + octets[9:11], octets[7:8] + octets[9:12], octets[9:13], octets[12:]):
            yield ipaddress.IPv4Address(found)
    if address.sixtofour:
        yield address.sixtofour
    yield from address.teredo or ()
