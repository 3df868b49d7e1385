"""Tests of permitted addresses: every spelling of a forbidden address is refused, and all parsers agree on the host."""

from __future__ import annotations

import ipaddress
import string
import time
import timeit
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from pulumi_agbcontext.client.http.addresses import is_forbidden, is_loopback, objection, objection_to_address
from pulumi_agbcontext.messages import causes

FORBIDDEN_IPV4 = ["169.254.169.254", "169.254.0.0", "169.254.255.255", "169.254.170.2", "100.100.100.200"]
FORBIDDEN_IPV6 = ["fe80::1", "febf:ffff::1", "fd00:ec2::254", "fd20:ce::254"]
ALLOWED = [
    "169.253.255.255",
    "169.255.0.0",
    "100.100.100.199",
    "10.0.0.1",
    "127.0.0.1",
    "8.8.8.8",
    "fec0::1",
    "fd00:ec2::253",
    "fd00::1",
    "::1",
    "2001:db8::1",
    "64:ff9b::8.8.8.8",
    "2002:808:808::",
    "store.example.com",
    "localhost",
    "",
]
SPELLINGS = [
    "2852039166",
    "0xa9fea9fe",
    "0XA9FEA9FE",
    "025177524776",
    "169.254.43518",
    "169.16689662",
    "0xa9.0xfe.0xa9.0xfe",
    "0251.0376.0251.0376",
    "0251.254.0xa9.254",
    "169.254.169.254.",
    "１６９.254.169.254",  # noqa: RUF001  # full-width digits, which IDNA converts to ASCII
    "::FFFF:A9FE:A9FE",
    "::ffff:169.254.169.254%eth0",
    "fe80::1%eth0",
    "fe80::1%25eth0",
    "FE80:0:0:0:0:0:0:1",
    "fd00:0ec2:0:0:0:0:0:0254",
    "fd20:ce::254%1",
]


def embedded(address: str) -> list[str]:
    """Return every IPv6 address that contains an IPv4 address."""
    number = int(ipaddress.IPv4Address(address))
    high, low = number >> 16, number & 0xFFFF
    client = number ^ 0xFFFFFFFF
    return [
        f"::ffff:{address}",
        f"::{address}",
        f"::ffff:0:{address}",
        f"64:ff9b::{address}",
        f"64:ff9b:1::{address}",
        f"64:ff9b:1:{high:x}:{low >> 8:x}:{(low & 0xFF) << 8:x}::",  # RFC 6052 with a prefix of 48 bits
        f"64:ff9b:1:{number >> 24:x}:{number >> 16 & 0xFF:x}:{low:x}::",  # 56 bits
        f"64:ff9b:1:0:{number >> 24:x}:{number >> 8 & 0xFFFF:x}:{number << 8 & 0xFF00:x}:0",  # 64 bits
        f"2002:{high:x}:{low:x}::1",
        f"2001:0:{high:x}:{low:x}::1",
        f"2001:0:808:808:0:0:{client >> 16:x}:{client & 0xFFFF:x}",
    ]


@pytest.mark.parametrize("host", [*FORBIDDEN_IPV4, *FORBIDDEN_IPV6, *SPELLINGS])
def test_a_forbidden_address_is_recognized_in_every_spelling(host: str) -> None:
    assert is_forbidden(host)
    assert objection_to_address(host, loopback_only=False) == causes.LINK_LOCAL


@pytest.mark.parametrize("address", FORBIDDEN_IPV4)
def test_a_forbidden_address_inside_an_ipv6_address_is_recognized(address: str) -> None:
    assert [host for host in embedded(address) if not is_forbidden(host)] == []


@pytest.mark.parametrize("host", ALLOWED)
def test_any_other_host_is_allowed(host: str) -> None:
    assert not is_forbidden(host)


def test_the_end_of_an_address_that_no_translator_uses_is_not_checked() -> None:
    assert not is_forbidden("2001:db8::169.254.169.254")


