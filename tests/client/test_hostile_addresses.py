"""Tests of the addresses to which requests go: presigned URLs are untrusted data."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext import errors
from pulumi_agbcontext.client import Account, Context, ContextService
from pulumi_agbcontext.client.http import HttpClient, NoAnswerError
from pulumi_agbcontext.client.http.addresses import objection
from pulumi_agbcontext.messages import causes
from pulumi_agbcontext.testing.server import LocalServer

from .hostile import MEGABYTE, Peer, always, answer, get, hostile_server, put
from .support import KEY

ODD = [
    "http://192.0.2.2:81\\@localhost/",
    "http://localhost\\@192.0.2.2/",
    "http://localhost@192.0.2.2/",
    "http://user:word@localhost/",
    "http://localhost:80@192.0.2.2/",
    "http://local\thost/",
    "http://localhost\r\nX: y/",
    "http://localhost /",
    "http://localhost%2eexample.com/",
    "http://localhost#@192.0.2.2/",
    "http:/192.0.2.2/",
    "http:///192.0.2.2/",
    "http:192.0.2.2/",
    "http://[::1/",
    "http://[::1]x/",
    "http://[::1%25lo]/",
    "http://[v1.x]/",
    "http://[::ffff:192.0.2.2]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://localhost:99999/",
    "http://localhost:0/",
    "http://localhost:-1/",
    "http://127.1.example.com/",
    "http://\u2488localhost/",
    "http://localhost\x00.example.com/",
    "HTTP://192.0.2.2/",
]


@pytest.mark.parametrize("url", ODD)
def test_an_unusual_url_is_refused(url: str) -> None:
    harmless = "http://localhost#@192.0.2.2/"  # everything after # is a fragment, for every parser
    assert objection(url, allow_insecure=False) or url == harmless


def test_a_url_that_passed_the_guard_goes_to_the_checked_host(client: HttpClient) -> None:
    with hostile_server(always(answer(b"here"))) as server:
        url = f"HTTP://127.0.0.1:{server.port}/a%2Fb/../c?d=%20#@192.0.2.2/"
        assert objection(url, allow_insecure=False) == ""
        assert get(client, url) == (200, b"here")
        assert server.requests[0].split(b"\r\n")[0].split()[1].endswith(b"/c?d=%20")


def test_a_url_with_non_ascii_characters_is_sent_encoded(client: HttpClient) -> None:
    with hostile_server(always(answer(b"here"))) as server:
        assert get(client, f"{server.url}/\u00fc%20?\u20ac") == (200, b"here")
        assert server.requests[0].startswith(b"GET /%C3%BC%20?%E2%82%AC HTTP/1.1")


def own_address() -> str:
    """Return an address of this machine that is not on the loopback interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no network")
        return str(probe.getsockname()[0])


@pytest.fixture
def curl(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., HttpClient]]:
    """Open libcurl clients that resolve names to given addresses, as a resolver under attack would."""
    pycurl = pytest.importorskip("pycurl")
    from pulumi_agbcontext.client.http import libcurl_client

    make = libcurl_client._new_handle
    opened: list[HttpClient] = []

    def open_with(*names: str, allow_insecure: bool = False) -> HttpClient:
        def new_handle() -> Any:
            handle = make()
            handle.setopt(pycurl.RESOLVE, list(names))
            return handle

        monkeypatch.setattr(libcurl_client, "_new_handle", new_handle)
        opened.append(libcurl_client.LibcurlClient(2, allow_insecure=allow_insecure))
        return opened[-1]

    yield open_with
    for client in opened:
        client.close()


@pytest.mark.parametrize("scheme", ["http", "HTTP", "https"])
@pytest.mark.parametrize("insecure", [False, True])
@pytest.mark.parametrize("address", ["169.254.169.254", "100.100.100.200", "[fe80::1]", "[fd00:ec2::254]"])
def test_libcurl_opens_no_connection_to_a_metadata_service(
    curl: Callable[..., HttpClient], scheme: str, insecure: bool, address: str
) -> None:
    with pytest.raises(NoAnswerError) as caught:
        get(curl(allow_insecure=insecure), f"{scheme}://{address}/", seconds=2)
    assert (caught.value.cause, caught.value.retryable) == (causes.LINK_LOCAL, False)


@pytest.mark.parametrize("scheme", ["http", "HTTP", "https"])
def test_libcurl_opens_no_connection_to_a_name_for_a_metadata_service(
    curl: Callable[..., HttpClient], scheme: str
) -> None:
    client = curl("rebound.example:80:169.254.169.254", "rebound.example:443:169.254.169.254", allow_insecure=True)
    with pytest.raises(NoAnswerError) as caught:
        get(client, f"{scheme}://rebound.example/", seconds=2)
    assert caught.value.cause == causes.LINK_LOCAL


@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_libcurl_opens_no_plain_connection_to_another_machine(curl: Callable[..., HttpClient], scheme: str) -> None:
    address = own_address()
    with hostile_server(always(answer(b"reached")), host="0.0.0.0") as server:  # noqa: S104
        client = curl(f"rebound.localhost:{server.port}:{address}")
        for host in (address, "rebound.localhost"):
            with pytest.raises(NoAnswerError) as caught:
                get(client, f"{scheme}://{host}:{server.port}/", seconds=2)
            assert caught.value.cause == causes.PLAIN_HTTP
        assert server.connections == 0
        assert get(curl(allow_insecure=True), f"http://{address}:{server.port}/") == (200, b"reached")


