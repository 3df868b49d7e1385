"""What a user would write instead: the same calls with common clients, each file hashed once.

None of these sets a deadline for a whole call, retries a failure, or refuses a file that changed.
"""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import requests
import urllib3

KEY = "key-of-the-benchmark"
CONTEXT = "SdkCtx-04ml3r7wphp8nq2la"

_HEADERS = {"authorization": f"Bearer {KEY}", "Content-Type": "application/json"}


def with_requests(endpoint: str, files: Sequence[Path], threads: int = 16) -> None:
    """Upload with a `requests.Session` in its default configuration, shared by a pool of threads.

    Args:
        endpoint: endpoint of the API.
        files: files to seed.
        threads: size of the pool.
    """
    with requests.Session() as session:
        session.headers.update(_HEADERS)

        def seed(file: Path) -> None:
            content = _hashed(file)
            answer = session.post(f"{endpoint}/sdk/GetContextFileUploadUrl", params=_query(file), json={})
            answer.raise_for_status()
            session.put(answer.json()["data"]["url"], data=content).raise_for_status()

        _in_threads(seed, files, threads)


def with_urllib3_pools(endpoint: str, files: Sequence[Path], threads: int) -> None:
    """Upload with a `urllib3.PoolManager` whose pools are large enough."""
    with urllib3.PoolManager(maxsize=threads) as manager:

        def seed(file: Path) -> None:
            content = _hashed(file)
            answer = manager.request("POST", _call(endpoint, file), headers=_HEADERS, body=b"{}")
            stored = manager.request("PUT", json.loads(answer.data)["data"]["url"], body=content)
            assert stored.status == 200

        _in_threads(seed, files, threads)


def with_urllib3_connections(endpoint: str, files: Sequence[Path], threads: int) -> None:
    """Upload with urllib3's connections without its pools, one for each thread."""
    _with_connections(urllib3.connection.HTTPConnection, lambda answer: answer.data, endpoint, files, threads)


def with_http_client(endpoint: str, files: Sequence[Path], threads: int) -> None:
    """Upload with the standard library's connections, one for each thread."""
    _with_connections(http.client.HTTPConnection, lambda answer: answer.read(), endpoint, files, threads)


def _with_connections(
    kind: Callable[..., http.client.HTTPConnection],
    read: Callable[[Any], bytes],
    endpoint: str,
    files: Sequence[Path],
    threads: int,
) -> None:
    of_thread = threading.local()
    opened: list[http.client.HTTPConnection] = []

    def ask(method: str, url: str, body: bytes, headers: dict[str, str]) -> bytes:
        parts = urlsplit(url)
        if not hasattr(of_thread, "connection"):
            of_thread.connection = kind(parts.hostname, parts.port)
            opened.append(of_thread.connection)
        of_thread.connection.request(method, f"{parts.path}?{parts.query}", body=body, headers=headers)
        answer = of_thread.connection.getresponse()
        assert answer.status == 200
        return read(answer)

    def seed(file: Path) -> None:
        content = _hashed(file)
        answer = ask("POST", _call(endpoint, file), b"{}", _HEADERS)
        ask("PUT", json.loads(answer)["data"]["url"], content, {})

    _in_threads(seed, files, threads)
    for connection in opened:
        connection.close()


def with_aiohttp(endpoint: str, files: Sequence[Path], at_once: int) -> None:
    """Upload with aiohttp: a parser in C, and one event loop instead of threads."""
    asyncio.run(_with_aiohttp(endpoint, files, at_once))


async def _with_aiohttp(endpoint: str, files: Sequence[Path], at_once: int) -> None:
    waiting = iter(files)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once)) as session:

        async def seed_all() -> None:
            for file in waiting:
                content = _hashed(file)
                async with session.post(_call(endpoint, file), headers=_HEADERS, data=b"{}") as answer:
                    url = (await answer.json())["data"]["url"]
                async with session.put(url, data=content) as stored:
                    stored.raise_for_status()

        await asyncio.gather(*(seed_all() for _ in range(at_once)))


def with_official_sdk(service: Any, files: Sequence[Path]) -> None:
    """Upload with `agbcloud-sdk` one file at a time: it returns the URL, and `requests.put` stores the content.

    Args:
        service: `AGB().context`.
        files: files to seed.
    """
    for file in files:
        result = service.get_file_upload_url(CONTEXT, f"/{file.name}")
        requests.put(result.url, data=_hashed(file), timeout=60).raise_for_status()


def _hashed(file: Path) -> bytes:
    content = file.read_bytes()
    hashlib.sha256(content).hexdigest()
    return content


def _query(file: Path) -> dict[str, str]:
    return {"contextId": CONTEXT, "filePath": f"/{file.name}"}


def _call(endpoint: str, file: Path) -> str:
    return f"{endpoint}/sdk/GetContextFileUploadUrl?{urlencode(_query(file))}"


def _in_threads(seed: Callable[[Path], None], files: Sequence[Path], threads: int) -> None:
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(seed, files))