@given(st.integers(0, 2**32 - 1))
def test_an_ordinary_address_is_not_forbidden_by_its_spelling(number: int) -> None:
    address = ipaddress.IPv4Address(number)
    forbidden = address.is_link_local or str(address) == "100.100.100.200"
    for host in (str(address), str(number), hex(number), *embedded(str(address))[:5]):
        assert is_forbidden(host) is forbidden


@given(st.text() | st.text(string.hexdigits + ":.%x"))
def test_no_host_causes_an_exception_in_the_guards(host: str) -> None:
    assert is_forbidden(host) in (True, False)
    assert is_loopback(host) in (True, False)


def test_only_this_machine_is_loopback() -> None:
    for host in ("localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "2130706433"):
        assert is_loopback(host)
    # The next hop decides where these go, and plain http is permitted to loopback addresses.
    for host in ("2002:7f00:1::", "64:ff9b::127.0.0.1", "::127.0.0.1", "localhost.", "0.0.0.0", "127.0.0.1 x", ""):  # noqa: S104
        assert not is_loopback(host)


NOT_URLS = [
    "",
    "x",
    "https:",
    "https://",
    "https:///path",
    "//host/path",
    "/path",
    "file:///etc/passwd",
    "ftp://host/",
    "javascript:alert(1)",
    "https://host:/",
    "https://host:port/",
    "https://host:0/",
    "https://host:65536/",
    "https://host:99999999/",
    "https://host:+80/",
    "https://host:８０/",  # noqa: RUF001  # full-width digits
    "https://host:80:81/",
    "https://user@host/",
    "https://user:password@host/",
    "https://@host/",
    "https://host@/",
    "http://192.0.2.2:81\\@localhost/",
    "http://192.0.2.2:81\\.localhost/",
    "http:\\\\localhost/",
    "https://host/a\\b",
    "https://host/?a=\\",
    " https://host/",
    "https://host/ ",
    "https://ho st/",
    "https://host/a b",
    "ht\ntps://host/",
    "https://ho\nst/",
    "https://host/a\tb",
    "https://host/a\r\nX-Header: 1",
    "https://host/\0",
    "https://host/\x7f",
    "https://host/\x85",
    "https://host/\u2028",
    "https://host/\u00a0",
    "https://[::1/",
    "https://::1/",
    "https://[]/",
    "https://[host]/",
    "https://[127.0.0.1]/",
    "https://[::1]x/",
    "https://[::1%25lo]/",
    "https://[v1.x]/",
    "https://%6c%6fcalhost/",
    "https://host%2f/",
    "https://host;x/",
    "https://ho,st/",
    "https://hòst/",
    "https://loc\u00adalhost/",
    "https://" + "a" * 300 + "/",
]


@pytest.mark.parametrize("url", NOT_URLS)
@pytest.mark.parametrize("insecure", [False, True])
def test_a_url_in_an_unusual_form_is_refused(url: str, insecure: bool) -> None:
    assert objection(url, allow_insecure=insecure) == causes.NOT_A_URL


@pytest.mark.parametrize("scheme", ["http", "https", "HTTPS"])
@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "100.100.100.200",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[::ffff:169.254.169.254]",
        "[::169.254.169.254]",
        "[64:ff9b::169.254.169.254]",
        "[fd00:ec2::254]",
        "[fd20:ce::254]",
        "[2002:a9fe:a9fe::]",
    ],
)
def test_a_forbidden_address_is_refused_with_every_setting(scheme: str, host: str) -> None:
    for port in ("", ":80", ":8443"):
        for insecure in (False, True):
            assert objection(f"{scheme}://{host}{port}/a?b=c", allow_insecure=insecure) == causes.LINK_LOCAL