@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_urllib3_sends_nothing_plain_to_another_machine(client: HttpClient, http_client: str, scheme: str) -> None:
    address = own_address()
    with hostile_server(always(answer(b"reached")), host="0.0.0.0") as server:  # noqa: S104
        with pytest.raises(NoAnswerError) as caught:
            get(client, f"{scheme}://{address}:{server.port}/", seconds=2)
        assert caught.value.cause == causes.PLAIN_HTTP
        assert server.requests == []


@pytest.mark.parametrize("address", ["169.254.169.254", "100.100.100.200", "fe80::1%2", "fd00:ec2::254"])
def test_urllib3_opens_no_connection_to_a_name_for_a_metadata_service(
    agb_server: LocalServer, context: Context, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("AGB_HTTP_CLIENT", "urllib3")
    resolve = socket.getaddrinfo

    def rebound(host: str, *arguments: object, **options: object) -> object:
        if host != "rebound.example":
            return resolve(host, *arguments, **options)  # type: ignore[arg-type]
        return [(socket.AF_INET, 1, 6, "", (found, 0)) for found in ("192.0.2.1", address)]

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    content = json.dumps({"success": True, "data": {"url": "http://rebound.example/", "expireTime": 1}})
    agb_server.fault("GetContextFileDownloadUrl", "answer", times=9, content=content)
    with pytest.raises(errors.TransferError, match="link-local"):
        ContextService(Account(agb_server.url, KEY, allow_insecure=True)).transfers.size(context.id, "/a")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("target", ["", "/elsewhere", "http://127.0.0.1:{}/", "//127.0.0.1:{}/", "file:///etc/passwd"])
def test_a_redirect_is_never_followed(client: HttpClient, status: str, target: str) -> None:
    with hostile_server(always(answer(b"other"))) as other:
        location = f"Location: {target.format(other.port)}"
        with hostile_server(always(answer(b"", status, location))) as server:
            assert get(client, server.url) == (int(status[:3]), b"")
            assert (len(server.requests), other.connections) == (1, 0)


HINTS = ["Set-Cookie: canary=1; Path=/", "Strict-Transport-Security: max-age=9999999", "Link: </x>; rel=preload"]


def test_cookies_and_other_state_in_a_response_are_discarded(client: HttpClient) -> None:
    with hostile_server(always(answer(b"other"))) as other:
        hints = [*HINTS, f'Alt-Svc: http/1.1="127.0.0.1:{other.port}"; ma=9999', "Refresh: 0; url=/elsewhere"]
        with hostile_server(always(answer(b"", "200 OK", *hints, "Connection: close"))) as server:
            for _ in range(2):
                assert get(client, server.url) == (200, b"")
            assert len(server.requests) == 2
            assert server.requests[0] == server.requests[1]
            assert b"canary" not in server.requests[1]
            assert other.connections == 0


@pytest.mark.parametrize(
    ("status", "challenge"),
    [
        ("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"'),
        ("401 Unauthorized", 'WWW-Authenticate: Digest realm="x", nonce="y"'),
        ("401 Unauthorized", "WWW-Authenticate: Negotiate"),
        ("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="x"'),
        ("417 Expectation Failed", "X: y"),
        ("421 Misdirected Request", "X: y"),
        ("426 Upgrade Required", "Upgrade: h2c"),
        ("503 Service Unavailable", "Retry-After: 0"),
    ],
)
def test_an_authentication_challenge_does_not_cause_a_second_request(
    client: HttpClient, status: str, challenge: str
) -> None:
    def talk(peer: Peer) -> None:
        while head := peer.next_request():
            if head.startswith(b"PUT"):
                peer.read(MEGABYTE)
            peer.send(answer(b"", status, challenge))

    with hostile_server(talk) as server:
        assert get(client, server.url) == (int(status[:3]), b"")
        assert put(client, server.url, MEGABYTE) == int(status[:3])
        assert len(server.requests) == 2


CROWD = """
import os, sys, threading
from concurrent.futures import ThreadPoolExecutor
from pulumi_agbcontext.client.http.deadline import within
from pulumi_agbcontext.client.http import Collector, NoAnswerError, Request, open_client

port, hosts, threads = map(int, sys.argv[1:])
client = open_client(128, allow_insecure=False)
peak = 0

def ask(number):
    global peak
    host = number % hosts
    url = f"http://127.0.{host // 250}.{host % 250 + 1}:{port}/{number}"
    collector = Collector(100)
    with within(20):
        assert client.exchange(Request("GET", url, {}), collector.receive).status == 200
    assert collector.content == f"/{number}".encode(), collector.content
    if number % 20 == 0:
        peak = max(peak, len(os.listdir("/proc/self/fd")))

with ThreadPoolExecutor(threads) as pool:
    list(pool.map(ask, range(1000)))
client.close()
print(peak, len(os.listdir("/proc/self/fd")))
"""


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
@pytest.mark.parametrize(("hosts", "threads"), [(500, 1), (500, 64), (2, 64)])
def test_descriptors_are_limited_across_all_hosts(http_client: str, hosts: int, threads: int) -> None:
    def talk(peer: Peer) -> None:
        while head := peer.next_request():
            peer.send(answer(head.split()[1]))

    with hostile_server(talk, host="0.0.0.0") as server:  # noqa: S104
        ended = subprocess.run(
            [sys.executable, "-W", "error", "-c", CROWD, str(server.port), str(hosts), str(threads)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        assert ended.stderr == ""
        assert len(server.requests) == 1000
    peak, after = map(int, ended.stdout.split())
    assert peak < 300
    assert after < 20