@pytest.mark.parametrize(
    "url",
    [
        "https://store.example.com/bucket/a%20b?Expires=1&Signature=a%2Bb%3D",
        "https://store.example.com",
        "https://store.example.com?x=1",
        "https://store.example.com:8443/a@b:c//d",
        "https://under_score.example.com/",
        "https://192.0.2.2/",
        "https://[2001:db8::1]:8443/",
        "http://localhost:9000/a?b=@",
        "http://127.0.0.1/",
        "HTTP://LOCALHOST:1/",
        "http://[::1]:9000/",
    ],
)
def test_an_ordinary_url_is_not_refused(url: str) -> None:
    assert objection(url, allow_insecure=False) == ""


def test_plain_http_goes_to_this_machine_only_unless_it_is_allowed() -> None:
    for url in ("http://store.example.com/", "http://10.1.2.3/", "http://localhost.example.com/", "http://[::2]/"):
        assert objection(url, allow_insecure=False) == causes.PLAIN_HTTP
        assert objection(url, allow_insecure=True) == ""
        assert objection(url, allow_insecure=False) == causes.PLAIN_HTTP


@pytest.mark.parametrize(("address", "loopback"), [("127.0.0.1", True), ("::1", True), ("192.0.2.2", False)])
def test_a_socket_for_plain_http_connects_to_this_machine_only(address: str, loopback: bool) -> None:
    assert objection_to_address(address, loopback_only=False) == ""
    assert objection_to_address(address, loopback_only=True) == ("" if loopback else causes.PLAIN_HTTP)


def test_an_authority_is_as_long_as_a_name_and_a_port_can_be() -> None:
    longest = f"{'a' * 255}:65535"
    assert objection(f"https://{longest}/", allow_insecure=False) == ""
    assert objection(f"https://a{longest}/", allow_insecure=False) == causes.NOT_A_URL


_PIECES = (
    r"http:// https:// localhost 192.0.2.2 [::1] a.example 0x7f.1 80 81 : @ \ / ? # . - _ % %40 %2f ; [ ] + * ß 。"
)
PIECES = st.sampled_from([*_PIECES.split(), "\t", "\n", " ", "\u200d", "\uff41"])


@example("http://192.0.2.2:81\\@localhost/")
@example("http://localhost#@192.0.2.2/")
@example("https://a.example?@localhost/")
@given(st.lists(PIECES, max_size=8).map("".join) | st.text().map("https://{}".format))
def test_every_parser_finds_the_same_host_in_an_accepted_url(url: str) -> None:
    if objection(url, allow_insecure=True):
        return
    parts = urlsplit(url)
    try:
        other = parse_url(url)
    except LocationParseError:
        raise AssertionError(f"urllib3 refuses {url!r}") from None
    assert parts.hostname == (other.host or "").strip("[]").lower()
    assert parts.port == other.port
    assert parts.username is other.auth is None
    assert parts.netloc.isascii()


def test_the_guard_is_fast_for_an_ordinary_presigned_url() -> None:
    base = "https://agb-contexts.oss-cn-hangzhou.example.com/contexts/SdkCtx-04ml3r7wphp8nq2la/data/report-{}.txt?"
    tail = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAEXAMPLE%2F20260101%2Fus-east-1&X-Amz-Signature="
    urls = [(base.format(number) + tail).ljust(300, "f") for number in range(1000)]
    assert {len(url) for url in urls} == {300}

    def ask() -> None:
        for url in urls:
            objection(url, allow_insecure=False)

    seconds = min(timeit.repeat(ask, timer=time.thread_time, number=1, repeat=5)) / len(urls)
    assert seconds < 15e-6


def test_the_guard_is_fast_for_hostile_urls_and_remembers_few_hosts() -> None:
    def ask() -> None:
        for text in ("a", "@", "[", ":", "%", "\\", "/", "?"):
            assert objection("https://" + text * 1_000_000, allow_insecure=False) in (causes.NOT_A_URL, "")
        for number in range(5000):
            objection(f"https://h{number}.example/", allow_insecure=False)

    assert timeit.timeit(ask, timer=time.thread_time, number=1) < 1  # of this thread alone
